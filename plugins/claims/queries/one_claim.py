"""One claim whole, with its lines and what was asked; and whose page of it that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import STANDS, Category, Claim, Decision, Line, Proof, Question, State
from plugins.claims.money.rates import NoRateError
from plugins.claims.money.receipts import Like
from plugins.claims.promises import NO_RECEIPT, POUND, ZONE
from plugins.claims.queries.adjusting import Adjusted, adjusted
from plugins.claims.queries.alike import Twin, Whole, twins, wholes
from plugins.claims.queries.briefs import Brief, briefs
from plugins.claims.queries.prices import VEHICLES, Price, prices
from plugins.claims.queries.support import written_by
from plugins.claims.queries.unproved import unproved, unproved_elsewhere
from portal.plugin_api import local_date, now, setting


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of a claim. `pence` is None until its answers are there.

    `twins`: lines that are alike, of whomever. `whole`: what its receipt comes to, where there is a picture.
    `unproved`: no receipt, on a day on which more was spent, in all claims, than is believed without one.
    """

    id: int
    category: Category
    day: date | None
    tenths: int | None
    pence: int | None
    proof: Proof | None
    file_id: int | None
    decision: Decision | None
    allowed: int | None
    reason: str
    twins: tuple[Twin, ...]
    whole: Whole | None
    unproved: bool

    @property
    def journey(self) -> bool:
        """Whether it is counted in miles."""
        return self.category in VEHICLES

    @property
    def shown_to_payee(self) -> Like | None:
        """How it is like another line, as far as whoever claims is told: of others only by the picture."""
        told = (one.like for one in self.twins if one.own or one.like is not Like.EQUAL)
        return next(told, None)

    @property
    def shared(self) -> bool:
        """Whether the same receipt stands in another line, so that somebody has to say what it comes to."""
        return any(one.like is Like.SAME for one in self.twins)

    @property
    def needs_whole(self) -> bool:
        """Whether nobody has said yet what a receipt comes to that is shared."""
        return self.shared and self.whole is not None and self.whole.pence is None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a claim and its answer."""

    words: str
    at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A claim whole. `no_rate`: a journey is on a day for which the college knows no rate."""

    brief: Brief
    version: int
    round: int
    appeal: str
    lines: tuple[LineShown, ...]
    asked: tuple[Asked, ...]
    total: int
    no_rate: bool
    adjusted: Mapping[int, tuple[Adjusted, ...]]

    @property
    def put_right(self) -> int:
        """Pence that were added after the decision; less than nothing, where something was taken back."""
        return sum(one.pence for found in self.adjusted.values() for one in found)

    @property
    def question(self) -> Asked | None:
        """What waits for an answer."""
        return next((one for one in self.asked if one.answered_at is None), None)


def claim_of(session: Session, ref: str) -> Claim | None:
    """The claim of an address."""
    return session.scalars(sa.select(Claim).where(Claim.ref == ref)).one_or_none()


def own_claim(session: Session, ref: str, person_id: int | None) -> Claim | None:
    """The claim of an address, for whom it is."""
    return session.scalars(
        sa.select(Claim).where(Claim.ref == ref, Claim.person_id == person_id)
    ).one_or_none()


def written_claim(session: Session, ref: str, person_id: int | None) -> Claim | None:
    """The claim of an address, for whom it is, or for whoever writes it for them."""
    theirs = sa.or_(Claim.person_id == person_id, Claim.id.in_(written_by(person_id)))
    return session.scalars(sa.select(Claim).where(Claim.ref == ref, theirs)).one_or_none()


def show(session: Session, claim: Claim) -> Shown:
    """A claim with its lines and what was asked."""
    lines = session.scalars(
        sa.select(Line).where(Line.claim_id == claim.id).order_by(Line.id)
    ).all()
    asked = session.scalars(
        sa.select(Question).where(Question.claim_id == claim.id).order_by(Question.id)
    ).all()
    found, no_rate = _prices(session, claim, lines)
    alike = twins(session, lines, {claim.id: claim.person_id})
    receipts, limit = wholes(session, lines), int(setting(session, NO_RECEIPT)) * POUND
    elsewhere = unproved_elsewhere(session, [claim], lines)[claim.id]
    bare = unproved(lines, {key: price.pence for key, price in found.items()}, limit, elsewhere)
    shown = tuple(
        LineShown(
            line.id,
            line.category,
            line.day,
            line.tenths,
            found[line.id].pence if line.id in found else None,
            line.proof,
            line.file_id,
            line.decision,
            line.allowed,
            line.reason,
            alike[line.id],
            receipts.get(line.digest),
            line.id in bare,
        )
        for line in lines
    )
    return Shown(
        briefs(session, [claim])[0],
        claim.version,
        claim.round,
        claim.appeal,
        shown,
        tuple(Asked(one.words, one.asked_at, one.answer, one.answered_at) for one in asked),
        sum(line.pence or 0 for line in shown),
        no_rate,
        adjusted(session, claim.id) if claim.state in STANDS else {},
    )


def _prices(session: Session, claim: Claim, lines: Sequence[Line]) -> tuple[dict[int, Price], bool]:
    if claim.state not in {State.DRAFT, State.QUERIED}:
        return {line.id: Price(line.pence or 0, line.before) for line in lines}, False
    try:
        return prices(session, claim, lines, local_date(now(), ZONE)), False
    except NoRateError:
        return {line.id: Price(line.pence) for line in lines if line.pence}, True
