"""`portal proposals ideas import FILE`: ideas from a box on paper, typed into a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import click

from portal.plugin_api import run_unit


@click.group()
def ideas() -> None:
    """Ideas for courses."""


@ideas.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_ideas(file: Path) -> None:
    """Read ideas from the first column of FILE (.xlsx, or .csv in UTF-8). May be run twice."""
    from plugins.proposals.forms.box import SHEETS
    from plugins.proposals.services.importing import SheetError, add_ideas, read_sheet

    try:
        with file.open("rb") as content:
            lines = read_sheet(content, file.name)
    except SheetError as error:
        raise click.ClickException(f"{file.name}: {SHEETS[error.fault]}") from None
    added = run_unit(lambda session: add_ideas(session, lines))
    click.echo(f"{added} ideas added; {len(lines) - added} were here already.")
