"""Templates escape everything: none says of people's words that they are safe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE)


def unescaped(text: str) -> list[str]:
    return [match[0] for match in UNESCAPED.finditer(text)]


def test_no_template_turns_escaping_off() -> None:
    templates = [
        path
        for folder in ("portal", "plugins")
        for path in (ROOT / folder).glob("**/templates/**/*.*")
        if "node_modules" not in path.parts
    ]
    assert len(templates) > 100
    assert not [str(path) for path in templates if unescaped(path.read_text("utf-8"))]


@pytest.mark.parametrize("text", ["{{ name|safe }}", "{{ a | safe }}", "{% autoescape false %}"])
def test_a_template_that_does_is_found(text: str) -> None:
    assert unescaped(text)
