"""`portal audit verify` and `portal audit seal`."""

from __future__ import annotations

import json

import click

from portal.audit.queries import Fault, Report
from portal.audit.queries import verify as verify_chain
from portal.audit.services import seal as seal_batch
from portal.db import run_unit, unit_of_work


def _seal_all() -> int:
    sealed = 0
    while chained := run_unit(seal_batch):
        sealed += chained
    return sealed


def _where(fault: Fault) -> str:
    place = "a waiting entry" if fault.n is None else f"entry {fault.n}"
    return place if fault.entry_id is None else f"{place} (id {fault.entry_id})"


def _words(report: Report) -> str:
    if report.fault:
        return f"Broken at {_where(report.fault)}: {report.fault.problem}."
    return (
        f"Whole: {report.sealed} sealed, {report.waiting} waiting, "
        f"{report.erased} erased. Head: {report.head}"
    )


@click.group("audit")
def audit() -> None:
    """The record of who did what: check it, seal it."""


@audit.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def verify(as_json: bool) -> None:
    """Check that no entry was changed, removed or moved. Ends with status 1 when one was."""
    with unit_of_work("read") as session:
        report = verify_chain(session)
    if report.ok:  # what stands on a broken chain must not be sealed to it unseen
        _seal_all()
    click.echo(json.dumps(report.as_dict()) if as_json else _words(report))
    if not report.ok:
        raise SystemExit(1)


@audit.command("seal")
def seal() -> None:
    """Chain what waits now; the worker does this every minute."""
    click.echo(f"{_seal_all()} sealed.")
