"""Who may not pay something, what its payment waits for, and whether its approvals may stand no more, as
expressions within a list's own question.

The lists of those who pay show by them what is ready. Whether something goes into a batch is asked again
there, of `services/separating.py` and `money/readiness.py`: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from plugins.claims.models import ApprovedAgain, BankDetail, CameBack, Payment, SupportConsent
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.readiness import Wait
from plugins.claims.money.separation import Bar

Column = Any  # a column of whichever table
People = Sequence[sa.Select[Any]]  # ids of people, each correlated to the list's own question
ME = sa.bindparam("me", type_=sa.Integer)
_HOLDS, _THEIRS, _OTHERS = (aliased(BankDetail) for _each in range(3))


_IN_DOUBT: sa.CompoundSelect[Any] = sa.union(
    sa.select(_HOLDS.person_id).where(_HOLDS.version > 1, _HOLDS.ended_at.is_(None)),
    sa.select(_THEIRS.person_id)
    .join(_OTHERS, _OTHERS.fingerprint == _THEIRS.fingerprint)
    .where(_OTHERS.person_id != _THEIRS.person_id),
    sa.select(SupportConsent.person_id).where(SupportConsent.since.is_not(None)),
)


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
    payee: Column, begun_at: Column, approvers: People, *, submitter: Column = None
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
        (Bar.CALLED, _held(payee, _HOLDS.confirmed_by_id == ME)),
    )


def doubt_of(
    payee: Column, begun_at: Column, approvers: People, *, submitter: Column = None
) -> sa.ColumnElement[bool]:
    """Whether it may be that it is approved once more before it is paid: bank details were changed since it
    was begun, or somebody who approved it has a part in it by now. What is in doubt is few, and is asked of
    `services/standing.py`; what is not stands as it was approved.
    """
    themselves = (payee,) if submitter is None else (payee, submitter)

    def approved(person: Column) -> sa.ColumnElement[bool]:
        return sa.or_(*(person.in_(one) for one in approvers))

    # What few payees have comes first: without it nobody asks who approved.
    return sa.or_(
        _held(payee, _HOLDS.version > 1, _HOLDS.given_at >= begun_at),
        sa.or_(*(sa.and_(person.is_not(None), approved(person)) for person in themselves)),
        _supports(payee, begun_at, approved(SupportConsent.supporter_id)),
        _shares(payee, _OTHERS.person_id != payee, approved(_OTHERS.person_id)),
    )


def in_doubt(session: Session) -> set[int]:
    """Whose money may be approved once more before it is paid, whatever of it: people whose bank details were
    changed, who share an account, or who have or had supporters. One query.
    """
    return {person for person in session.scalars(_IN_DOUBT) if person is not None}


def once_more(what: What, what_id: Column, within: Any) -> sa.Select[Any]:
    """Who approved it once more; `within`: the table of the list's own question."""
    again = sa.and_(ApprovedAgain.what == what, ApprovedAgain.what_id == what_id)
    return sa.select(ApprovedAgain.person_id).where(again).correlate(within)


def _supports(payee: Column, begun_at: Column, who: Column) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        SupportConsent.person_id == payee,
        SupportConsent.since.is_not(None),
        sa.or_(SupportConsent.until.is_(None), SupportConsent.until >= begun_at),
        who,
    )


def _shares(payee: Column, *who: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        _THEIRS.person_id == payee, _OTHERS.fingerprint == _THEIRS.fingerprint, *who
    )


def _first(*found: tuple[Bar | Wait, sa.ColumnElement[bool]]) -> sa.ColumnElement[str | None]:
    return sa.case(*((holds, sa.literal(one.value)) for one, holds in found))
