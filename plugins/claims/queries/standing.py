"""Who may not pay something, what its payment waits for, and whether its approvals may stand no more, as
expressions within a list's own question.

The lists of those who pay show by them what is ready. Whether something goes into a batch is asked again
there, of `services/separating.py` and `money/readiness.py`: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from plugins.claims.models import ApprovedAgain, BankDetail, CameBack, Payment, SupportConsent
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.readiness import Wait
from plugins.claims.money.separation import Bar

Column = Any  # a column of whichever table
Approvers = sa.CompoundSelect[Any]  # who approved one thing, correlated to the list's own question
ME = sa.bindparam("me", type_=sa.Integer)
_HOLDS, _THEIRS, _OTHERS = (aliased(BankDetail) for _each in range(3))

_IN_DOUBT: sa.CompoundSelect[Any] = sa.union(
    sa.select(_HOLDS.person_id).where(_HOLDS.version > 1, _HOLDS.ended_at.is_(None)),
    sa.select(_THEIRS.person_id)
    .join(_OTHERS, _OTHERS.fingerprint == _THEIRS.fingerprint)
    .where(_OTHERS.person_id != _THEIRS.person_id),
    sa.select(SupportConsent.person_id).where(SupportConsent.since.is_not(None)),
)
# Whose money whoever asks does not pay, whatever it is for: few, found once for a list.
NOT_MINE: sa.CompoundSelect[Any] = sa.union_all(
    sa.select(_THEIRS.person_id)
    .join(_OTHERS, _OTHERS.fingerprint == _THEIRS.fingerprint)
    .where(_OTHERS.person_id == ME, _THEIRS.person_id.is_not(None)),
    sa.select(_HOLDS.person_id).where(
        _HOLDS.confirmed_by_id == ME, _HOLDS.ended_at.is_(None), _HOLDS.person_id.is_not(None)
    ),
)


@dataclass(frozen=True, slots=True)
class Theirs:
    """What is asked about one thing that is owed: whose it is, since when, and who approved it."""

    what: What
    what_id: Column
    payee: Column
    begun_at: Column
    approvers: Approvers
    submitter: Column | None = None

    def wait(self) -> sa.ColumnElement[str | None]:
        """What is waited for before money goes into an account: see `money.readiness.waits_for`."""
        payee = self.payee
        return _first(
            (Wait.DETAILS, ~_held(payee)),
            (Wait.CONFIRM, _held(payee, _HOLDS.version > 1, _HOLDS.confirmed_at.is_(None))),
            (Wait.AGAIN, self._came_back()),
        )

    def bar(self) -> sa.ColumnElement[str | None]:
        """Why whoever asks may not pay it: see `money.separation.bar`."""
        return _first(
            (Bar.PAYEE, self.payee == ME),
            *([(Bar.SUBMITTER, self.submitter == ME)] if self.submitter is not None else []),
            (Bar.SUPPORTER, self._supports(ME)),
            (Bar.ACCOUNT, self._shares(ME)),
            (Bar.APPROVED, self._approved(lambda who: who == ME)),
            (Bar.CALLED, _held(self.payee, _HOLDS.confirmed_by_id == ME)),
        )

    def ready(self) -> sa.ColumnElement[bool]:
        """Whether there is neither a wait nor a bar: the same in fewer looks, for a list asks it of each."""
        themselves = [one for one in (self.payee, self.submitter) if one is not None]
        ready = sa.and_(
            *(sa.or_(one.is_(None), one != ME) for one in themselves),
            _held(self.payee, sa.or_(_HOLDS.version == 1, _HOLDS.confirmed_at.is_not(None))),
            self.payee.not_in(NOT_MINE),
            ~self._supports(ME),
            ~self._came_back(),
            ~self._approved(lambda who: who == ME),
        )
        # Within a case it is asked of one after the other: PostgreSQL would go through whole tables first.
        return sa.case((ready, 1), else_=0) == 1

    def doubt(self) -> sa.ColumnElement[bool]:
        """Whether it may be that it is approved once more before it is paid: bank details were changed since
        it was begun, or somebody who approved it has a part in it by now. What is in doubt is few, and is
        asked of `services/standing.py`; what is not stands as it was approved.
        """
        themselves = [one for one in (self.payee, self.submitter) if one is not None]

        def has_a_part(who: Column) -> sa.ColumnElement[bool]:
            shares = self._shares(who, _OTHERS.person_id != self.payee)
            return sa.or_(*(who == one for one in themselves), self._supports(who), shares)

        changed = _held(self.payee, _HOLDS.version > 1, _HOLDS.given_at >= self.begun_at)
        return sa.or_(changed, self._approved(has_a_part))

    def _approved(self, which: Callable[[Column], sa.ColumnElement[bool]]) -> sa.Exists:
        approvers = self.approvers.subquery()
        return sa.exists().where(which(approvers.c[0])).correlate_except(approvers)

    def _came_back(self) -> sa.Exists:
        return _held(
            self.payee,
            Payment.what == self.what,
            Payment.what_id == self.what_id,
            Payment.outcome == Outcome.FAILED,
            Payment.came_back != CameBack.FILE,
            Payment.said_at >= _HOLDS.given_at,
            sa.or_(_HOLDS.said_right_at.is_(None), Payment.said_at >= _HOLDS.said_right_at),
        )

    def _supports(self, who: Column) -> sa.Exists:
        found = sa.exists().where(
            SupportConsent.person_id == self.payee,
            SupportConsent.since.is_not(None),
            sa.or_(SupportConsent.until.is_(None), SupportConsent.until >= self.begun_at),
            SupportConsent.supporter_id == who,
        )
        return found.correlate_except(SupportConsent)

    def _shares(self, who: Column, *more: sa.ColumnElement[bool]) -> sa.Exists:
        found = sa.exists().where(
            _THEIRS.person_id == self.payee,
            _OTHERS.fingerprint == _THEIRS.fingerprint,
            _OTHERS.person_id == who,
            *more,
        )
        return found.correlate_except(_THEIRS, _OTHERS)


def _held(payee: Column, *more: sa.ColumnElement[bool]) -> sa.Exists:
    """Whether a payee has bank details that hold, of which more is so. No join: a list keeps its order."""
    return sa.exists().where(_HOLDS.person_id == payee, _HOLDS.ended_at.is_(None), *more)


def in_doubt(session: Session) -> set[int]:
    """Whose money may be approved once more before it is paid, whatever of it: people whose bank details were
    changed, who share an account, or who have or had supporters. One query.
    """
    return {person for person in session.scalars(_IN_DOUBT) if person is not None}


def once_more(what: What, what_id: Column, within: Any) -> sa.Select[Any]:
    """Who approved it once more; `within`: the table of the list's own question."""
    again = sa.and_(ApprovedAgain.what == what, ApprovedAgain.what_id == what_id)
    return sa.select(ApprovedAgain.person_id).where(again).correlate(within)


def _first(*found: tuple[Bar | Wait, sa.ColumnElement[bool]]) -> sa.ColumnElement[str | None]:
    return sa.case(*((holds, sa.literal(one.value)) for one, holds in found))
