"""What the college knows about tax and benefits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import FactRow, Topic
from plugins.claims.money.recognition import Basis


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated fact. `status` says how sure it is; empty or "verified" where the college stands by it."""

    basis: Basis
    topic: Topic
    words: str
    valid_from: date
    valid_to: date | None
    known_from: date
    source: str
    status: str


def facts(session: Session, basis: Basis | None = None, on: date | None = None) -> Sequence[Fact]:
    """All of them, of one basis, or what holds on a day; by basis and topic, the newest last. One query."""
    wanted = sa.select(FactRow)
    if basis is not None:
        wanted = wanted.where(FactRow.basis == basis)
    if on is not None:
        ends = sa.or_(FactRow.valid_to.is_(None), FactRow.valid_to >= on)
        wanted = wanted.where(FactRow.valid_from <= on, ends)
    order = [*Basis], [*Topic]
    rows = sorted(
        session.scalars(wanted),
        key=lambda one: (order[0].index(one.basis), order[1].index(one.topic), one.valid_from),
    )
    return [
        Fact(
            one.basis,
            one.topic,
            one.words,
            one.valid_from,
            one.valid_to,
            one.known_from,
            one.source,
            one.status,
        )
        for one in rows
    ]
