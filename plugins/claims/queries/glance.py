"""All that the page of somebody's money says in sums and in a word, in one question.

What stands in its lists is in `my_money.py` and `own_past.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    AdvanceRow,
    AdvanceState,
    BankDetail,
    CameBack,
    Claim,
    Offer,
    Paying,
    Payment,
    PaymentStage,
    RecognitionChoice,
    Stage,
    State,
    TimeCreditEntry,
)
from plugins.claims.money.batches import Outcome
from plugins.claims.money.readiness import Details, Wait, waits_for
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.queries.places import ME
from plugins.claims.queries.statement import WHEN, years_of
from plugins.claims.queries.written_out import Written, written_out
from portal.plugin_api import rows_of

_WORDS, _NUMBERS, _MOMENTS = 3, 2, 3  # that a part of the question may give


@dataclass(frozen=True, slots=True)
class Agreed:
    """An answer to an offer that has taken place, whose money has not left."""

    paying: Paying | None
    taken: Taken
    basis: Basis


@dataclass(slots=True)
class Glance:
    """What is read of one person. `claims`: those of which something may be owed, by id; `choices`: the same
    of answers to offers. `ahead`: pence of approved money ahead, by how far they have come, and `left_open`
    those of it that are not accounted for. `minutes`: of time credit. `offered` and `asked_ahead`: whether
    they ever were offered something, and asked for money ahead. `years`: in which something was paid, the
    last one first. `wait`: what their bank details lack.
    """

    claims: dict[int, State] = field(default_factory=dict)
    choices: dict[int, Agreed] = field(default_factory=dict)
    ahead: dict[PaymentStage, int] = field(default_factory=dict)
    left_open: int = 0
    minutes: int = 0
    offered: bool = False
    asked_ahead: bool = False
    years: list[int] = field(default_factory=list)
    wait: Wait | None = Wait.DETAILS


def _part(
    kind: str, number: Any, words: tuple[Any, ...] = (), sums: tuple[Any, ...] = (), *moments: Any
) -> sa.Select[Any]:
    """One part of the question, as wide as all others."""
    word, pence = sa.cast(sa.null(), sa.String), sa.cast(sa.null(), sa.Integer)
    never = sa.cast(sa.null(), BankDetail.given_at.type)
    return sa.select(
        sa.literal(kind).label("part"),
        number.label("number"),
        *(sa.type_coerce(one, sa.String) for one in words),
        *[word] * (_WORDS - len(words)),
        *sums,
        *[pence] * (_NUMBERS - len(sums)),
        *moments,
        *[never] * (_MOMENTS - len(moments)),
    )


def _question() -> Written:
    when = WHEN.subquery()
    nothing = sa.cast(sa.null(), sa.Integer)
    parts = (
        _part("claim", Claim.id, (Claim.state,)).where(
            Claim.person_id == ME, Claim.state.in_((State.DECIDED, State.BATCHED, State.FAILED))
        ),
        _part(
            "choice",
            RecognitionChoice.id,
            (RecognitionChoice.paying, RecognitionChoice.taken, Offer.basis),
        )
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .where(
            Offer.person_id == ME,
            Offer.stage.in_((Stage.DONE, Stage.CANCELLED)),
            RecognitionChoice.pence > 0,
            sa.or_(
                RecognitionChoice.paying.is_(None),
                RecognitionChoice.paying.in_((Paying.BATCHED, Paying.FAILED)),
            ),
        ),
        _part(
            "ahead", AdvanceRow.id, (AdvanceRow.payment,), (AdvanceRow.pence, AdvanceRow.left_open)
        ).where(AdvanceRow.person_id == ME, AdvanceRow.state == AdvanceState.APPROVED),
        _part("hours", sa.func.sum(TimeCreditEntry.minutes)).where(TimeCreditEntry.person_id == ME),
        _part(
            "ever",
            nothing,
            (),
            tuple(
                sa.case((sa.exists().where(one.person_id == ME), 1), else_=0)
                for one in (Offer, AdvanceRow)
            ),
        ),
        _part("when", nothing, (), (), when.c[0]),
        _part(
            "details",
            BankDetail.version,
            (),
            (),
            BankDetail.given_at,
            BankDetail.confirmed_at,
            BankDetail.said_right_at,
        ).where(BankDetail.person_id == ME, BankDetail.ended_at.is_(None)),
        _part("back", nothing, (), (), sa.func.max(Payment.said_at)).where(
            Payment.person_id == ME,
            Payment.outcome == Outcome.FAILED,
            Payment.came_back != CameBack.FILE,
        ),
    )
    return written_out(sa.union_all(*parts))


_ALL = _question()
UNSENT = frozenset({PaymentStage.NONE, PaymentStage.BATCHED, PaymentStage.FAILED})


def glance(session: Session, person_id: int) -> Glance:
    """What there is of one person. One query."""
    found, when, details, back = Glance(), [], None, None
    for part, number, word, taken, basis, pence, left, at, confirmed, right in rows_of(
        session, _ALL, {"me": person_id}
    ):
        if part == "claim":
            found.claims[number] = State(word)
        elif part == "choice":
            found.choices[number] = Agreed(
                Paying(word) if word else None, Taken(taken), Basis(basis)
            )
        elif part == "ahead":
            _count(found, PaymentStage(word), pence or 0, left or 0)
        elif part == "hours":
            found.minutes = int(number or 0)
        elif part == "ever":
            found.offered, found.asked_ahead = bool(pence), bool(left)
        elif part == "when":
            when.append(at)
        elif part == "details":
            details = Details(0, number, at, confirmed, right)
        elif part == "back":
            back = at
    found.years, found.wait = years_of(when), waits_for(details, back)
    return found


def _count(found: Glance, stage: PaymentStage, pence: int, left: int) -> None:
    found.left_open += left
    if stage in UNSENT:
        found.ahead[stage] = found.ahead.get(stage, 0) + pence
