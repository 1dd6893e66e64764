"""The clock of claims: by when each is decided and paid, with the days on which it stood still."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Adjustment,
    BankDetail,
    CameBack,
    Claim,
    Line,
    Payment,
    Question,
    State,
    Way,
)
from plugins.claims.money import waiting
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.deadlines import Due, Pause, after_working_days, due, waited
from plugins.claims.money.readiness import Wait
from plugins.claims.money.waiting import Held, Tried
from plugins.claims.promises import DECIDED_IN, PAID_IN, ZONE
from portal.plugin_api import local_date, now, one_of, settings_of

TO_PAY = (State.DECIDED, State.BATCHED, State.FAILED)
OWED = frozenset({*TO_PAY, State.SENT})  # of which the payment has not arrived
_ASKED, _HELD, _TRIED, _ADDED = "asked", "held", "tried", "added"


@dataclass(frozen=True, slots=True)
class Waits:
    """What is on record of one claim's clock: what was asked, its person's bank details, each try to pay it,
    when money for it left, and when more was added to it.
    """

    asked: tuple[Pause, ...] = ()
    held: tuple[Held, ...] = ()
    tried: tuple[Tried, ...] = ()
    left: tuple[datetime, ...] = ()
    added: tuple[datetime, ...] = ()


NOTHING = Waits()


@dataclass(frozen=True, slots=True)
class Clock:
    """When a claim is decided and paid at the latest, and what is waited for before it can be paid."""

    due: Due
    wait: Wait | None


_NO_NUMBER = sa.cast(sa.null(), sa.Integer)
_NEVER = sa.cast(sa.null(), Claim.sent_at.type)


def _leg(kind: str, *columns: Any) -> sa.Select[Any]:
    return sa.select(sa.literal(kind), *columns)


# What is read of each version of bank details, after the id of what is paid: first the moments.
HELD = (
    BankDetail.given_at,
    BankDetail.ended_at,
    BankDetail.confirmed_at,
    BankDetail.said_right_at,
    BankDetail.version,
)


def held_leg(what_id: Any) -> sa.Select[Any]:
    """The bank details of whom something is paid to: to be joined with that, and read by `gathered`."""
    return _leg(_HELD, what_id, *HELD)


def tried_leg(what: What, ids: str) -> sa.Select[Any]:
    """Each try to pay some of one kind, given as `ids`, to be read by `gathered`."""
    return _leg(
        _TRIED,
        Payment.what_id,
        Payment.made_at,
        sa.case((Payment.way == Way.CASH, Payment.made_at), else_=Payment.sent_at),
        sa.case((Payment.outcome == Outcome.FAILED, Payment.said_at), else_=None),
        sa.case((Payment.outcome != Outcome.FAILED, Payment.sent_at), else_=None),
        sa.case((Payment.came_back != CameBack.FILE, 1), else_=0),
    ).where(Payment.what == what, one_of(Payment.what_id, ids))


# Put together once. What a clock is told by stands in four tables: of what is not to be paid yet, in one.
_QUESTIONS = (
    _leg(
        _ASKED,
        Question.claim_id,
        Question.asked_at,
        Question.answered_at,
        _NEVER.label("third"),
        _NEVER.label("fourth"),
        _NO_NUMBER.label("number"),
    )
    .join(Claim, Claim.id == Question.claim_id)
    .where(one_of(Question.claim_id, "ids"), Question.asked_at >= Claim.sent_at)
)
_ON_RECORD = sa.union_all(
    _QUESTIONS,
    held_leg(Claim.id)
    .join(BankDetail, BankDetail.person_id == Claim.person_id)
    .where(one_of(Claim.id, "owed")),
    tried_leg(What.CLAIM, "owed"),
    _leg(_ADDED, Line.claim_id, Adjustment.approved_at, _NEVER, _NEVER, _NEVER, _NO_NUMBER)
    .join(Adjustment, Adjustment.line_id == Line.id)
    .where(
        one_of(Line.claim_id, "owed"), Adjustment.approved_at.is_not(None), Adjustment.pence > 0
    ),
)


def moved_since(claim: Any) -> sa.ColumnElement[bool]:
    """Whether anything by which a payment waits has changed since a claim was decided, in a question of one's
    own. Where nothing has, and nothing is waited for now, its clock has not stood still since. What is added
    to it counts by itself only once something was paid.
    """
    changed = HELD[:4]
    return sa.or_(
        sa.exists().where(
            BankDetail.person_id == claim.person_id,
            sa.or_(*(at > claim.closed_at for at in changed)),
        ),
        sa.exists().where(Payment.what == What.CLAIM, Payment.what_id == claim.id),
    )


def clocks(
    session: Session, claims: Sequence[Claim], at: datetime | None = None
) -> dict[int, Clock]:
    """The clock of each of these at a moment, by claim: now, where none is said; none of what is not sent, or
    withdrawn. What was added to a claim that was paid has a clock of its own: it begins when that was
    approved. Two queries, none for no claims.

    Once it is decided the clock also stands still while its person is waited for before it can be paid.
    """
    if not claims:
        return {}
    ids = [one.id for one in claims]
    at = at or now()
    on, within = on_record(session, ids, owed_of(claims)), promised(session, at)
    found = {one.id: clock_of(one, on.get(one.id, NOTHING), within, at) for one in claims}
    return {key: one for key, one in found.items() if one is not None}


def dues(session: Session, claims: Sequence[Claim]) -> dict[int, Due]:
    """The days alone."""
    return {key: one.due for key, one in clocks(session, claims).items()}


@dataclass(frozen=True, slots=True)
class Promised:
    """What the college promises, in working days, and which day it is."""

    decided_in: int
    paid_in: int
    today: date


def promised(session: Session, at: datetime) -> Promised:
    """What is promised at a moment. One query."""
    days = settings_of(session, (DECIDED_IN, PAID_IN))
    return Promised(int(days[DECIDED_IN]), int(days[PAID_IN]), local_date(at, ZONE))


def owed_of(claims: Sequence[Any]) -> list[int]:
    """Those of these claims that wait for their payment."""
    return [one.id for one in claims if one.state in OWED]


def clock_of(claim: Any, on: Waits, within: Promised, at: datetime) -> Clock | None:
    """The clock of a claim, or of what a list reads of one, by what is on record at a moment."""
    if not _runs(claim):
        return None
    return Clock(due_of(claim, on, within), _wait(claim, on, at))


def _runs(claim: Any) -> bool:
    return claim.sent_at is not None and claim.state is not State.WITHDRAWN


def due_of(claim: Any, on: Waits, within: Promised, *, paying: bool = True) -> Due:
    """By when a claim that was sent is decided and paid; `paying`: whether its payment may have waited."""
    owed = paying and claim.state in OWED and claim.closed_at is not None
    ends = due(
        local_date(claim.sent_at, ZONE),
        within.today,
        on.asked,
        paying=_paying(on, claim.closed_at) if owed else (),
        decided_in=within.decided_in,
        paid_in=within.paid_in,
    )
    since = _added_since_paid(on) if owed and claim.state in TO_PAY else None
    if since is None:
        return ends
    more = within.paid_in + waited(_paying(_unpaid(on, since), since), within.today)
    return replace(ends, paid=after_working_days(local_date(since, ZONE), more))


def _wait(claim: Any, on: Waits, at: datetime) -> Wait | None:
    if claim.state not in TO_PAY or claim.closed_at is None:
        return None
    since = _added_since_paid(on)
    tried = on.tried if since is None else _unpaid(on, since).tried
    return waiting.wait_at(on.held, tried, at)


def _paying(on: Waits, since: datetime) -> list[Pause]:
    return waiting.pauses(on.held, on.tried, since, _day)


def _day(at: datetime) -> date:
    return local_date(at, ZONE)


def _added_since_paid(on: Waits) -> datetime | None:
    """When something was first added to it since money for it last left; None where it was not paid yet, or
    nothing was added.
    """
    left = max(on.left, default=None)
    return min((at for at in on.added if left is not None and at > left), default=None)


def _unpaid(on: Waits, since: datetime) -> Waits:
    """What is on record of that which was added since then: what left before says nothing of it."""
    return replace(on, tried=tuple(one for one in on.tried if one.begun_at > since))


def on_record(
    session: Session, ids: Collection[int], owed: Collection[int] = ()
) -> dict[int, Waits]:
    """What is on record of these clocks, by claim: what was asked since each began, for an appeal begins it
    anew, without what was before; and, of those that wait for their payment, what it waited for. One query.
    """
    asked = {"ids": list(ids)}
    if owed:
        return gathered(session.execute(_ON_RECORD, {**asked, "owed": list(owed)}))
    return gathered(session.execute(_QUESTIONS, asked))


def gathered(rows: Iterable[Any]) -> dict[int, Waits]:
    """What stands in these rows, by what is paid."""
    found: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for kind, what_id, begun, ended, third, fourth, number in rows:
        on = found[what_id]
        if kind == _ASKED:
            on["asked"].append(Pause(_day(begun), _day(ended) if ended else None))
        elif kind == _HELD:
            on["held"].append(Held(number, begun, ended, third, fourth))
        elif kind == _TRIED:
            on["tried"].append(Tried(begun, ended, third, asks=bool(number)))
            on["left"] += [fourth] if fourth is not None else []
        else:
            on["added"].append(begun)
    return {
        key: Waits(**{name: tuple(one) for name, one in on.items()}) for key, on in found.items()
    }
