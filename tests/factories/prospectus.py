"""Prospectus files for tests: as large as asked, and as varied as real ones."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

COLUMNS = (
    "college",
    "title",
    "category",
    "sessions",
    "hours_per_session",
    "mode",
    "notes",
    "source",
)
CATEGORIES = ("Self-management", "Creative", "Life skills", "Recovery journey", "Digital & work")
SUBJECTS = (
    "Sleep",
    "Painting",
    "Money",
    "Hope",
    "Walking",
    "Anxiety",
    "Cooking",
    "Voices",
    "Poetry",
)
SESSIONS = ("", "", "", "6", "8", "weekly", "drop-in", "about 12 weeks")
HOURS = ("", "", "2", "1.75", "half day", "about 2 h")
MODES = ("in person (library)", "online", "not stated", "online and in person", "outdoors")


def generated(count: int) -> Iterable[tuple[str, ...]]:
    """`count` rows, no two of one course."""
    for number in range(count):
        subject = SUBJECTS[number % len(SUBJECTS)]
        yield (
            f"Recovery College {number % 90}",
            f"{subject} together, group {number}",
            CATEGORIES[number % len(CATEGORIES)],
            SESSIONS[number % len(SESSIONS)],
            HOURS[number % len(HOURS)],
            MODES[number % len(MODES)],
            "co-delivered by a peer and a practitioner; booking essential",
            f"https://college.example/courses/{number}",
        )


def write_csv(path: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = COLUMNS) -> Path:
    """The rows as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def write_xlsx(
    path: Path, rows: Iterable[Sequence[object]], header: Sequence[str] = COLUMNS
) -> Path:
    """The rows as an Excel workbook; a text that begins with = becomes a formula."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Spring")
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def row(title: str = "Sleep well", **values: str) -> tuple[str, ...]:
    """One good row, with other values where given."""
    defaults = {
        "college": "Harbour Recovery College",
        "title": title,
        "category": "Self-management",
        "sessions": "6",
        "hours_per_session": "2",
        "mode": "in person",
        "notes": "",
        "source": "https://college.example/sleep",
    }
    return tuple({**defaults, **values}.values())
