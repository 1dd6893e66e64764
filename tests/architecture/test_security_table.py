"""The table of `docs/security.md` has every requirement once, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
PLACE = re.compile(r"`((?:docs|portal|tests)/[\w/.]+)`")
# OWASP ASVS 5.0.0: the numbers of the requirements of levels 1 and 2 in each section.
SECTIONS = {
    "1.1": "1-2", "1.2": "1-9", "1.3": "1-11", "1.4": "1-3", "1.5": "1-2",
    "2.1": "1-3", "2.2": "1-3", "2.3": "1-4", "2.4": "1",
    "3.2": "1-2", "3.3": "1-4", "3.4": "1-6", "3.5": "1-5", "3.7": "1-2",
    "4.1": "1-3", "4.2": "1", "4.3": "1-2", "4.4": "1-4",
    "5.1": "1", "5.2": "1-3", "5.3": "1-2", "5.4": "1-3",
    "6.1": "1-3", "6.2": "1-12", "6.3": "1-4", "6.4": "1-4", "6.5": "1-5", "6.6": "1-3", "6.8": "1-4",
    "7.1": "1-3", "7.2": "1-4", "7.3": "1-2", "7.4": "1-5", "7.5": "1-2", "7.6": "1-2",
    "8.1": "1-2", "8.2": "1-3", "8.3": "1", "8.4": "1",
    "9.1": "1-3", "9.2": "1-4",
    "10.1": "1-2", "10.2": "1-2", "10.3": "1-4", "10.4": "1-11", "10.5": "1-5", "10.6": "1-2", "10.7": "1-3",
    "11.1": "1-2", "11.2": "1-3", "11.3": "1-3", "11.4": "1-4", "11.5": "1", "11.6": "1",
    "12.1": "1-3", "12.2": "1-2", "12.3": "1-4",
    "13.1": "1", "13.2": "1-5", "13.3": "1-2", "13.4": "1-5",
    "14.1": "1-2", "14.2": "1-4", "14.3": "1-3",
    "15.1": "1-3", "15.2": "1-3", "15.3": "1-7",
    "16.1": "1", "16.2": "1-5", "16.3": "1-4", "16.4": "1-3", "16.5": "1-3",
    "17.1": "1", "17.2": "1-4", "17.3": "1-2",
}  # fmt: skip
IN_ALL = 253  # 70 of level 1, 183 of level 2


def requirements() -> list[str]:
    found = []
    for section, numbers in SECTIONS.items():
        first, _, last = numbers.partition("-")
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "docs" / "security.md").read_text("utf-8")


def test_every_requirement_is_answered_once(text: str) -> None:
    assert len(requirements()) == IN_ALL
    assert [row[0] for row in ROW.findall(text)] == requirements()
    assert all(held.strip() for _id, _what, held in ROW.findall(text))


def test_every_test_and_document_of_the_table_is_there(text: str) -> None:
    missing = []
    for path, name in TEST.findall(text):
        file = ROOT / "tests" / path
        if not file.is_file() or not re.search(
            rf"^\s*def {name}\b", file.read_text(), re.MULTILINE
        ):
            missing.append(f"{path}::{name}")
    missing += [place for place in PLACE.findall(text) if not (ROOT / place).exists()]
    assert missing == []
    assert len(TEST.findall(text)) > 100


def test_every_word_in_quotes_is_a_heading(text: str) -> None:
    headings = set(re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    named = set(re.findall(r'^\| [\d.]+ \|.*\| "(.+?)", (?:above|below)\. \|$', text, re.MULTILINE))
    assert named
    assert named <= headings
