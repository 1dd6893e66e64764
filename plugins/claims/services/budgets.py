"""Budgets: added, and given another sum, never one below what is promised or paid of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import BudgetRow
from plugins.claims.queries.budgets import tally
from plugins.claims.services.refs import new_ref
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows


@dataclass(frozen=True, slots=True)
class NewBudget:
    """Pence for a course or a body from a day to a day."""

    title: str
    starts_on: date
    ends_on: date
    pence: int
    course_id: int | None = None


def add_budget(session: Session, actor: Actor, new: NewBudget) -> BudgetRow:
    """Add it, flushed.

    Raises:
        RefusedError: it ends before it begins.
    """
    if new.ends_on < new.starts_on:
        raise RefusedError(Why.BUDGET_DAY)
    row = BudgetRow(
        ref=new_ref(),
        title=new.title,
        course_id=new.course_id,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        pence=new.pence,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "add", row)
    return row


def change_sum(session: Session, actor: Actor, budget_id: int, pence: int) -> None:
    """Give it another sum.

    Raises:
        GoneError: there is no such budget.
        RefusedError: more than that is offered, agreed or paid of it.
    """
    found = lock_rows(session, BudgetRow, [budget_id])
    if not found:
        raise GoneError
    row, now = found[0], tally(session, budget_id)
    if pence < now.whole - now.left:
        raise RefusedError(Why.SMALLER)
    row.pence = pence
    session.flush()
    _note(session, actor, "change", row)


def _note(session: Session, actor: Actor, verb: str, row: BudgetRow) -> None:
    about, details = ("claims_budget", row.id), {"pence": row.pence}
    audit.record(session, actor, f"claims:budget:{verb}", about, details=details)
