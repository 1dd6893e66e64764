"""`portal claims quote` works out a journey; `portal claims ledger verify` reads the books."""

from __future__ import annotations

import json
from datetime import datetime

import click

from plugins.claims.money.amounts import tenths_of
from plugins.claims.money.mileage import Vehicle
from portal.plugin_api import db


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
        raise click.BadParameter("write miles as a number, like 30 or 12.5", param_hint="--miles")
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
    """Compare the books with every decision. Ends with 1 where they differ."""
    from plugins.claims.queries.books import verify

    found = verify(db.session)
    for line, decided, there in found.wrong:
        click.echo(f"line {line}: {decided} pence decided, {there} pence in the books")
    for advance, still, there in found.ahead:
        click.echo(f"money ahead {advance}: {still} pence open, {there} pence in the books")
    differ = len(found.wrong) + len(found.ahead)
    click.echo(f"{found.entries} entries; {found.owed} pence owed; {differ} differ.")
    if differ:
        raise SystemExit(1)
