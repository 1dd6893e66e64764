"""Somebody's offers, what they took, their ceiling and their hours: given back, let go, and joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.models import (
    WANTED,
    Activity,
    Ceiling,
    Offer,
    RecognitionChoice,
    Stage,
    TimeCreditEntry,
)
from plugins.claims.queries.ceilings import ceiling
from portal.plugin_api import EraseMode, Erasure, Veto, moved, seal, unseal

Rows = Sequence[Mapping[str, Any]]
UNSETTLED = (Stage.OPEN, Stage.NO, Stage.AWAY)  # nothing of it stands in the books


def export_offers(session: Session, person_id: int) -> Rows:
    """What they were offered, and when they made an offer or said what became of one."""
    rows = session.execute(
        sa.select(Offer, Activity)
        .join(Activity, Activity.id == Offer.activity_id)
        .where(
            sa.or_(
                Offer.person_id == person_id,
                Offer.made_by_id == person_id,
                Offer.closed_by_id == person_id,
            )
        )
        .order_by(Offer.id)
    )
    return [_exported(offer, activity, person_id) for offer, activity in rows]


def _exported(offer: Offer, activity: Activity, person_id: int) -> Mapping[str, Any]:
    if offer.person_id == person_id:
        return {
            "offer": offer.ref,
            "what": activity.title,
            "covered": activity.covered,
            "day": activity.day,
            "basis": offer.basis.value,
            "minutes": offer.minutes,
            "pence_an_hour": offer.pence_an_hour,
            "voucher_pence": offer.voucher,
            "credit_minutes": offer.credit,
            "also": [name for name in WANTED[2:] if getattr(offer, name)],
            "stage": offer.stage.value,
            "offered_at": offer.made_at,
            "closed_at": offer.closed_at,
        }
    made, closed = offer.made_by_id == person_id, offer.closed_by_id == person_id
    return {
        "you_made_an_offer_at": offer.made_at if made else None,
        "you_closed_one_at": offer.closed_at if closed else None,
    }


def export_choices(session: Session, person_id: int) -> Rows:
    """What they took of each offer."""
    rows = session.execute(
        sa.select(RecognitionChoice, Offer.ref)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .where(Offer.person_id == person_id)
        .order_by(Offer.id)
    )
    return [
        {
            "offer": ref,
            "taken": one.taken.value,
            "pence": one.pence,
            "charity": one.charity,
            "also": [name for name in WANTED if getattr(one, name)],
            "answered_at": one.at,
            "payment": one.paying.value if one.paying else None,
            "given_at": one.handed_at,
        }
        for one, ref in rows
    ]


def erase_choices(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - the books stand
    """What is not settled goes; of the rest only the sums stay, without a charity."""
    theirs = sa.select(Offer.id).where(Offer.person_id == person_id)
    gone = session.scalars(
        sa.delete(RecognitionChoice)
        .where(RecognitionChoice.offer_id.in_(theirs.where(Offer.stage.in_(UNSETTLED))))
        .returning(RecognitionChoice.id)
    ).all()
    emptied = session.scalars(
        sa.update(RecognitionChoice)
        .where(RecognitionChoice.offer_id.in_(theirs), RecognitionChoice.charity != "")
        .values(charity="")
        .returning(RecognitionChoice.id)
    ).all()
    return Erasure("claims_recognition_choice", erased=len(gone) + len(emptied))


def erase_offers(session: Session, person_id: int, mode: EraseMode) -> Erasure:
    """What is not settled goes with its answer; of the rest, and of what they did for others, the name."""
    erase_choices(session, person_id, mode)
    gone = session.scalars(
        sa.delete(Offer)
        .where(Offer.person_id == person_id, Offer.stage.in_(UNSETTLED))
        .returning(Offer.id)
    ).all()
    found = set(gone)
    for column in (Offer.person_id, Offer.made_by_id, Offer.closed_by_id):
        emptied = sa.update(Offer).where(column == person_id).values({column.key: None})
        found |= set(session.scalars(emptied.returning(Offer.id)))
    return Erasure("claims_offer", erased=len(found))


def merge_offers(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record.

    Raises:
        Veto: one record offered something to the other one, or said what became of it.
    """
    for payee, other in ((kept_id, gone_id), (gone_id, kept_id)):
        part = sa.or_(Offer.made_by_id == other, Offer.closed_by_id == other)
        found = sa.select(Offer.id).where(Offer.person_id == payee, part).limit(1)
        if session.scalar(found) is not None:
            raise Veto(
                _l(
                    "One record made an offer to the other one, or said what became of it. Nobody does "
                    "that for themselves."
                )
            )
    moved(Offer.person_id, Offer.made_by_id, Offer.closed_by_id)(session, kept_id, gone_id)


