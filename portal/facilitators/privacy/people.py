"""What this room keeps about people, and how it is given back and let go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.facilitators.models import (
    Away,
    Clearance,
    DebriefNote,
    Facilitator,
    LeadAsk,
    PathwayPause,
    RaisedHand,
    SessionPlan,
    Stage,
)
from portal.facilitators.policies import NOTE_DAYS
from portal.facilitators.queries.people import hands_of, notes_by
from portal.plugin_api import EraseMode, Erasure, Keeping, PrivacySource, moved

Rows = Sequence[Mapping[str, Any]]


def _given_back(*columns: Any) -> Callable[[Session, int], Rows]:
    """What the table says of its person: these columns."""
    model = columns[0].class_

    def export(session: Session, person_id: int) -> Rows:
        rows = session.execute(
            sa.select(*columns).where(model.person_id == person_id).order_by(*columns[:2])
        )
        return [dict(row) for row in rows.mappings()]

    return export


def _deleted(model: Any) -> Callable[[Session, int, EraseMode], Erasure]:
    """Everything that the table says of its person."""

    def erase(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
        gone = session.execute(
            sa.delete(model).where(model.person_id == person_id).returning(model.person_id)
        )
        return Erasure(model.__tablename__, erased=len(gone.all()))

    return erase


def export_clearances(session: Session, person_id: int) -> Rows:
    """What was checked for somebody, and how often they put such a thing on record for others."""
    own = _given_back(Clearance.kind, Clearance.valid_to, Clearance.recorded_at)(session, person_id)
    count = sa.select(sa.func.count()).where(Clearance.recorded_by_id == person_id)
    others = session.scalar(count) or 0
    return [*own, {"recorded_for_others": others}] if others else own


def erase_clearances(session: Session, person_id: int, mode: EraseMode) -> Erasure:
    """Deletes what was checked for them, and takes their name off what they recorded for others."""
    gone = _deleted(Clearance)(session, person_id, mode)
    changed = session.execute(
        sa.update(Clearance)
        .where(Clearance.recorded_by_id == person_id)
        .values(recorded_by_id=None)
        .returning(Clearance.id)
    )
    return Erasure("clearance", erased=gone.erased + len(changed.all()))


def export_hands(session: Session, person_id: int) -> Rows:
    """The hands they raised, and what they wrote."""
    return [
        {
            "session_id": one.session_id,
            "about": one.about,
            "words": words,
            "raised_at": one.raised_at,
        }
        for one, words in hands_of(session, person_id)
    ]


def export_notes(session: Session, person_id: int) -> Rows:
    """What they wrote about sessions."""
    return [
        {"session_id": one.session_id, "words": words, "at": one.at}
        for one, words in notes_by(session, person_id)
    ]


def export_plans(session: Session, person_id: int) -> Rows:
    """Plans that they wrote last."""
    one = SessionPlan
    mine = sa.select(one.session_id, one.words, one.at).where(one.written_by_id == person_id)
    return [dict(row) for row in session.execute(mine.order_by(one.session_id)).mappings()]


def erase_plans(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - stays either way
    """The plan stays, for whoever leads the session, and nobody's name with it."""
    changed = session.execute(
        sa.update(SessionPlan)
        .where(SessionPlan.written_by_id == person_id)
        .values(written_by_id=None)
        .returning(SessionPlan.session_id)
    )
    return Erasure("session_plan", erased=len(changed.all()))


