"""The first half of an import: the whole file is read and checked before anything may be written.

Checked rows wait in a temporary file, so memory stays flat, the prospectus is read once only, and the
database's write lock is held for the writing alone.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.courses.services.prospectus import columns
from portal.courses.services.prospectus.planning import Calendar
from portal.courses.services.prospectus.reading import open_table
from portal.courses.services.prospectus.report import (
    Action,
    FileFault,
    Kind,
    Note,
    Report,
    RowOutcome,
)
from portal.courses.services.prospectus.rows import Facts, RowReader
from portal.courses.services.prospectus.table import BrokenRowError, Table

CHUNK = 500  # rows checked, compared and written together
IN_MEMORY = 8 * 1024 * 1024  # bytes of checked rows; beyond that they wait on disk
MOST_TOPICS = 200  # more categories than this means that the wrong column was mapped
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to read a file. `mapping` goes from a heading to a field."""

    zone: str = "Europe/London"
    mapping: Mapping[str, str] = field(default_factory=dict)
    without: Collection[str] = ()
    sheet: str | None = None


@dataclass(slots=True)
class Checked:
    """A file that was read to its end: the rows that are right, and the report so far."""

    report: Report
    topics: list[str]
    _spool: IO[bytes]

    def chunks(self) -> Iterator[list[Facts]]:
        """The rows that are right, in their order, `CHUNK` at a time."""
        self._spool.seek(0)
        for line in self._spool:
            yield [Facts(*values) for values in json.loads(line)]


@contextmanager
def check(
    session: Session,
    path: Path,
    options: Options | None = None,
    *,
    progress: Progress | None = None,
    report: Report | None = None,
) -> Iterator[Checked]:
    """Read and check the whole file; `session` is only read from.

    `progress(done, size)` is called in bytes of the file, about once per `CHUNK` rows.

    Raises:
        FileFault: the file cannot be read as a prospectus at all.
    """
    options = options or Options()
    report = report or Report(file=path.name)
    with (
        open_table(path, options.sheet) as table,
        tempfile.SpooledTemporaryFile(IN_MEMORY) as spool,
    ):
        checker = _Checker(session, table, options, report, spool)
        checker.run(progress)
        yield Checked(report, list(checker.topics), spool)


class _Checker:
    def __init__(
        self, session: Session, table: Table, options: Options, report: Report, spool: IO[bytes]
    ) -> None:
        positions, unread = columns.match(table.header, options.mapping, options.without)
        self.topics: dict[str, None] = {}
        self._table = table
        self._report = report
        self._spool = spool
        self._reader = RowReader(
            positions,
            len(table.header),
            Calendar.of(session, options.zone),
            guessed=table.guessed_encoding,
        )
        self._chunk: list[Facts] = []
        # Key of a course → its first row and what that says; key with start → row.
        self._seen: dict[bytes, tuple[int, bytes]] = {}
        self._seen_runs: dict[bytes, int] = {}
        report.form, report.digest = table.form, table.digest
        report.remarks.extend(table.remarks)
        if unread:
            names = ", ".join(heading[:40] or "–" for heading in unread[:20])
            report.remarks.append(_("Columns that were not read: %(names)s.", names=names))
        if options.without:
            names = ", ".join(sorted(options.without))
            report.remarks.append(_("Columns left out, as asked: %(names)s.", names=names))

    def run(self, progress: Progress | None) -> None:
        try:
            for row, cells in self._table.rows:
                self._report.rows += 1
                self._row(row, cells)
                if self._report.rows % CHUNK == 0:
                    self._write()
                    if progress is not None:
                        progress(self._table.position(), self._table.size)
        except BrokenRowError as error:
            self._report.rows += 1
            message = _("%(why)s Reading stopped here.", why=error.message)
            self._wrong(error.row, "", [Note("", Kind.PROBLEM, message)])
        self._write()
        if not self._report.rows:
            raise FileFault(_("The file has headings and no rows."))
        if progress is not None:
            progress(self._table.size, self._table.size)

    def _row(self, row: int, cells: list[str]) -> None:
        facts, problems = self._reader.read(row, cells)
        if facts is not None:
            problem = self._repeated(facts) or self._topic(facts)
            if problem is None:
                self._chunk.append(facts)
                return
            problems = [problem]
        self._wrong(row, self._reader.title(cells), problems)

    def _wrong(self, row: int, title: str, problems: list[Note]) -> None:
        self._report.add(RowOutcome(row, title, Action.WRONG, tuple(problems)))

    def _repeated(self, facts: Facts) -> Note | None:
        """What is wrong with a course that the file has named before; None for its first row.

        A course may stand on several rows only to say when it runs, so all of it must agree.
        """
        key = bytes.fromhex(facts.key)
        digest = b""
        if facts.run is not None:
            said_here = repr((facts.topic, facts.fields)).encode()
            digest = hashlib.blake2b(said_here, digest_size=8).digest()
        first, said = self._seen.setdefault(key, (facts.row, digest))
        if facts.run is not None:
            run_key = key + facts.run["start"].encode()
            earlier = self._seen_runs.setdefault(run_key, facts.row)
            if earlier != facts.row:
                return _same(earlier)
        if first == facts.row:
            return None
        if facts.run is None:
            return _same(first)
        if said != digest:
            message = _(
                "the same course as row %(first)d with another start, but not the same facts. Make"
                " the rows agree, or give the courses different titles.",
                first=first,
            )
            return Note("", Kind.PROBLEM, message)
        return None

    def _topic(self, facts: Facts) -> Note | None:
        if facts.topic not in self.topics and len(self.topics) >= MOST_TOPICS:
            message = _(
                "a prospectus has at most %(most)d categories. Is this the right column?",
                most=MOST_TOPICS,
            )
            return Note("category", Kind.PROBLEM, message)
        self.topics[facts.topic] = None
        return None

    def _write(self) -> None:
        if self._chunk:
            self._spool.write(json.dumps(self._chunk, ensure_ascii=False).encode())
            self._spool.write(b"\n")
            self._chunk = []


def _same(row: int) -> Note:
    return Note("", Kind.PROBLEM, _("the same course as row %(row)d. Leave one of them.", row=row))