def offers_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Offers that were closed, or never answered, before then, and still lead to somebody."""
    named = sa.or_(
        Offer.person_id.is_not(None), Offer.made_by_id.is_not(None), Offer.closed_by_id.is_not(None)
    )
    return sa.select(Offer.id).where(
        sa.func.coalesce(Offer.closed_at, Offer.made_at) < before, named
    )


def forget_offers(session: Session, ids: Sequence[int]) -> None:
    """Of these only days and sums stay."""
    nobody = dict.fromkeys(("person_id", "made_by_id", "closed_by_id"))
    session.execute(sa.update(Offer).where(Offer.id.in_(ids)).values(nobody))


def choices_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Answers to offers that were closed, or never answered, before then, and still name a charity."""
    return (
        sa.select(RecognitionChoice.id)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .where(
            sa.func.coalesce(Offer.closed_at, Offer.made_at) < before,
            RecognitionChoice.charity != "",
        )
    )


def forget_choices(session: Session, ids: Sequence[int]) -> None:
    """Of these only sums stay."""
    session.execute(
        sa.update(RecognitionChoice).where(RecognitionChoice.id.in_(ids)).values(charity="")
    )


def export_activities(session: Session, person_id: int) -> Rows:
    """What they set up."""
    rows = session.execute(
        sa.select(Activity.title, Activity.made_at)
        .where(Activity.made_by_id == person_id)
        .order_by(Activity.id)
    )
    return [{"what": title, "set_up_at": at} for title, at in rows]


def export_ceiling(session: Session, person_id: int) -> Rows:
    """Their own ceiling, where they have one."""
    own = ceiling(session, person_id)
    return [{"warned_before_pence_in_a_week": own}] if own is not None else []


def erase_ceiling(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes it."""
    row = session.get(Ceiling, person_id)
    if row is not None:
        session.delete(row)
        session.flush()
    return Erasure("claims_ceiling", erased=int(row is not None))


def merge_ceilings(session: Session, kept_id: int, gone_id: int) -> None:
    """Seals it anew for the kept record, whose own stays where both have one."""
    theirs = session.get(Ceiling, gone_id)
    if theirs is None:
        return
    if session.get(Ceiling, kept_id) is None:
        pence = unseal(session, Ceiling.pence, gone_id, theirs.pence)
        sealed = seal(session, Ceiling.pence, kept_id, pence)
        session.add(Ceiling(person_id=kept_id, pence=sealed))
    session.delete(theirs)
    session.flush()


def export_hours(session: Session, person_id: int) -> Rows:
    """Their hours, and when they wrote some down for others."""
    one = TimeCreditEntry
    rows = session.scalars(
        sa.select(one)
        .where(sa.or_(one.person_id == person_id, one.by_id == person_id))
        .order_by(one.id)
    )
    return [
        {"kind": row.kind.value, "minutes": row.minutes, "words": row.words, "at": row.at}
        if row.person_id == person_id
        else {"you_wrote_hours_down_at": row.at}
        for row in rows
    ]


def erase_hours(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - entries are only added
    """Takes their name and all words off; minutes and days stay."""
    one = TimeCreditEntry
    found = set(
        session.scalars(
            sa.update(one)
            .where(one.person_id == person_id)
            .values(person_id=None, words="")
            .returning(one.id)
        )
    )
    found |= set(
        session.scalars(
            sa.update(one).where(one.by_id == person_id).values(by_id=None).returning(one.id)
        )
    )
    return Erasure("claims_time_credit", erased=len(found))
