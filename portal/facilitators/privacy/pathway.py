"""What the pathway, the board, support and references keep about people; how it is given back or let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal import clock
from portal.desk.api import close_task
from portal.facilitators.models import (
    Adjustment,
    LeadingChange,
    Opportunity,
    OpportunityInterest,
    PathwayMark,
    PathwayMove,
    PathwayPause,
    Reference,
    ReferenceState,
    SupportSlot,
)
from portal.facilitators.queries.support import adjustment_words
from portal.facilitators.services.opportunities import lose_talker
from portal.facilitators.services.opportunities import task_key as interest_task
from portal.facilitators.services.references import reference_words
from portal.facilitators.services.references import task_key as reference_task
from portal.facilitators.settings.pathway import ENDED_DAYS
from portal.plugin_api import EraseMode, Erasure, Keeping, PrivacySource, moved
from portal.vault import seal, unseal

Rows = Sequence[Mapping[str, Any]]
SUPPORT_YEARS_DAYS = 6 * 365  # as long as what was paid for it may be asked about


def _plain(session: Session, statement: sa.Executable) -> Rows:
    return [
        {name: _value(value) for name, value in row.items()}
        for row in session.execute(statement).mappings()
    ]


def _value(value: object) -> object:
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _delete(session: Session, table: str, key: Any, condition: sa.ColumnElement[bool]) -> Erasure:
    gone = session.scalars(sa.delete(key.class_).where(condition).returning(key)).all()
    return Erasure(table, erased=len(gone))


def _forget_name(
    session: Session, person_id: int, *columns: InstrumentedAttribute[int | None]
) -> int:
    """Take somebody's name off what they did for others; how many rows."""
    changed = 0
    for column in columns:
        rows = session.scalars(
            sa.update(column.class_)
            .where(column == person_id)
            .values({column: None})
            .returning(column.class_.id)
        )
        changed += len(rows.all())
    return changed


def export_marks(session: Session, person_id: int) -> Rows:
    """The steps behind them."""
    columns = (PathwayMark.step_key, PathwayMark.how, PathwayMark.on_day)
    mine = sa.select(*columns).where(PathwayMark.person_id == person_id)
    return _plain(session, mine.order_by(PathwayMark.id))


