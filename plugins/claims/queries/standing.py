"""Who may not pay something, what its payment waits for, and whether its approvals may stand no more, as
expressions within a list's own question.

The lists of those who pay show by them what is ready. Whether something goes into a batch is asked again
there, of `services/separating.py` and `money/readiness.py`: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from plugins.claims.models import ApprovedAgain, BankDetail, CameBack, Payment, SupportConsent
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.readiness import Wait
from plugins.claims.money.separation import Bar

Column = Any  # a column of whichever table
People = Sequence[sa.Select[Any]]  # ids of people, each correlated to the list's own question
ME = sa.bindparam("me", type_=sa.Integer)
HOLDS = aliased(
    BankDetail, name="holds"
)  # what holds of the payee's bank details, joined by the list
_THEIRS, _OTHERS = aliased(BankDetail), aliased(BankDetail)


def joined(person_id: Column) -> sa.ColumnElement[bool]:
    """How `HOLDS` is joined to whatever names the payee."""
    return sa.and_(HOLDS.person_id == person_id, HOLDS.ended_at.is_(None))


def wait_of(what: What, what_id: Column) -> sa.ColumnElement[str | None]:
    """What is waited for before money goes into an account: see `money.readiness.waits_for`."""
    came_back = sa.exists().where(
        Payment.what == what,
        Payment.what_id == what_id,
        Payment.outcome == Outcome.FAILED,
        Payment.came_back != CameBack.FILE,
        Payment.said_at >= HOLDS.given_at,
        sa.or_(HOLDS.said_right_at.is_(None), Payment.said_at >= HOLDS.said_right_at),
    )
    return _first(
        (Wait.DETAILS, HOLDS.id.is_(None)),
        (Wait.CONFIRM, sa.and_(HOLDS.version > 1, HOLDS.confirmed_at.is_(None))),
        (Wait.AGAIN, came_back),
    )


def bar_of(
    payee: Column,
    begun_at: Column,
    approvers: People,
    *,
    submitter: Column = None,
) -> sa.ColumnElement[str | None]:
    """Why whoever asks may not pay it: see `money.separation.bar`. `approvers`: who had a part in approving
    it, as questions about that one thing.
    """
    return _first(
        (Bar.PAYEE, payee == ME),
        *([(Bar.SUBMITTER, submitter == ME)] if submitter is not None else []),
        (Bar.SUPPORTER, _supports(payee, begun_at, SupportConsent.supporter_id == ME)),
        (Bar.ACCOUNT, _shares(payee, _OTHERS.person_id == ME)),
        # Off the few rows of one thing: whoever asks may have approved thousands.
        (Bar.APPROVED, sa.or_(*(ME.in_(one) for one in approvers))),
        (Bar.CALLED, HOLDS.confirmed_by_id == ME),
    )


def doubt_of(
    payee: Column, begun_at: Column, approvers: People, *, submitter: Column = None
) -> sa.ColumnElement[bool]:
    """Whether it may be that it is approved once more before it is paid: bank details were changed since it
    was begun, or somebody who approved it has a part in it by now. What is in doubt is few, and is asked of
    `services/standing.py`; what is not stands as it was approved.
    """
    themselves = [payee] if submitter is None else [payee, submitter]
    return sa.or_(
        sa.and_(HOLDS.version > 1, HOLDS.given_at >= begun_at),
        *(person.in_(one) for person in themselves for one in approvers),
        *(_supports(payee, begun_at, SupportConsent.supporter_id.in_(one)) for one in approvers),
        *(_shares(payee, _OTHERS.person_id.in_(one)) for one in approvers),
    )


def once_more(what: What, what_id: Column) -> sa.Select[Any]:
    """Who approved it once more."""
    again = sa.and_(ApprovedAgain.what == what, ApprovedAgain.what_id == what_id)
    return sa.select(ApprovedAgain.person_id).where(again).correlate(what_id.table)


def _supports(payee: Column, begun_at: Column, who: Column) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        SupportConsent.person_id == payee,
        who,
        SupportConsent.since.is_not(None),
        sa.or_(SupportConsent.until.is_(None), SupportConsent.until >= begun_at),
    )


def _shares(payee: Column, who: Column) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        _THEIRS.person_id == payee, _OTHERS.fingerprint == _THEIRS.fingerprint, who
    )


def _first(*found: tuple[Bar | Wait, sa.ColumnElement[bool]]) -> sa.ColumnElement[str | None]:
    return sa.case(*((holds, sa.literal(one.value)) for one, holds in found))
