"""The one place where this room tells people something. What is told is a notice: its words are made when it
leaves, from what is true then (`notices`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.api import is_reached_by_email
from portal.enrolment.models import Enrolment, Offer
from portal.messages.api import suppress, tell, told_of, was_told

PLACE = "enrolment:place"
ALONG = "enrolment:along"
ALONG_WAITING = "enrolment:along_waiting"
LEFT = "enrolment:left"
WAITING = "enrolment:waiting"
OFFER = "enrolment:offer"
OFFER_LAPSED = "enrolment:offer_lapsed"
REMINDER = "enrolment:reminder"
MOVED = "enrolment:session_moved"
MOVED_SOON = "enrolment:session_moved_soon"  # does not wait for the morning
CANCELLED = "enrolment:session_cancelled"
CORRECTION = "enrolment:correction"
RUN_CANCELLED = "enrolment:run_cancelled"
DATES = "enrolment:dates"
MISSED = "enrolment:missed_first"
WAS_THERE = "enrolment:was_there"
WAIT_OVER = "enrolment:wait_over"
ALONG_OVER = "enrolment:along_over"
BREAK_OVER = "enrolment:break_over"
BLOCKED = "enrolment:block"
UNBLOCKED = "enrolment:block_over"
APPEAL_ANSWERED = "enrolment:appeal_answered"


def reaches_by_itself(session: Session, person_id: int) -> bool:
    """True when an e-mail does: an offer's clock then starts at once. Otherwise it starts when a text has
    left, or somebody has logged that they were reached.
    """
    return is_reached_by_email(session, person_id)


def place_taken(session: Session, person_id: int | None, enrolment_id: int, run_id: int) -> None:
    """They have a place."""
    _tell(session, person_id, PLACE, "enrolment", enrolment_id, run_id)


def comes_along(
    session: Session, person_id: int | None, enrolment_id: int, party_id: int, run_id: int
) -> None:
    """Somebody takes them along, to support them or to keep them company."""
    if person_id is not None:
        tell(
            session,
            person_id,
            ALONG,
            {"enrolment": enrolment_id, "party": party_id},
            key=f"{ALONG}:{party_id}:{enrolment_id}",
            concerning=f"run:{run_id}",
        )


def waits_along(session: Session, person_id: int | None, body_id: int, run_id: int) -> None:
    """Somebody wants to take them along, and waits for places."""
    _tell(session, person_id, ALONG_WAITING, "body", body_id, run_id)


def place_freed(session: Session, enrolment: Enrolment) -> None:
    """They have a place no more."""
    _tell(session, enrolment.person_id, LEFT, "enrolment", enrolment.id, enrolment.run_id)


def joined_list(session: Session, person_id: int | None, entry_id: int, run_id: int) -> None:
    """They wait."""
    _tell(session, person_id, WAITING, "entry", entry_id, run_id)


def offer_made(session: Session, person_id: int | None, offer: Offer) -> None:
    """There is a place for them."""
    _tell(session, person_id, OFFER, "offer", offer.id, offer.run_id)


def offer_lapsed(session: Session, person_id: int | None, offer: Offer) -> None:
    """The place went to somebody else."""
    _tell(session, person_id, OFFER_LAPSED, "offer", offer.id, offer.run_id)


def offer_key(offer_id: int) -> str:
    """The key under which somebody is told of an offer."""
    return f"{OFFER}:{offer_id}"


def reminder_key(session_id: int, version: int, enrolment_id: int) -> str:
    """The key of the reminder of a session as it was at a version."""
    return f"{REMINDER}:{session_id}:{version}:{enrolment_id}"


def remind(
    session: Session,
    person_id: int,
    enrolment_id: int,
    session_id: int,
    version: int,
    *,
    due: datetime,
    begins: datetime,
) -> None:
    """A session is near. Told when it is due; never after it has begun."""
    tell(
        session,
        person_id,
        REMINDER,
        {"enrolment": enrolment_id, "session": session_id, "version": version},
        key=reminder_key(session_id, version, enrolment_id),
        concerning=_session(session_id),
        not_before=due,
        expires=begins,
    )


def changed(
    session: Session, person_id: int, purpose: str, about: Mapping[str, int | str], *, key: str
) -> None:
    """A session is not as it was: moved, cancelled, or otherwise than they were reminded."""
    concerning = _change(int(about["session"]), int(about["version"]))
    tell(session, person_id, purpose, about, key=key, concerning=concerning)


def take_back_reminders(session: Session, session_id: int) -> None:
    """Reminders of a session that have not left are not told any more."""
    suppress(session, purpose=REMINDER, concerning=_session(session_id))


def take_back_older(session: Session, session_id: int, version: int) -> frozenset[int]:
    """Earlier changes of a session that have not left are not told any more; who will not hear of them."""
    gone: set[int] = set()
    for older in range(1, version):
        for purpose in (MOVED, MOVED_SOON, CORRECTION):
            gone.update(suppress(session, purpose=purpose, concerning=_change(session_id, older)))
    return frozenset(gone)


def were_reminded(session: Session, session_id: int) -> frozenset[int]:
    """Whoever had a reminder of a session, whatever they were told afterwards."""
    return told_of(session, purpose=REMINDER, concerning=_session(session_id))


def run_cancelled(
    session: Session, person_id: int, about: Mapping[str, int | str], *, key: str
) -> None:
    """A whole run will not take place."""
    concerning = f"run:{about['run']}"
    tell(session, person_id, RUN_CANCELLED, about, key=key, concerning=concerning)


def dates_are_known(session: Session, person_id: int, run_id: int, *, back: str = "") -> None:
    """A course that they asked about has a run. `back`: what they came back from, if they were away then."""
    key = f"{DATES}:{run_id}:{person_id}"
    if back and was_told(session, key):
        return
    key = f"{key}:{back}" if back else key  # what was dropped while they were away is told now
    tell(session, person_id, DATES, {"run": run_id}, key=key, concerning=f"run:{run_id}")


def missed_first(session: Session, place: Enrolment, missed_id: int, times: int) -> None:
    """They missed a first session that is needed: what is kept for them instead."""
    _tell_missed(session, place, MISSED, missed_id, times)


def was_there(session: Session, place: Enrolment, missed_id: int, times: int) -> None:
    """They were there after all, and have been told otherwise."""
    _tell_missed(session, place, WAS_THERE, missed_id, times)


def take_back_missed(session: Session, missed_id: int, offer_id: int | None) -> bool:
    """What has not left is not told any more; True when they have heard of it, by itself or with an offer."""
    about = _missed(missed_id)
    suppress(session, purpose=MISSED, concerning=about)
    if told_of(session, purpose=MISSED, concerning=about):
        return True
    return offer_id is not None and was_told(session, offer_key(offer_id))


def _tell_missed(
    session: Session, place: Enrolment, purpose: str, missed_id: int, times: int
) -> None:
    if place.person_id is not None:
        tell(
            session,
            place.person_id,
            purpose,
            {"missed": missed_id},
            key=f"{purpose}:{missed_id}:{times}",
            concerning=_missed(missed_id),
        )


def _missed(missed_id: int) -> str:
    return f"missed_first:{missed_id}"


def wait_is_over(session: Session, person_id: int | None, entry_id: int, run_id: int) -> None:
    """It is too late for what they waited for."""
    _tell(session, person_id, WAIT_OVER, "entry", entry_id, run_id)


def wait_along_is_over(session: Session, person_id: int, body_id: int, run_id: int) -> None:
    """Nobody waits to take them along any more. Who has not heard of the wait need not hear of its end."""
    if was_told(session, f"{ALONG_WAITING}:{body_id}"):
        _tell(session, person_id, ALONG_OVER, "body", body_id, run_id)


def break_is_over(session: Session, person_id: int, pause_id: int) -> None:
    """Their places were kept, and they come again."""
    _by_itself(session, person_id, BREAK_OVER, "pause", pause_id)


def blocked(session: Session, person_id: int, block_id: int) -> None:
    """Their places are stopped for a time."""
    _by_itself(session, person_id, BLOCKED, "block", block_id)


def unblocked(session: Session, person_id: int, block_id: int) -> None:
    """They can take places again."""
    _by_itself(session, person_id, UNBLOCKED, "block", block_id)


def appeal_answered(session: Session, person_id: int, appeal_id: int) -> None:
    """What they said against it has been answered."""
    _by_itself(session, person_id, APPEAL_ANSWERED, "appeal", appeal_id)


def _by_itself(session: Session, person_id: int, purpose: str, what: str, number: int) -> None:
    tell(
        session,
        person_id,
        purpose,
        {what: number},
        key=f"{purpose}:{number}",
        concerning=f"{what}:{number}",
    )


def _session(session_id: int) -> str:
    return f"session:{session_id}"


def _change(session_id: int, version: int) -> str:
    return f"session:{session_id}:{version}"


def _tell(
    session: Session, person_id: int | None, purpose: str, what: str, number: int, run_id: int
) -> None:
    """Once for each thing; guests are told by those who bring them."""
    if person_id is not None:
        tell(
            session,
            person_id,
            purpose,
            {what: number},
            key=f"{purpose}:{number}",
            concerning=f"run:{run_id}",
        )
