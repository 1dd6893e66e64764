"""`portal messages deliver`, `status` and `retry`."""

from __future__ import annotations

import json
from datetime import timedelta

import click

from portal import clock
from portal.db import run_unit, unit_of_work
from portal.messages import queries
from portal.messages.delivery import deliver as deliver_due
from portal.messages.services import outbox
from portal.messages.setup import messages_of_app

_AS_LONG_AS_IT_TAKES = timedelta(days=1)


@click.group("messages")
def messages() -> None:
    """Messages to people: send what is due, see what waits, try again."""


@messages.command("deliver")
def deliver() -> None:
    """Send what is due now; the worker does this every minute. Status 1 when no server answers."""
    room = messages_of_app()
    if room.make_mailer is None:
        click.echo("Mail is switched off (PORTAL_MAIL_URL): e-mails wait in the outbox.")
    tally = deliver_due(room.senders(), room.ways(), until=clock.now() + _AS_LONG_AS_IT_TAKES)
    click.echo(f"{tally.sent} sent, {tally.postponed} to try again, {tally.refused} refused.")
    for channel in sorted(tally.down):
        server = "mail server" if channel == "email" else "gateway for texts"
        click.echo(f"The {server} cannot be reached. Nothing is lost.")
    if tally.down:
        raise click.exceptions.Exit(1)


@messages.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def status(as_json: bool) -> None:
    """How many messages are in which state."""
    with unit_of_work("read") as session:
        numbers = queries.counts(session)
    if as_json:
        click.echo(json.dumps(numbers))
    else:
        click.echo(", ".join(f"{n} {state}" for state, n in numbers.items()) or "No messages.")


@messages.command("retry")
def retry() -> None:
    """Queue every parked message again."""
    click.echo(f"{run_unit(outbox.retry)} queued again.")
