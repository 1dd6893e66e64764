"""What an import found and did: counts, and a line for every row up to a limit.

Nothing here grows with the file: beyond `KEPT_ROWS` rows only counts and groups are kept, and a `sink`
sees every row as it passes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

KEPT_ROWS = 1_000
KEPT_PROBLEMS = 1_000
ROWS_NAMED = 8  # how many rows a group names before "and more"
KEPT_GROUPS = 500


class FileFault(Exception):  # noqa: N818 - the importer's own word, and not a fault of the program
    """The file cannot be read as a prospectus at all. The message says what to do."""


class Action(StrEnum):
    """What an import does with one row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


class Kind(StrEnum):
    """What a note is: something that stops the import, a gap that was filled, or a remark."""

    PROBLEM = "problem"
    FILLED = "filled"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to say about one field of one row; `field` is empty for the whole row."""

    field: str
    kind: Kind
    message: str


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row of the file, numbered as a spreadsheet does (the header is row 1)."""

    row: int
    title: str
    action: Action
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class Group:
    """The same note on several rows: how many, and the first of them."""

    count: int = 0
    rows: list[int] = field(default_factory=list)


Sink = Callable[[RowOutcome], None]


@dataclass(slots=True)
class Report:
    """The result of one import. `written` is true only when the database was changed by it."""

    file: str
    form: str = ""  # "CSV, UTF-8", "Excel, sheet “Spring”"
    digest: str = ""  # SHA-256 of the file, hexadecimal
    remarks: list[str] = field(default_factory=list)
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    runs_created: int = 0
    runs_unchanged: int = 0
    wrong: int = 0
    written: bool = False
    outcomes: list[RowOutcome] = field(default_factory=list)
    problems: list[RowOutcome] = field(default_factory=list)
    groups: dict[tuple[str, str, str], Group] = field(default_factory=dict)
    sink: Sink | None = None

    @property
    def ok(self) -> bool:
        """True when no row is wrong."""
        return self.wrong == 0

    def add(self, outcome: RowOutcome) -> None:
        """Count one row, and keep it while there is room."""
        if outcome.action is Action.WRONG:
            self.wrong += 1
            if len(self.problems) < KEPT_PROBLEMS:
                self.problems.append(outcome)
        elif outcome.action is Action.CREATE:
            self.created += 1
        elif outcome.action is Action.UPDATE:
            self.updated += 1
        else:
            self.unchanged += 1
        if len(self.outcomes) < KEPT_ROWS:
            self.outcomes.append(outcome)
        for note in outcome.notes:
            self._group(outcome.row, note)
        if self.sink is not None:
            self.sink(outcome)

    def _group(self, row: int, note: Note) -> None:
        if note.kind is Kind.PROBLEM:
            return
        key = (note.kind.value, note.field, note.message)
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= KEPT_GROUPS:
                return
            group = self.groups[key] = Group()
        group.count += 1
        if len(group.rows) < ROWS_NAMED:
            group.rows.append(row)

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json`; `rows_shown` says how many of the rows are listed."""
        return {
            "file": self.file,
            "form": self.form,
            "remarks": self.remarks,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "runs_created": self.runs_created,
            "runs_unchanged": self.runs_unchanged,
            "wrong": self.wrong,
            "written": self.written,
            "rows_shown": len(self.outcomes),
            "outcomes": [_plain(outcome) for outcome in self.outcomes],
            "problems": [_plain(outcome) for outcome in self.problems],
            "groups": [
                {
                    "kind": kind,
                    "field": name,
                    "message": message,
                    "count": group.count,
                    "first_rows": group.rows,
                }
                for (kind, name, message), group in self.groups.items()
            ],
        }


def _plain(outcome: RowOutcome) -> dict[str, Any]:
    return {
        "row": outcome.row,
        "title": outcome.title,
        "action": outcome.action.value,
        "notes": [
            {"field": note.field, "kind": note.kind.value, "message": note.message}
            for note in outcome.notes
        ],
    }
