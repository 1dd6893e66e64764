"""What `portal import prospectus` says at the end, on the screen and in a file."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.courses.services.prospectus import Action, Kind, Report, RowOutcome
from portal.courses.words import FIELDS
from portal.ui.sheets import Rows

ROWS_SHOWN = 200


def show(report: Report, *, applied: bool) -> None:
    """Print what was found and done, for people."""
    click.echo(f"{report.file}: {report.form}")
    for remark in report.remarks:
        click.echo(f"  {remark}")
    click.echo(_summary(report))
    shown = [one for one in report.outcomes if one.action is not Action.WRONG][:ROWS_SHOWN]
    if shown and not report.written and report.created + report.updated:
        click.echo("\n" + _("What would change, by row:"))
        for outcome in shown:
            click.echo(_line(outcome))
        left = report.rows - report.wrong - len(shown)
        if left > 0:
            click.echo(_("  … and %(count)d more. --report FILE lists every row.", count=left))
    _print_groups(report)
    if report.problems:
        click.echo("\n" + _("What is wrong, by row:"))
        for outcome in report.problems[:ROWS_SHOWN]:
            click.echo(_line(outcome))
        left = report.wrong - min(len(report.problems), ROWS_SHOWN)
        if left > 0:
            click.echo(_("  … and %(count)d more. --report FILE lists every row.", count=left))
    click.echo("\n" + _ending(report, applied=applied))


def _summary(report: Report) -> str:
    parts = [
        ngettext("%(num)d row", "%(num)d rows", report.rows),
        _("%(count)d to create", count=report.created),
        _("%(count)d to update", count=report.updated),
        _("%(count)d unchanged", count=report.unchanged),
        _("%(count)d wrong", count=report.wrong),
    ]
    if report.written:
        parts[1] = _("%(count)d created", count=report.created)
        parts[2] = _("%(count)d updated", count=report.updated)
    if report.runs_created:
        parts.append(_("%(count)d with new dates", count=report.runs_created))
    return ", ".join(parts)


def _line(outcome: RowOutcome) -> str:
    words = {
        Action.CREATE: _("create"),
        Action.UPDATE: _("update"),
        Action.UNCHANGED: _("unchanged"),
        Action.WRONG: _("wrong"),
    }
    said = "; ".join(
        f"{_label(note.field)}: {note.message}" if note.field else note.message
        for note in outcome.notes
        if outcome.action is Action.WRONG
        or note.kind is not Kind.FILLED
        or note.field not in _TEXTS
    )
    title = outcome.title or "–"
    return f"  {_('row')} {outcome.row:>5}  {words[outcome.action]:<9}  {title}" + (
        f" — {said}" if said else ""
    )


_TEXTS = frozenset({"summary", "description"})  # filled in nearly every row: the groups say so


_COLUMNS = {
    "college": _l("College"),
    "category": _l("Category"),
    "topic": _l("Category"),
    "hours_per_session": _l("Hours a session"),
    "mode": _l("How people take part"),
    "planned_mode": _l("How people take part"),
    "notes": _l("Notes"),
    "source": _l("Source"),
    "start": _l("Start"),
    "venue": _l("Venue"),
    "capacity": _l("Places"),
}


def _label(field: str) -> str:
    return str(_COLUMNS.get(field) or FIELDS.get(field, field))


def _print_groups(report: Report) -> None:
    if not report.groups:
        return
    click.echo("\n" + _("What was missing or unclear, and how it was taken:"))
    for (_kind, field, message), group in sorted(
        report.groups.items(), key=lambda item: (item[0][1], -item[1].count)
    ):
        rows = ", ".join(str(row) for row in group.rows)
        more = " …" if group.count > len(group.rows) else ""
        count = ngettext("%(num)d row", "%(num)d rows", group.count)
        click.echo(f"  {_label(field)}: {message} ({count}: {rows}{more})")


def _ending(report: Report, *, applied: bool) -> str:
    if not report.ok:
        words = _("Nothing was written. Mend the rows above and run it again.")
    elif report.written:
        words = _("Written.")
    elif applied or not report.created + report.updated:
        words = _("Nothing to change.")
    else:
        words = _("Nothing was written: this was a preview. Add --apply to write it.")
    return str(words)


class RowFile:
    """A CSV file with a line for every note of every row."""

    def __init__(self, path: Path) -> None:
        try:
            self._file: IO[str] = path.open("w", newline="", encoding="utf-8-sig")
        except OSError as error:
            raise click.ClickException(f"{path}: {error.strerror}") from None
        self.start_over()

    def __enter__(self) -> RowFile:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def start_over(self) -> None:
        """Forget what was written: the same rows are about to come again."""
        self._file.seek(0)
        self._file.truncate()
        self._rows = Rows(self._file)
        self._rows.write(("row", "title", "action", "field", "kind", "message"))

    def __call__(self, outcome: RowOutcome) -> None:
        """Write the lines of one row."""
        start = (outcome.row, outcome.title, outcome.action.value)
        for note in outcome.notes or (None,):
            rest = (note.field, note.kind.value, note.message) if note else ()
            self._rows.write((*start, *rest))