def _kept_since(instant: InstrumentedAttribute[datetime]) -> Keeping:
    """Rows are let go when the college's time for notes has passed since this instant of theirs."""
    model = instant.class_

    def due(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
        return sa.select(model.id).where(instant < before)

    def forget(session: Session, ids: Sequence[int]) -> None:
        session.execute(sa.delete(model).where(model.id.in_(ids)))

    return Keeping(due, forget, setting=NOTE_DAYS)


# How far a stage is, when two records of one person become one: what they do now counts most.
_FAR = {
    Stage.LEFT: 0,
    Stage.INTERESTED: 1,
    Stage.CHECKS: 2,
    Stage.TRAINED: 3,
    Stage.SHADOWING: 4,
    Stage.RESTING: 5,
    Stage.ACTIVE: 5,
}


def merge_facilitators(session: Session, kept_id: int, gone_id: int) -> None:
    """The record that is further along stays whole; of two that lead or rest, the one said last."""
    both = sa.select(Facilitator).where(Facilitator.person_id.in_((kept_id, gone_id)))
    found = {
        one.person_id: one
        for one in session.scalars(both.execution_options(populate_existing=True))
    }
    kept, gone = found.get(kept_id), found.get(gone_id)
    if kept and gone and (_FAR[gone.stage], gone.since) > (_FAR[kept.stage], kept.since):
        kept.stage, kept.since, kept.max_a_week = gone.stage, gone.since, gone.max_a_week
        kept.weekly, kept.topics = list(gone.weekly), list(gone.topics)
        session.flush()
    moved(Facilitator.person_id, once=())(session, kept_id, gone_id)
    leads = sa.exists().where(
        Facilitator.person_id == PathwayPause.person_id,
        Facilitator.stage.in_((Stage.ACTIVE, Stage.RESTING)),
    )
    session.execute(sa.delete(PathwayPause).where(PathwayPause.person_id == kept_id, leads))


_ASKED = _l("Consent: you asked to lead sessions, and can stop at any time")
_SAFE = _l("Legal obligation and public interest: students are safe with whoever leads")
_AROUND = _l("A year, unless the college chooses another time")
_COLLEGE = _l("You, and the coordinators")

SOURCES = (
    PrivacySource(
        table="facilitator",
        subject="person_id",
        what=_l("How far you are on the way to leading sessions, when you can, and what you like"),
        seen_by=_COLLEGE,
        purpose=_l("To find sessions for you"),
        lawful_basis=_ASKED,
        sensitivity="ordinary",
        retention=_l("Until your account is erased"),
        export=_given_back(
            Facilitator.stage,
            Facilitator.since,
            Facilitator.max_a_week,
            Facilitator.weekly,
            Facilitator.topics,
        ),
        erase=_deleted(Facilitator),
        merge=merge_facilitators,
    ),
    PrivacySource(
        table="clearance",
        subject="person_id, recorded_by_id",
        what=_l("What was checked before you lead sessions, and until when it counts"),
        seen_by=_COLLEGE,
        purpose=_l("So that students are safe with whoever leads"),
        lawful_basis=_SAFE,
        sensitivity="confidential",
        retention=_l("Until your account is erased"),
        export=export_clearances,
        erase=erase_clearances,
        merge=moved(Clearance.person_id, Clearance.recorded_by_id),
    ),
    PrivacySource(
        table="facilitator_away",
        subject="person_id",
        what=_l("Days on which you cannot lead"),
        seen_by=_l("You. Coordinators are told only that you are not available"),
        purpose=_l("So that nobody asks you for these days"),
        lawful_basis=_ASKED,
        sensitivity="ordinary",
        retention=_l("Until they are over"),
        export=_given_back(Away.first_day, Away.last_day),
        erase=_deleted(Away),
        merge=moved(Away.person_id),
    ),
    PrivacySource(
        table="lead_ask",
        subject="person_id",
        what=_l("Sessions you were asked to lead, and whether you said yes"),
        seen_by=_COLLEGE,
        purpose=_l("To find leaders for a session"),
        lawful_basis=_ASKED,
        sensitivity="ordinary",
        retention=_AROUND,
        export=_given_back(
            LeadAsk.session_id, LeadAsk.state, LeadAsk.asked_at, LeadAsk.answered_at
        ),
        keeping=(_kept_since(LeadAsk.asked_at),),
        erase=_deleted(LeadAsk),
        merge=moved(LeadAsk.person_id, once=(LeadAsk.session_id,)),
    ),
    PrivacySource(
        table="raised_hand",
        subject="person_id",
        what=_l("What you wrote when you raised a hand"),
        seen_by=_COLLEGE,
        purpose=_l("To help you"),
        lawful_basis=_ASKED,
        sensitivity="confidential",
        retention=_AROUND,
        export=export_hands,
        keeping=(_kept_since(RaisedHand.raised_at),),
        erase=_deleted(RaisedHand),
        merge=moved(RaisedHand.person_id),
    ),
    PrivacySource(
        table="debrief_note",
        subject="person_id",
        what=_l("What you wrote about how a session went"),
        seen_by=_l("Those who led it with you, and the coordinators"),
        purpose=_l("To learn from it"),
        lawful_basis=_ASKED,
        sensitivity="confidential",
        retention=_AROUND,
        export=export_notes,
        keeping=(_kept_since(DebriefNote.at),),
        erase=_deleted(DebriefNote),
        merge=moved(DebriefNote.person_id, once=(DebriefNote.session_id,)),
    ),
    PrivacySource(
        table="session_plan",
        subject="written_by_id",
        what=_l("What you planned for sessions"),
        on_erasure="pseudonymise",
        purpose=_l("To learn from it"),
        lawful_basis=_l("Legitimate interest in an honest record"),
        sensitivity="ordinary",
        retention=_l("As long as the college keeps the record of the course"),
        export=export_plans,
        erase=erase_plans,
        merge=moved(SessionPlan.written_by_id),
    ),
)
