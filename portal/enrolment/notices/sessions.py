"""Words about one session: the reminder, and what changes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import course, online_links
from portal.enrolment.notices import facts
from portal.enrolment.services import telling
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.ui.filters import hour, moment

SAMPLE_WAS = datetime.fromisoformat("2027-02-26T14:00:00+00:00")
SAMPLE_FOLLOWING = datetime.fromisoformat("2027-03-08T10:00:00+00:00")


def reminder_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """A session is near, and they have not said that they cannot come."""
    told = facts.told(session, about)
    if told is None or told.meeting.cancelled or told.meeting.starts_at <= clock.now():
        return None
    enrolment_id = told.holder.enrolment_id
    if enrolment_id is None or facts.has_apologised(session, told.meeting.id, enrolment_id):
        return None
    info = course(session, told.run.course_slug)
    said = told.facts()
    links = online_links(session, [told.meeting.id]) if said["online"] else {}
    return _reminder(
        to,
        **said,
        first=told.is_first,
        needed=told.is_needed,
        bring=info.what_to_bring if info is not None else "",
        link=links.get(told.meeting.id, ""),
    )


def _reminder(to: Recipient, **said: Any) -> NoticeWords:
    when = moment(said["starts"])
    if said["online"]:
        sms = _("A reminder: %(when)s, online. Cannot come? That is fine, just tell us.", when=when)
    else:
        sms = _(
            "A reminder: %(when)s, %(where)s. Cannot come? That is fine, just tell us.",
            when=when,
            where=said["where"] or _("place as before"),
        )
    spoken = _(
        "This is a reminder of %(course)s: %(day)s, until %(end)s, %(where)s. If you cannot come, that is "
        "fine.",
        course=said["course"],
        day=when,
        end=hour(said["ends"]),
        where=_("online") if said["online"] else said["where"] or _("place as before"),
    )
    return facts.words("reminder", to, sms, spoken, **said)


def moved_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """A session has another time or place, for somebody who was not reminded of it yet."""
    told = facts.told(session, about)
    if told is None or told.meeting.cancelled:
        return None
    return _moved(to, **told.facts(), was=_was(about, told), **_excuse(session, told))


def _moved(to: Recipient, **said: Any) -> NoticeWords:
    sms = _("A change: it is now %(new)s. It was %(old)s.", new=_where(said), old=_old(said))
    spoken = _(
        "A session of %(course)s has changed. It is now %(new)s.",
        course=said["course"],
        new=_where(said),
    )
    return facts.words("session_moved", to, sms, spoken, **said)


def cancelled_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """A session will not take place, for somebody who was not reminded of it."""
    told = facts.told(session, about)
    if told is None or not told.meeting.cancelled:
        return None
    return _cancelled(to, **told.facts())


def _cancelled(to: Recipient, **said: Any) -> NoticeWords:
    when = moment(said["starts"])
    sms = _("Cancelled: %(when)s will not take place. We are sorry.", when=when)
    return facts.words("session_cancelled", to, sms, _off(said), **said)


def correction_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """They had a reminder, and what it said is not so any more."""
    told = facts.told(session, about)
    if told is None:
        return None
    return _correction(
        to,
        **told.facts(),
        cancelled=told.meeting.cancelled,
        was=_was(about, told),
        **_excuse(session, told),
    )


def _correction(to: Recipient, **said: Any) -> NoticeWords:
    if said["cancelled"]:
        sms = _(
            "You had a reminder. It has changed: %(when)s will NOT take place. Please do not set out.",
            when=moment(said["starts"]),
        )
        return facts.words("correction", to, sms, _off(said), **said)
    sms = _("You had a reminder from us. It has changed: it is now %(new)s.", new=_where(said))
    spoken = _(
        "We reminded you of a session of %(course)s. That has changed. It is now %(new)s.",
        course=said["course"],
        new=_where(said),
    )
    return facts.words("correction", to, sms, spoken, **said)


def _off(said: dict[str, Any]) -> str:
    words: str = _(
        "The session of %(course)s on %(when)s will not take place. Please do not set out. We are sorry.",
        course=said["course"],
        when=moment(said["starts"]),
    )
    return words


def _where(said: dict[str, Any]) -> str:
    """ "Tuesday 2 March 2027, 10am, Quay House"."""
    when = moment(said["starts"])
    return f"{when}, {said['where']}" if said["where"] else when


def _old(said: dict[str, Any]) -> str:
    words: str = moment(said["was"]) if said["was"] else _("at another time or place")
    return words


def _was(about: About, told: facts.Told) -> datetime | None:
    """When it was to begin before, as far as they know that time and it is another."""
    was = datetime.fromisoformat(str(about["was"])) if about.get("was") else None
    return was if was != told.meeting.starts_at else None


def _excuse(session: Session, told: facts.Told) -> dict[str, bool]:
    enrolment_id = told.holder.enrolment_id
    excused = enrolment_id is not None and facts.has_apologised(
        session, told.meeting.id, enrolment_id
    )
    return {"excused": excused}


def _sample(**context: Any) -> dict[str, Any]:
    return {
        "course": facts.SAMPLE_COURSE,
        "number": 2,
        "count": 6,
        "starts": facts.SAMPLE_START,
        "ends": facts.SAMPLE_END,
        "where": _("Quay House"),
        "address": _("Quay Lane, Seaford BN25 1AA"),
        "online": False,
        "reason": "",
        "note": "",
        "following": SAMPLE_FOLLOWING,
        "offered": False,
        "excused": False,
        "was": SAMPLE_WAS,
        **context,
    }


def kinds() -> tuple[NoticeKind, ...]:
    """What people are told about one session."""
    change = _l("A change of time or place")
    moved = {
        "title": _l("A session has moved"),
        "subject": change,
        "compose": moved_words,
        "sample": lambda: _moved(facts.somebody(), **_sample(reason=_("The heating has failed."))),
    }
    return (
        NoticeKind(
            purpose=telling.REMINDER,
            title=_l("A reminder of a session"),
            subject=_l("A reminder for you"),
            compose=reminder_words,
            sample=lambda: _reminder(
                facts.somebody(),
                **_sample(first=True, needed=True, bring=_("A pillow, if you like"), link=""),
            ),
        ),
        NoticeKind(purpose=telling.MOVED, in_pause=True, **moved),
        NoticeKind(purpose=telling.MOVED_SOON, urgent=True, **moved),
        NoticeKind(
            purpose=telling.CANCELLED,
            title=_l("A session is cancelled"),
            subject=_l("A session will not take place"),
            compose=cancelled_words,
            sample=lambda: _cancelled(facts.somebody(), **_sample(reason=_("Kim is ill."))),
            urgent=True,
        ),
        NoticeKind(
            purpose=telling.CORRECTION,
            title=_l("A reminder is not right any more"),
            subject=_l("Our reminder has changed"),
            compose=correction_words,
            sample=lambda: _correction(
                facts.somebody(), **_sample(cancelled=True, reason=_("Kim is ill."))
            ),
            urgent=True,
        ),
    )
