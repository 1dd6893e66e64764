"""`portal import prospectus`: read a prospectus, show what would change, and change it when asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.courses.cli_output import RowFile, show
from portal.courses.models import CourseState
from portal.courses.services import prospectus
from portal.courses.services.prospectus import Report
from portal.db import is_retryable, run_unit, unit_of_work
from portal.plugin_api import SYSTEM

LARGE = 256 * 1024  # bytes of a file from which a progress bar is worth its lines
NOTHING_WRONG, ROWS_WRONG, FILE_FAULT, TRY_AGAIN = 0, 1, 3, 4
STARTING_STATES = ("idea", "approved", "live")


@click.group("import")
def import_group() -> None:
    """Bring in what is kept elsewhere."""


@import_group.command("prospectus")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--apply/--dry-run",
    "apply_it",
    default=False,
    help="Write it. Without, only say what would change.",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="HEADING=FIELD",
    help="Read the column with this heading as this field. May be given again.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="FIELD",
    help="The file has no such column; fill it as if every cell were empty. May be given again.",
)
@click.option("--sheet", help="The sheet of an Excel file; the first one otherwise.")
@click.option(
    "--state",
    type=click.Choice(STARTING_STATES),
    default="live",
    show_default=True,
    help="Where new courses stand.",
)
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what there is to say about every row into this CSV file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
    "--progress/--no-progress", default=None, help="Show a bar; by itself for large files."
)
def import_prospectus(
    file: Path,
    *,
    apply_it: bool,
    mapping: tuple[str, ...],
    without: tuple[str, ...],
    sheet: str | None,
    state: str,
    report_file: Path | None,
    as_json: bool,
    progress: bool | None,
) -> None:
    """Read courses from a CSV or Excel FILE, all of them or none.

    Columns: college, title, category, sessions, hours_per_session, mode, notes, source; if you like
    also summary, description, start ("1 March 2027 10:00"), venue, capacity. A row with a start makes
    a planned run of weekly sessions. It is safe to import a file again: what did not change in it is
    left alone, and so is what somebody has changed here since.

    \b
    Exit status: 0 done, or nothing to do; 1 rows are wrong, nothing written;
    2 wrong use; 3 the file cannot be read; 4 the database was busy, try again.
    """
    options = prospectus.Options(
        zone=current_app.settings.timezone,  # type: ignore[attr-defined]  # the app is a Portal
        mapping=_mapping(mapping),
        without=without,
        sheet=sheet,
    )
    try:
        with _bars(file, progress) as bar, ExitStack() as stack:
            report = _run(
                file,
                options,
                CourseState(state),
                apply_it=apply_it,
                bar=bar,
                sink=stack.enter_context(RowFile(report_file)) if report_file else None,
            )
    except prospectus.FileFault as fault:
        _fail(str(fault), file, as_json)
        raise SystemExit(FILE_FAULT) from None
    except DBAPIError as error:
        if not (isinstance(error, IntegrityError) or is_retryable(error)):
            raise
        message = _(
            "Somebody changed the courses at the same moment. Nothing was written: try again."
        )
        _fail(message, file, as_json)
        raise SystemExit(TRY_AGAIN) from None
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        show(report, applied=apply_it)
    raise SystemExit(NOTHING_WRONG if report.ok else ROWS_WRONG)


Bar = Callable[[str], prospectus.Progress]


def _run(
    file: Path,
    options: prospectus.Options,
    state: CourseState,
    *,
    apply_it: bool,
    bar: Bar | None,
    sink: RowFile | None,
) -> Report:
    def stage(title: str) -> prospectus.Progress | None:
        return bar(title) if bar else None

    checking = Report(file=file.name, sink=sink)
    with (
        unit_of_work("read") as session,
        prospectus.check(
            session, file, options, progress=stage(_("Checking")), report=checking
        ) as checked,
    ):
        if not (apply_it and checked.report.ok):
            return prospectus.preview(session, checked, zone=options.zone)

        def write(writing: Session) -> Report:
            if sink is not None:
                sink.start_over()
            return prospectus.apply(
                writing,
                SYSTEM,
                checked,
                zone=options.zone,
                state=state,
                progress=stage(_("Writing")),
            )

        session.rollback()  # the reading is over: it must not stand in the way of the writing
        try:
            return run_unit(write)
        except prospectus.RefusedError as refused:
            return refused.report


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        heading, separator, field = pair.rpartition("=")
        if not separator or not heading.strip() or not field.strip():
            raise click.BadParameter(
                _("“%(pair)s” is not HEADING=FIELD", pair=pair), param_hint="--map"
            )
        mapping[heading.strip()] = field.strip()
    return mapping


# --- progress --------------------------------------------------------------------------------------


@contextmanager
def _bars(file: Path, wanted: bool | None) -> Iterator[Bar | None]:
    """A progress bar for each stage, on the error stream, for large files at a terminal."""
    if wanted is None:
        large = file.is_file() and file.stat().st_size >= LARGE
        wanted = large and sys.stderr.isatty()
    if not wanted:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=console,
    )

    def begin(title: str) -> prospectus.Progress:
        task = shown.add_task(title, total=None)

        def move(done: int, total: int) -> None:
            shown.update(task, completed=done, total=total)

        return move

    with shown:
        yield begin


def _fail(message: str, file: Path, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"file": file.name, "fault": message, "written": False}))
    else:
        click.echo(message, err=True)
