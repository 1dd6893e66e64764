"""What notices say of a run and its sessions: read again at the moment at which they leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import Meeting, Place, RunInfo, run_by_id
from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    Mark,
    Offer,
    OfferState,
    TakesPart,
)
from portal.messages.api import full_link, render_notice
from portal.plugin_api import NoticeWords, Recipient
from portal.plugin_api.notices import About

SAMPLE_COURSE = _l("Sleep and rest")
SAMPLE_START = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
SAMPLE_END = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever a notice about a session is for: with a place, or with one that is offered."""

    run_id: int
    enrolment_id: int | None
    from_at: datetime
    online: bool


def holder(session: Session, about: About) -> Holder | None:
    """Who holds a place by the enrolment or the offer that a notice is about; None when it has ended."""
    if "enrolment" in about:
        place = session.get(Enrolment, int(about["enrolment"]))
        if place is None or place.state is not EnrolmentState.ENROLLED:
            return None
        online = place.mode is TakesPart.ONLINE
        return Holder(place.run_id, place.id, place.from_at, online)
    offer = session.get(Offer, int(about["offer"]))
    if offer is None or offer.state is not OfferState.LIVE or offer.expires_at <= clock.now():
        return None
    return Holder(offer.run_id, None, offer.made_at, online=False)


@dataclass(frozen=True, slots=True)
class Told:
    """One session as a notice names it, and whom for."""

    holder: Holder
    run: RunInfo
    meeting: Meeting

    @property
    def place(self) -> Place | None:
        """Where it is held."""
        return self.meeting.place or self.run.place

    @property
    def is_first(self) -> bool:
        """True for the first session that counts for this person."""
        since = self.holder.from_at
        theirs = (
            one.id for one in self.run.meetings if not one.cancelled and one.starts_at >= since
        )
        return self.meeting.id == next(theirs, None)

    @property
    def is_needed(self) -> bool:
        """True for a first session that everybody needs to be at."""
        held = (one.id for one in self.run.meetings if not one.cancelled)
        return self.run.first_required and self.meeting.id == next(held, None)

    def facts(self) -> dict[str, Any]:
        """What every template of a session may say."""
        place = self.place
        online = self.holder.online or self.run.mode.value == "online"
        shown = place if place is not None and not place.online and not online else None
        following = self.run.next_after(max(clock.now(), self.meeting.starts_at))
        return {
            "course": self.run.course_title,
            "number": self.meeting.number,
            "count": len(self.run.meetings),
            "starts": self.meeting.starts_at,
            "ends": self.meeting.ends_at,
            "where": shown.name if shown else "",
            "address": " ".join(part for part in (shown.address, shown.postcode) if part)
            if shown
            else "",
            "online": online,
            "reason": self.meeting.reason,
            "note": self.meeting.note,
            "following": following.starts_at if following else None,
            "offered": self.holder.enrolment_id is None,
        }


def told(session: Session, about: About) -> Told | None:
    """The session that a notice is about, as it is now.

    None when there is nothing to say of it any more: their place has ended, it was changed again (another
    notice says how), it is over, or the run will not take place.
    """
    who = holder(session, about)
    run = run_by_id(session, who.run_id) if who is not None else None
    if who is None or run is None or run.cancelled:
        return None
    meeting = next((one for one in run.meetings if one.id == int(about["session"])), None)
    if meeting is None or meeting.version != int(about["version"]):
        return None
    return Told(who, run, meeting) if meeting.ends_at > clock.now() else None


def has_apologised(session: Session, session_id: int, enrolment_id: int) -> bool:
    """Whether they said that they cannot come to this session."""
    found = sa.select(AttendanceMark.id).where(
        AttendanceMark.session_id == session_id,
        AttendanceMark.enrolment_id == enrolment_id,
        AttendanceMark.mark == Mark.APOLOGIES,
    )
    return session.scalar(found) is not None


def words(
    name: str, to: Recipient, sms: str, spoken: str = "", /, *, page: str = "", **context: Any
) -> NoticeWords:
    """The words of `enrolment/email/<name>`, with a link to My courses, or to `page`."""
    link = page or full_link("enrolment.my_courses")
    return render_notice(
        f"enrolment/email/{name}", to, sms=sms, spoken=spoken, my_page=link, **context
    )


def somebody() -> Recipient:
    """Whom the samples are for."""
    return Recipient(0, _("Sam"), "en")