def erase_marks(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them. On what they put down for others, nobody's name stands."""
    _forget_name(session, person_id, PathwayMark.recorded_by_id)
    return _delete(session, "pathway_mark", PathwayMark.id, PathwayMark.person_id == person_id)


def export_moves(session: Session, person_id: int) -> Rows:
    """How they were moved on by hand, and why."""
    columns = (PathwayMove.stage, PathwayMove.passed, PathwayMove.why, PathwayMove.at)
    mine = sa.select(*columns).where(PathwayMove.person_id == person_id)
    return _plain(session, mine.order_by(PathwayMove.id))


def erase_moves(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them. On what they said about others, nobody's name stands."""
    _forget_name(session, person_id, PathwayMove.recorded_by_id)
    return _delete(session, "pathway_move", PathwayMove.id, PathwayMove.person_id == person_id)


def export_pauses(session: Session, person_id: int) -> Rows:
    """Since when they pause."""
    return _plain(session, sa.select(PathwayPause.since).where(PathwayPause.person_id == person_id))


def erase_pauses(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes it."""
    mine = PathwayPause.person_id == person_id
    return _delete(session, "pathway_pause", PathwayPause.person_id, mine)


def export_interests(session: Session, person_id: int) -> Rows:
    """What they are interested in, and what came of it."""
    one = OpportunityInterest
    columns = (Opportunity.title, one.state, one.how, one.said_at, one.chat_at, one.chat_place)
    mine = sa.select(*columns, one.words).join(Opportunity).where(one.person_id == person_id)
    return _plain(session, mine.order_by(one.id))


def erase_interests(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them. Whoever was to talk with the person waits for another name."""
    one = OpportunityInterest
    for interest_id in session.scalars(sa.select(one.id).where(one.person_id == person_id)).all():
        close_task(session, interest_task(interest_id))
    _forget_name(session, person_id, one.recorded_by_id)
    lose_talker(session, person_id, today=clock.now().date())
    session.expire_all()
    return _delete(session, "opportunity_interest", one.id, one.person_id == person_id)


def export_slots(session: Session, person_id: int) -> Rows:
    """Their times for support."""
    one = SupportSlot
    columns = (one.kind, one.starts_at, one.minutes, one.place, one.counts, one.state)
    mine = sa.select(*columns).where(one.person_id == person_id)
    return _plain(session, mine.order_by(one.starts_at))


def erase_slots(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them; times of others with them lose the name."""
    _forget_name(session, person_id, SupportSlot.with_id, SupportSlot.recorded_by_id)
    session.expire_all()
    return _delete(session, "support_slot", SupportSlot.id, SupportSlot.person_id == person_id)


def export_adjustments(session: Session, person_id: int) -> Rows:
    """What they told their supporter."""
    words = adjustment_words(session, person_id)
    return [{"words": words}] if words else []


def erase_adjustments(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes what they told, and what others told them as their supporter: it was for nobody else."""
    mine = sa.or_(Adjustment.person_id == person_id, Adjustment.supporter_id == person_id)
    return _delete(session, "adjustment", Adjustment.person_id, mine)


def export_references(session: Session, person_id: int) -> Rows:
    """Their references, word for word."""
    one = Reference
    columns = (one.purpose, one.state, one.asked_at, one.signed_as, one.signed_office)
    mine = sa.select(*columns, one.signed_at, one.gifts, one.minutes)
    rows = _plain(session, mine.where(one.person_id == person_id).order_by(one.id))
    theirs = session.scalars(sa.select(one).where(one.person_id == person_id).order_by(one.id))
    words = [reference_words(session, each) for each in theirs]
    return [{**row, "words": said} for row, said in zip(rows, words, strict=True)]


def erase_references(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them. What they signed for others keeps their name: it stands on paper that was given out."""
    one = Reference
    for reference_id in session.scalars(sa.select(one.id).where(one.person_id == person_id)).all():
        close_task(session, reference_task(reference_id))
    _forget_name(session, person_id, one.signer_id)
    session.expire_all()
    return _delete(session, "reference", one.id, one.person_id == person_id)


def export_changes(session: Session, person_id: int) -> Rows:
    """What they changed about the college's steps and opportunities."""
    one = LeadingChange
    columns = (one.subject_kind, one.key, one.action, one.at, one.changes)
    mine = sa.select(*columns).where(one.actor_person_id == person_id)
    return _plain(session, mine.order_by(one.id))


def erase_changes(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - stays either way
    """The change stays without its author."""
    changed = _forget_name(session, person_id, LeadingChange.actor_person_id)
    return Erasure("leading_change", erased=changed)


def ended_interests(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """Interests that ended before then."""
    return sa.select(OpportunityInterest.id).where(OpportunityInterest.ended_at < before)


def forget_interests(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(OpportunityInterest).where(OpportunityInterest.id.in_(ids)))


def past_slots(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """Times for support that were before then."""
    return sa.select(SupportSlot.id).where(SupportSlot.starts_at < before)


def forget_slots(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(SupportSlot).where(SupportSlot.id.in_(ids)))


def unwanted_references(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """References asked for before then and taken back."""
    return sa.select(Reference.id).where(
        Reference.state == ReferenceState.WITHDRAWN, Reference.asked_at < before
    )


def forget_references(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(Reference).where(Reference.id.in_(ids)))


def merge_interests(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record, whose own stays where both were interested in the same."""
    one = OpportunityInterest
    moved(one.person_id, once=(one.opportunity_id,))(session, kept_id, gone_id)
    moved(one.recorded_by_id, one.chat_with_id)(session, kept_id, gone_id)


def merge_adjustments(session: Session, kept_id: int, gone_id: int) -> None:
    """Seals them anew for the kept record, whose own stay where both have some."""
    theirs = session.get(Adjustment, gone_id)
    if theirs is not None and session.get(Adjustment, kept_id) is None:
        words = unseal(session, Adjustment.words, gone_id, theirs.words)
        theirs.person_id, theirs.words = kept_id, seal(session, Adjustment.words, kept_id, words)
        session.flush()
    moved(Adjustment.person_id, once=())(session, kept_id, gone_id)
    moved(Adjustment.supporter_id)(session, kept_id, gone_id)


_TAKING_PART = _l("Legitimate interests: people who lead are safe to be with, and are looked after")
_ASKED = _l("Contract: you asked us for it")
_COORDINATORS = _l("You, and the coordinators")

SOURCES = (
    PrivacySource(
        table="pathway_mark",
        subject="person_id, recorded_by_id",
        what=_l("The steps towards leading that are behind you"),
        seen_by=_COORDINATORS,
        purpose=_l("To know what comes next for you, and whether you can lead"),
        lawful_basis=_TAKING_PART,
        sensitivity="confidential",
        retention=_l("As long as your account is here"),
        export=export_marks,
        erase=erase_marks,
        merge=moved(PathwayMark.person_id, PathwayMark.recorded_by_id),
    ),
    PrivacySource(
        table="pathway_move",
        subject="person_id, recorded_by_id",
        what=_l("Why you were moved on towards leading while a step was still to come"),
        seen_by=_COORDINATORS,
        purpose=_l("So that you can read why, and nobody is moved on in silence"),
        lawful_basis=_TAKING_PART,
        sensitivity="confidential",
        retention=_l("As long as your account is here"),
        export=export_moves,
        erase=erase_moves,
        merge=moved(PathwayMove.person_id, PathwayMove.recorded_by_id),
    ),
    PrivacySource(
        table="pathway_pause",
        subject="person_id",
        what=_l("That you pause on the way to leading"),
        seen_by=_COORDINATORS,
        purpose=_l("So that nobody waits for you or asks you"),
        lawful_basis=_ASKED,
        sensitivity="confidential",
        retention=_l("Until you are back"),
        export=export_pauses,
        erase=erase_pauses,
        merge=moved(PathwayPause.person_id, once=()),
    ),
    PrivacySource(
        table="opportunity_interest",
        subject="person_id, recorded_by_id, chat_with_id",
        what=_l("Which opportunities you were interested in"),
        seen_by=_COORDINATORS,
        purpose=_l("To talk with you about it"),
        lawful_basis=_ASKED,
        sensitivity="confidential",
        retention=_l("A year, unless the college chooses another time"),
        keeping=(Keeping(ended_interests, forget_interests, setting=ENDED_DAYS),),
        export=export_interests,
        erase=erase_interests,
        merge=merge_interests,
    ),
    PrivacySource(
        table="support_slot",
        subject="person_id, with_id, recorded_by_id",
        what=_l("Times for support; not what was said in them"),
        seen_by=_COORDINATORS,
        purpose=_l("So that you get support in time, and your time counts"),
        lawful_basis=_TAKING_PART,
        sensitivity="confidential",
        retention=_l("Six years"),
        keeping=(Keeping(past_slots, forget_slots, days=SUPPORT_YEARS_DAYS),),
        export=export_slots,
        erase=erase_slots,
        merge=moved(SupportSlot.person_id, SupportSlot.with_id, SupportSlot.recorded_by_id),
    ),
    PrivacySource(
        table="adjustment",
        subject="person_id, supporter_id",
        what=_l("What you need so that you can do this work"),
        seen_by=_l("You, and the one supporter you named. Each look is recorded"),
        purpose=_l("So that one person knows what helps you"),
        lawful_basis=_l("You chose to tell us, and can take it back"),
        sensitivity="special",
        retention=_l("Until you remove it, or your account or your supporter’s is erased"),
        export=export_adjustments,
        erase=erase_adjustments,
        merge=merge_adjustments,
    ),
    PrivacySource(
        table="reference",
        subject="person_id, signer_id",
        what=_l("References we wrote for you"),
        seen_by=_COORDINATORS,
        purpose=_l("So that you can show others what you gave"),
        lawful_basis=_ASKED,
        sensitivity="confidential",
        retention=_l("As long as your account is here; one you did not want any more, for a year"),
        keeping=(Keeping(unwanted_references, forget_references, days=365),),
        export=export_references,
        erase=erase_references,
        merge=moved(Reference.person_id, Reference.signer_id),
    ),
    PrivacySource(
        table="leading_change",
        subject="actor_person_id",
        what=_l("Changes you made to opportunities"),
        on_erasure="pseudonymise",
        purpose=_l("So that the college can say who changed its offer, and why"),
        lawful_basis=_l("Legitimate interest in an honest record"),
        sensitivity="ordinary",
        retention=_l("As long as the college keeps the record of the course"),
        export=export_changes,
        erase=erase_changes,
        merge=moved(LeadingChange.actor_person_id),
    ),
)
