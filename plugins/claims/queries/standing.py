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
_HOLDS, _THEIRS, _MINE = (aliased(BankDetail) for _each in range(3))


def _held(payee: Column, *more: sa.ColumnElement[bool]) -> sa.Exists:
    """Whether a payee has bank details that hold, of which more is so. No join: a list keeps its order."""
    return sa.exists().where(_HOLDS.person_id == payee, _HOLDS.ended_at.is_(None), *more)


def wait_of(what: What, what_id: Column, payee: Column) -> sa.ColumnElement[str | None]:
    """What is waited for before money goes into an account: see `money.readiness.waits_for`."""
    came_back = _held(
        payee,
        Payment.what == what,
        Payment.what_id == what_id,
        Payment.outcome == Outcome.FAILED,
        Payment.came_back != CameBack.FILE,
        Payment.said_at >= _HOLDS.given_at,
        sa.or_(_HOLDS.said_right_at.is_(None), Payment.said_at >= _HOLDS.said_right_at),
    )
    return _first(
        (Wait.DETAILS, ~_held(payee)),
        (Wait.CONFIRM, _held(payee, _HOLDS.version > 1, _HOLDS.confirmed_at.is_(None))),
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
        (Bar.CALLED, _held(payee, _HOLDS.confirmed_by_id == ME)),
    )


def _first(*found: tuple[Bar | Wait, sa.ColumnElement[bool]]) -> sa.ColumnElement[str | None]:
    return sa.case(*((holds, sa.literal(one.value)) for one, holds in found))
