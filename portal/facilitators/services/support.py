"""Times for support: planned, moved, held or not. And what somebody tells the one supporter they named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import people_by_ids, people_with_role
from portal.audit.api import record
from portal.courses.api import leads_of_all
from portal.desk.api import open_task, working_day_after
from portal.facilitators.models import (
    Adjustment,
    Facilitator,
    SlotState,
    SupportKind,
    SupportSlot,
    TimeCounts,
)
from portal.facilitators.policies import SUPPORTERS
from portal.facilitators.queries.support import adjustment_words, supporter_of
from portal.facilitators.services import pathway_telling
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.plugin_api import Actor
from portal.plugin_api.dispatch import setting
from portal.ui.filters import hours
from portal.vault import seal

SUPERVISION_WEEKS = "facilitators:supervision_weeks"
REFLECTION_WEEKS = "facilitators:reflection_weeks"
SUPPORT_TASK = "facilitators:support_asked"
ASK_DAYS = 2  # working days until somebody is in touch with whoever asks for a time


@dataclass(frozen=True, slots=True)
class SlotGiven:
    """A time, as somebody plans it. `with_id` None: with nobody in particular, as when preparing."""

    kind: SupportKind
    starts_at: datetime
    minutes: int
    counts: TimeCounts
    with_id: int | None = None
    place: str = ""


def weeks_between(session: Session) -> dict[SupportKind, int]:
    """How many weeks lie between two supervisions, and two times of reflection; 0: none are due."""
    return {
        SupportKind.SUPERVISION: int(setting(session, SUPERVISION_WEEKS)),
        SupportKind.REFLECTION: int(setting(session, REFLECTION_WEEKS)),
    }


def plan(session: Session, actor: Actor, person_id: int, given: SlotGiven) -> int:
    """A time for somebody who is on the way or leads, and who is told of it when it is to come; its id.

    Raises:
        MissingRecordError: they never began.
        RefusedError: it would be with themselves, or while one of the two leads a session.
    """
    if session.get(Facilitator, person_id) is None:
        raise MissingRecordError(person_id)
    _check(session, person_id, given)
    slot = SupportSlot(
        person_id=person_id,
        kind=given.kind,
        with_id=given.with_id,
        starts_at=given.starts_at,
        minutes=given.minutes,
        place=given.place,
        counts=given.counts,
        recorded_by_id=actor.person_id,
    )
    session.add(slot)
    session.flush()
    _note(session, actor, slot, "planned")
    if slot.starts_at > clock.now():
        pathway_telling.support_planned(session, slot)
    return slot.id


def move(session: Session, actor: Actor, person_id: int, slot_id: int, given: SlotGiven) -> None:
    """Another time, or other words for it. They are told.

    Raises:
        MissingRecordError: there is no such time of theirs.
        RefusedError: it has taken place or was cancelled, would be with themselves, or while one of the two
            leads a session.
    """
    slot = _planned(session, person_id, slot_id)
    _check(session, person_id, given)
    slot.kind, slot.with_id, slot.starts_at = given.kind, given.with_id, given.starts_at
    slot.minutes, slot.counts, slot.place = given.minutes, given.counts, given.place
    slot.version += 1
    session.flush()
    _note(session, actor, slot, "moved")
    if slot.starts_at > clock.now():
        pathway_telling.support_planned(session, slot)


def hold(session: Session, actor: Actor, person_id: int, slot_id: int) -> None:
    """It took place. What was said stays between those who were there.

    Raises:
        MissingRecordError: there is no such time of theirs.
        RefusedError: it is still to come, or was cancelled.
    """
    slot = _locked(session, person_id, slot_id)
    if slot.state is SlotState.HELD:
        return
    if slot.state is SlotState.CANCELLED or slot.starts_at > clock.now():
        raise RefusedError(_l("This time is still to come, or was cancelled."))
    slot.state = SlotState.HELD
    session.flush()
    _note(session, actor, slot, "held")


def cancel(session: Session, actor: Actor, person_id: int, slot_id: int) -> None:
    """It does not take place. Twice is once.

    Raises:
        MissingRecordError: there is no such time of theirs.
        RefusedError: it took place.
    """
    slot = _locked(session, person_id, slot_id)
    if slot.state is SlotState.CANCELLED:
        return
    if slot.state is SlotState.HELD:
        raise RefusedError(_l("This time has taken place already."))
    slot.state, slot.version = SlotState.CANCELLED, slot.version + 1
    session.flush()
    _note(session, actor, slot, "cancelled")
    if slot.starts_at > clock.now() and actor.person_id != person_id:
        pathway_telling.support_planned(session, slot)


def ask_for_time(session: Session, actor: Actor, kind: SupportKind, *, today: date) -> date:
    """The actor would like a time; by when somebody is in touch. Asked twice, it is asked.

    Raises:
        MissingRecordError: they are not on the way.
    """
    if actor.person_id is None or session.get(Facilitator, actor.person_id) is None:
        raise MissingRecordError
    due = working_day_after(today, ASK_DAYS)
    open_task(
        session,
        kind=SUPPORT_TASK,
        key=f"{SUPPORT_TASK}:{actor.person_id}:{kind.value}",
        due=due,
        about={"kind": kind.value},
        person_id=actor.person_id,
        link=f"/manage/pathway/people/{actor.person_id}/support/new?kind={kind.value}",
    )
    details = {"kind": kind.value}
    record(
        session, actor, "facilitators:support:asked", ("person", actor.person_id), details=details
    )
    return due


def supporters(session: Session, person_id: int) -> dict[int, str]:
    """Whom somebody may name as their supporter: names by id, in order."""
    now = clock.now()
    found = {
        one.id: one.name
        for role in SUPPORTERS
        for one in people_with_role(session, role, now).values()
        if one.id != person_id
    }
    return dict(sorted(found.items(), key=lambda pair: (pair[1].casefold(), pair[0])))


def save_adjustments(session: Session, actor: Actor, supporter_id: int, words: str) -> None:
    """Keep or change what the actor tells their supporter; another supporter reads it from now on instead.

    Raises:
        RefusedError: that person supports nobody here.
        VaultError: the college has no key.
    """
    if actor.person_id is None or supporter_id not in supporters(session, actor.person_id):
        raise RefusedError(_l("Choose one of these people"), "supporter")
    row = session.get(Adjustment, actor.person_id)
    sealed = seal(session, Adjustment.words, actor.person_id, words)
    if row is None:
        row = Adjustment(person_id=actor.person_id, supporter_id=supporter_id, words=sealed)
        session.add(row)
    row.supporter_id, row.words, row.updated_at = supporter_id, sealed, clock.now()
    session.flush()
    _note_adjustment(session, actor, actor.person_id, "change", {"supporter": supporter_id})


def remove_adjustments(session: Session, actor: Actor) -> None:
    """Nothing is left of what the actor told their supporter."""
    row = session.get(Adjustment, actor.person_id)
    if row is not None:
        session.delete(row)
        session.flush()
        _note_adjustment(session, actor, row.person_id, "remove")


def read_adjustments(session: Session, actor: Actor, person_id: int) -> str:
    """What somebody tells the actor, who is the supporter they named. The reading is put on record.

    Raises:
        MissingRecordError: they named somebody else, or nobody, or the actor supports nobody here any more.
        VaultError: it does not open.
    """
    named = supporter_of(session, person_id)
    if actor.person_id is None or named != actor.person_id:
        raise MissingRecordError(person_id)
    if actor.person_id not in supporters(session, person_id):
        raise MissingRecordError(person_id)
    _note_adjustment(session, actor, person_id, "read")
    return adjustment_words(session, person_id)


def _check(session: Session, person_id: int, given: SlotGiven) -> None:
    """Nobody supports themselves, or is planned for while they lead. What has been is put down as it was."""
    if given.with_id == person_id:
        raise RefusedError(_l("Choose somebody else than the person it is for"), "with_whom")
    if given.starts_at <= clock.now():
        return
    ends_at = given.starts_at + timedelta(minutes=given.minutes)
    both = [one for one in (person_id, given.with_id) if one is not None]
    for lead in leads_of_all(session, given.starts_at, ends_at, people=both):
        person = people_by_ids(session, [lead.person_id]).get(lead.person_id)
        raise RefusedError(
            _l(
                "%(name)s leads “%(course)s” then: %(hours)s. Choose another time",
                name=person.name if person else "–",
                course=lead.course_title,
                hours=hours(lead.starts_at, lead.ends_at),
            ),
            "at",
        )


def _locked(session: Session, person_id: int, slot_id: int) -> SupportSlot:
    slot = session.scalar(
        sa.select(SupportSlot)
        .where(SupportSlot.id == slot_id, SupportSlot.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if slot is None:
        raise MissingRecordError(slot_id)
    return slot


def _planned(session: Session, person_id: int, slot_id: int) -> SupportSlot:
    slot = _locked(session, person_id, slot_id)
    if slot.state is not SlotState.PLANNED:
        raise RefusedError(_l("This time has taken place or was cancelled. Plan a new one."))
    return slot


def _note(session: Session, actor: Actor, slot: SupportSlot, action: str) -> None:
    details: dict[str, object] = {"slot": slot.id, "kind": slot.kind.value}
    subject = ("person", slot.person_id)
    record(session, actor, f"facilitators:support:{action}", subject, details=details)


def _note_adjustment(
    session: Session,
    actor: Actor,
    person_id: int,
    action: str,
    details: dict[str, object] | None = None,
) -> None:
    subject = ("person", person_id)
    record(session, actor, f"facilitators:adjustment:{action}", subject, details=details)
