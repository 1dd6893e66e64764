"""Lines that are alike: the same picture, one that looks the same, the same day, kind and amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from plugins.claims.models import Claim, Line, Receipt, State
from plugins.claims.money.receipts import Like, looks_like
from plugins.claims.queries.prices import VEHICLES

LATEST = 5_000  # receipts that a new one is compared with: more than a college has in a year
_RANK = {like: place for place, like in enumerate(Like)}


@dataclass(frozen=True, slots=True)
class Twin:
    """Another line that is alike, and the claim in which it stands. `own`: of the same person; `sent`: not
    a draft.
    """

    like: Like
    ref: str
    person_id: int | None
    own: bool
    sent: bool


@dataclass(frozen=True, slots=True)
class Whole:
    """What a receipt comes to in all, None where nobody has said so; and what is claimed of it."""

    pence: int | None
    taken: int


def wholes(session: Session, lines: Sequence[Line]) -> dict[str, Whole]:
    """The receipts of these lines, by their hash. One query, none where there is no picture."""
    digests = {line.digest for line in lines if line.digest}
    if not digests:
        return {}
    rows = session.execute(
        sa.select(Receipt.digest, Receipt.pence, Receipt.taken).where(Receipt.digest.in_(digests))
    )
    return {digest: Whole(pence, taken) for digest, pence, taken in rows}


def twins(
    session: Session, lines: Sequence[Line], people: Mapping[int, int | None]
) -> dict[int, tuple[Twin, ...]]:
    """The lines that are like each of these, the likest first. `people` says for whom each claim is.

    At most three queries, whatever the number of lines. What was withdrawn is like nothing. The same day,
    kind and amount counts among one person's lines, and among what different people sent where there are
    no miles: two who drive on one day claim the same often.
    """
    near = _near(session, {line.digest for line in lines if line.digest})
    others = _others(session, lines, {digest for found in near.values() for digest in found})
    found = {}
    for line in lines:
        alike = [
            twin
            for other, claim in others
            if other.id != line.id and (twin := _twin(line, other, claim, near, people)) is not None
        ]
        found[line.id] = tuple(sorted(alike, key=lambda one: (_RANK[one.like], one.ref)))
    return found


def needs_whole(session: Session, line: Line) -> bool:
    """Whether its receipt stands in another line, too, and nobody has said what it comes to. One query."""
    other = aliased(Line)
    withdrawn = sa.select(Claim.id).where(Claim.state == State.WITHDRAWN)
    again = (
        sa.select(other.id)
        .where(other.digest == Receipt.digest, other.id != line.id)
        .where(other.claim_id.not_in(withdrawn))
    )
    found = sa.select(Receipt.id).where(
        Receipt.digest == line.digest, Receipt.pence.is_(None), again.exists()
    )
    return session.scalar(found) is not None


def _near(session: Session, digests: set[str]) -> dict[str, set[str]]:
    """Hashes of the pictures that look the same, by the hash of each; it is like itself."""
    found = {digest: {digest} for digest in digests}
    if not digests:
        return found
    rows = session.execute(
        sa.select(Receipt.digest, Receipt.likeness)
        .where(Receipt.likeness != "")
        .order_by(Receipt.id.desc())
        .limit(LATEST)
    ).all()
    looks = {digest: likeness for digest, likeness in rows if digest in digests}
    for digest, mine in looks.items():
        found[digest] |= {other for other, likeness in rows if looks_like(mine, likeness)}
    return found


def _others(session: Session, lines: Sequence[Line], digests: set[str]) -> list[tuple[Line, Claim]]:
    there = sa.select(Line, Claim).join(Claim, Claim.id == Line.claim_id)
    there = there.where(Claim.state != State.WITHDRAWN)
    found = {}
    if digests:
        rows = session.execute(there.where(Line.digest.in_(digests))).all()
        found.update({line.id: (line, claim) for line, claim in rows})
    days = {line.day for line in lines if line.day is not None}
    kinds = {line.category for line in lines}
    if days:
        rows = session.execute(there.where(Line.day.in_(days), Line.category.in_(kinds))).all()
        found.update({line.id: (line, claim) for line, claim in rows})
    return list(found.values())


def _twin(
    line: Line,
    other: Line,
    claim: Claim,
    near: Mapping[str, set[str]],
    people: Mapping[int, int | None],
) -> Twin | None:
    person = people.get(line.claim_id)
    own, sent = person is not None and claim.person_id == person, claim.state is not State.DRAFT
    like = None
    if line.digest and line.digest == other.digest:
        like = Like.SAME
    elif other.digest and other.digest in near.get(line.digest, ()):
        like = Like.NEAR
    elif _equal(line, other) and (own or (sent and line.category not in VEHICLES)):
        like = Like.EQUAL
    return Twin(like, claim.ref, claim.person_id, own, sent) if like else None


def _equal(line: Line, other: Line) -> bool:
    amounts = (
        (line.tenths, other.tenths) if line.category in VEHICLES else (line.pence, other.pence)
    )
    return (
        line.category is other.category
        and line.day == other.day
        and amounts[0] is not None
        and amounts[0] == amounts[1]
    )
