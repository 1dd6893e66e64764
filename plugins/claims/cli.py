"""`portal claims quote` works out a journey, `portal claims ledger verify` reads the books, `portal claims
modulus load` takes in the table that banks publish, `portal claims bank refresh` makes its hashes anew.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from plugins.claims.money.amounts import tenths_of
from plugins.claims.money.mileage import Vehicle
from portal.plugin_api import db, run_unit


@click.command()
@click.option("--category", type=click.Choice([one.value for one in Vehicle]), default="car")
@click.option("--miles", required=True, help="There and back, such as 30 or 12.5.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option(
    "--before", type=click.IntRange(0, 200_000), default=0, help="Miles of that tax year before it."
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def quote(category: str, miles: str, day: datetime, before: int, *, as_json: bool) -> None:
    """What a journey is worth, as the college knows the rates today."""
    from plugins.claims.money.rates import NoRateError
    from plugins.claims.queries.quotes import plain
    from plugins.claims.queries.quotes import quote as quoted

    tenths = tenths_of(miles)
    if tenths is None:
        raise click.BadParameter(
            "write miles as a number, like 30 or 12.5, up to 2,000", param_hint="--miles"
        )
    try:
        made = quoted(db.session, Vehicle(category), day.date(), tenths, before * 10)
    except NoRateError as error:
        raise click.ClickException(f"The college knows {error}.") from None
    if as_json:
        click.echo(json.dumps(plain(made), ensure_ascii=False))
        return
    for band in made.bands:
        click.echo(f"{band.tenths / 10:g} miles at {band.rate.pence}p  ({band.rate.source})")
    click.echo(f"£{made.pence // 100:,}.{made.pence % 100:02d}")


@click.group()
def ledger() -> None:
    """The books of claims."""


@ledger.command("verify")
def verify_books() -> None:
    """Compare the books with every decision and answer. Ends with 1 where they differ."""
    from plugins.claims.queries.books import verify
    from plugins.claims.queries.recognition_books import wrong_choices

    found, choices = verify(db.session), wrong_choices(db.session)
    for line, decided, there in found.wrong:
        click.echo(f"line {line}: {decided} pence decided, {there} pence in the books")
    for choice, taken, there in choices:
        click.echo(f"answer {choice}: {taken} pence taken, {there} pence in the books")
    for advance, still, there in found.ahead:
        click.echo(f"money ahead {advance}: {still} pence open, {there} pence in the books")
    for payment, left, there in found.payments:
        click.echo(f"payment {payment}: {left} pence have left, {there} pence in the books")
    for claim, owed, paid in found.overpaid:
        click.echo(f"claim {claim}: {owed} pence owed, {paid} pence paid")
    differ = len(choices) + sum(
        len(some) for some in (found.wrong, found.ahead, found.payments, found.overpaid)
    )
    click.echo(f"{found.entries} entries; {found.owed} pence owed; {differ} differ.")
    if differ:
        raise SystemExit(1)


@click.group()
def modulus() -> None:
    """The table by which banks' numbers are checked."""


@modulus.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_modulus(file: Path) -> None:
    """Take in the publisher's table of weights ("valacdos") in place of the one that is there.

    Without a table only the form of the numbers is checked: six digits and eight.
    """
    from plugins.claims.money.modulus import TableError
    from plugins.claims.services.modulus import load

    try:
        count = run_unit(lambda session: load(session, file.read_text(encoding="ascii")))
    except (TableError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{error}. Nothing was changed.") from None
    click.echo(f"{count} rows are in place.")


@click.group()
def bank() -> None:
    """Bank details."""


@bank.command("refresh")
def refresh_fingerprints() -> None:
    """Make the keyed hashes of bank details anew, after the signing secret has changed."""
    from plugins.claims.services.bank import refresh

    click.echo(f"{run_unit(refresh)} of them were made anew.")
