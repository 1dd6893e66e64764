"""Who may not pay something, and what its payment waits for, as expressions within a list's own question.

The lists of those who pay show by them what is ready. Whether something goes into a batch is asked again
there, of `services/separating.py` and `money/readiness.py`: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from plugins.claims.models import BankDetail, CameBack, Payment, SupportConsent
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.readiness import Wait
from plugins.claims.money.separation import Bar

Column = Any  # a column of whichever table
ME = sa.bindparam("me", type_=sa.Integer)
HOLDS = aliased(
    BankDetail, name="holds"
)  # what holds of the payee's bank details, joined by the list
_THEIRS, _MINE = aliased(BankDetail), aliased(BankDetail)


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
    approved: Sequence[sa.ColumnElement[bool]],
    *,
    submitter: Column = None,
) -> sa.ColumnElement[str | None]:
    """Why whoever asks may not pay it: see `money.separation.bar`. `approved`: what says that they had a part
    in approving it.
    """
    supported = sa.exists().where(
        SupportConsent.person_id == payee,
        SupportConsent.supporter_id == ME,
        SupportConsent.since.is_not(None),
        sa.or_(SupportConsent.until.is_(None), SupportConsent.until >= begun_at),
    )
    shared = sa.exists().where(
        _THEIRS.person_id == payee,
        _MINE.fingerprint == _THEIRS.fingerprint,
        _MINE.person_id == ME,
    )
    return _first(
        (Bar.PAYEE, payee == ME),
        *([(Bar.SUBMITTER, submitter == ME)] if submitter is not None else []),
        (Bar.SUPPORTER, supported),
        (Bar.ACCOUNT, shared),
        (Bar.APPROVED, sa.or_(*approved)),
        (Bar.CALLED, HOLDS.confirmed_by_id == ME),
    )


def _first(*found: tuple[Bar | Wait, sa.ColumnElement[bool]]) -> sa.ColumnElement[str | None]:
    return sa.case(*((holds, sa.literal(one.value)) for one, holds in found))
