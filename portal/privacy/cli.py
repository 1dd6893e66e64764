"""`portal privacy …`: erase somebody who asks in person, erase again after a backup was restored, let go."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal import clock
from portal.db import run_unit, unit_of_work
from portal.plugin_api import SYSTEM, Veto
from portal.plugin_api.personal import ErasureFailedError
from portal.privacy import ledger, letting_go
from portal.privacy.queries import notes, somebody
from portal.privacy.services import erasing, retention
from portal.privacy.services.kept import what_is_kept

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FAULTS = (ErasureFailedError, erasing.NotErasedError, Veto)


@click.group("privacy")
def privacy() -> None:
    """What is kept about people: erase, erase again, let go."""


def _why(error: Exception) -> str:
    if isinstance(error, ErasureFailedError):
        return f"the part {error.part!r} failed; the log says why"
    return str(error) if isinstance(error, Veto) else "the person's record did not go"


@privacy.command("erase")
@click.argument("person_id", type=int)
@click.option("--reason", required=True, help="How and when they asked, for the record.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
def erase_command(person_id: int, reason: str, yes: bool) -> None:
    """Erase a person who asked the college to: all of it, or nothing."""
    try:
        with unit_of_work() as session:
            person = somebody(session, person_id)
            parts = erasing.plan(session, person_id)
            session.rollback()
    except erasing.NobodyError:
        raise click.ClickException(f"There is nobody with the number {person_id}.") from None
    except _FAULTS as error:
        raise click.ClickException(f"Nothing was erased: {_why(error)}.") from error
    click.echo(f"Erase {person.name if person else person_id}:")
    for one in parts:
        if one.result.erased:
            click.echo(
                f"  {one.source.on_erasure}  {one.result.erased:>6}  {what_is_kept(one.source)}"
            )
        if one.result.held:
            click.echo(
                f"  hold    {one.result.held:>6}  {what_is_kept(one.source)}: {one.result.reason}"
            )
    if not yes:
        click.confirm("This cannot be undone. Erase them now?", abort=True)

    def work(unit: Session) -> None:
        at, told = clock.now(), erasing.seal_of(parts)
        erasing.erase(unit, SYSTEM, person_id, at=at, told=told, reason=reason)

    try:
        run_unit(work)
    except erasing.ChangedError:
        raise click.ClickException(
            "Nothing was erased: more must be held now. Please read it again."
        ) from None
    except (erasing.NobodyError, *_FAULTS) as error:
        raise click.ClickException(f"Nothing was erased: {_why(error)}.") from error
    click.echo("Erased.")


@privacy.command("replay")
@click.argument("file", type=click.Path(path_type=Path, exists=True), required=False)
def replay(file: Path | None) -> None:
    """Erase again everybody who was erased before, after a backup was restored. May be repeated at will.

    FILE is a ledger of erasures; without it the one in the data folder is read.
    """
    try:
        known = {note.uid: note for note in ledger.read(file or ledger.file_of_app())}
    except ledger.LedgerError as error:
        raise click.ClickException(str(error)) from error
    with unit_of_work("read") as session:
        known.update({note.uid: note for note in ledger.recognised(notes(session))})
    again = whole = unknown = failed = 0
    with click.progressbar(list(known.values()), label="Erasing again") as bar:
        for one in bar:
            try:
                found = run_unit(partial(erasing.erase_again, known=one))
            except _FAULTS as error:
                failed += 1
                click.echo(f"\n{one.uid}: not erased: {_why(error)}", err=True)
                continue
            unknown += found is None
            again += bool(found)
            whole += found == 0
    with unit_of_work("read") as session:
        ledger.keep(ledger.file_of_app(), notes(session))
    click.echo(
        f"{again} erased again, {whole} were erased already, {unknown} not in this database, {failed} failed."
    )
    if failed:
        raise click.exceptions.Exit(1)


@privacy.command("retention")
@click.option("--dry-run", is_flag=True, help="Only say how many rows would go.")
def retention_command(dry_run: bool) -> None:
    """Let go of what has been kept long enough, as happens every night."""
    if dry_run:
        with unit_of_work("read") as session:
            for kept in retention.all_kept(session):
                rows = retention.count_due(session, kept.keeping, clock.now())
                click.echo(f"{rows:>8}  {kept.key}  ({what_is_kept(kept.source)})")
        return
    try:
        letting_go.let_go(told=lambda key: click.echo(f"{key}: done"))
    except letting_go.NotAllError as error:
        raise click.ClickException(f"These could not be let go of: {error}") from error
