"""The words of what this room tells people, made from what is true when they leave.

To coordinators and facilitators a message names the session: it is their work. None says who dropped out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Literal

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.courses.api import (
    RunState,
    SessionState,
    SessionToLead,
    leads_in_sessions,
    sessions_to_lead,
)
from portal.facilitators.models import AskState, Clearance, ClearanceKind, LeadAsk
from portal.facilitators.queries.people import is_renewed
from portal.facilitators.services import telling
from portal.facilitators.words import CLEARANCES
from portal.messages.api import full_link, render_notice
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.plugin_api.types import Words
from portal.ui.filters import day, hour, moment

_DAY = date(2027, 3, 8)


def _example() -> SessionToLead:
    """An invented session, for the previews."""
    return SessionToLead(
        id=0,
        run_id=0,
        course_id=0,
        topic_id=0,
        course_title=_("Sleep well"),
        number=2,
        of=6,
        day=_DAY,
        starts_at=datetime(2027, 3, 8, 10, tzinfo=UTC),
        ends_at=datetime(2027, 3, 8, 12, tzinfo=UTC),
        zone="Europe/London",
        venue_id=0,
        place=_("Quay House"),
        state=SessionState.SCHEDULED,
        run_state=RunState.OPEN,
        published=True,
        has_lived=False,
        has_other=True,
        waived=False,
    )


def _words(to: Recipient, lines: list[str], link: str = "", label: str = "") -> NoticeWords:
    """A short message: some sentences, and where to go."""
    spoken = " ".join(lines)
    sms = f"{lines[0]} {link}".strip()
    context = {"lines": lines, "link": link, "label": label}
    return render_notice("facilitators/email/note", to, sms=sms, spoken=spoken, **context)


def _where(meeting: SessionToLead) -> str:
    return meeting.place or str(_("online"))


def _ask_words(to: Recipient, meeting: SessionToLead) -> NoticeWords:
    lines = [
        _(
            "Can you lead “%(title)s” on %(when)s, %(place)s?",
            title=meeting.course_title,
            when=moment(meeting.starts_at),
            place=_where(meeting),
        ),
        _("Yes or no is enough: nobody asks why. The first who says yes leads it."),
    ]
    return _words(to, lines, full_link("facilitators.mine"), _("Answer"))


def _taken_words(to: Recipient, meeting: SessionToLead) -> NoticeWords:
    lines = [
        _(
            "The session on %(when)s has its leaders now. You need do nothing.",
            when=moment(meeting.starts_at),
        ),
        _("Thank you for being there to ask."),
    ]
    return _words(to, lines)


def _leads_words(to: Recipient, meeting: SessionToLead) -> NoticeWords:
    lines = [
        _(
            "You lead “%(title)s” on %(when)s, %(place)s.",
            title=meeting.course_title,
            when=moment(meeting.starts_at),
            place=_where(meeting),
        ),
        _("If something comes up, you can hand it back at any time, without a reason."),
    ]
    link = full_link("facilitators.session", session_id=meeting.id)
    return _words(to, lines, link, _("See the session"))


def _gone_words(to: Recipient, meeting: SessionToLead) -> NoticeWords:
    line = _(
        "You do not lead “%(title)s” on %(when)s any more. You need do nothing. If you do not know why, "
        "ask us.",
        title=meeting.course_title,
        when=moment(meeting.starts_at),
    )
    return _words(to, [line], full_link("facilitators.mine"), _("See what you lead"))


def _changed_words(to: Recipient, meeting: SessionToLead) -> NoticeWords:
    if meeting.coming:
        line = _(
            "“%(title)s”, which you lead, is on %(when)s now, %(place)s. If you cannot come then, "
            "hand it back: nobody asks why.",
            title=meeting.course_title,
            when=moment(meeting.starts_at),
            place=_where(meeting),
        )
    elif meeting.run_state is RunState.CANCELLED:
        line = _(
            "“%(title)s”, which you were to lead, does not take place. You need do nothing.",
            title=meeting.course_title,
        )
    else:
        line = _(
            "“%(title)s” on %(day)s does not take place. You need do nothing.",
            title=meeting.course_title,
            day=day(meeting.day),
        )
    return _words(to, [line], full_link("facilitators.mine"), _("See what you lead"))


def _clearance_words(to: Recipient, kind: ClearanceKind, until: date) -> NoticeWords:
    lines = [
        _("%(kind)s: yours lasts until %(day)s.", kind=CLEARANCES[kind], day=day(until)),
        _(
            "What you lead until then stays as it is. To lead after that day it must be renewed, "
            "and the college helps you with it. Please get in touch."
        ),
    ]
    return _words(to, lines)


def _late_words(to: Recipient, meeting: SessionToLead, minutes: int) -> NoticeWords:
    line = _(
        "Your session at %(time)s begins about %(minutes)d minutes later today. Please come: "
        "whoever leads it is on the way.",
        time=hour(meeting.starts_at),
        minutes=minutes,
    )
    return _words(to, [line])


def _lost_words(to: Recipient, meeting: SessionToLead) -> NoticeWords:
    line = _(
        "“%(title)s” on %(when)s has lost its pair.",
        title=meeting.course_title,
        when=moment(meeting.starts_at),
    )
    link = full_link("facilitators.match", session_id=meeting.id)
    return _words(to, [line], link, _("See who could lead it"))


def _nobody_words(to: Recipient, meeting: SessionToLead) -> NoticeWords:
    line = _(
        "Nobody has said yes to “%(title)s” on %(when)s. Please decide whether it goes ahead.",
        title=meeting.course_title,
        when=moment(meeting.starts_at),
    )
    link = full_link("facilitators.match", session_id=meeting.id)
    return _words(to, [line], link, _("Decide"))


def _meeting(session: Session, about: About) -> SessionToLead | None:
    return sessions_to_lead(session, [int(about["session"])]).get(int(about["session"]))


def _ask(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    one = session.get(LeadAsk, int(about["ask"]))
    if one is None or one.state is not AskState.WAITING or one.times != int(about["times"]):
        return None
    meeting = sessions_to_lead(session, [one.session_id])[one.session_id]
    return _ask_words(to, meeting) if meeting.at_risk else None


def _taken(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    one = session.get(LeadAsk, int(about["ask"]))
    if one is None or one.state is not AskState.TAKEN:
        return None
    return _taken_words(to, sessions_to_lead(session, [one.session_id])[one.session_id])


def _leads(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    meeting = _meeting(session, about)
    if meeting is None or not meeting.coming:
        return None
    leads = {one.person_id for one in leads_in_sessions(session, [meeting.id])}
    return _leads_words(to, meeting) if to.person_id in leads else None


def _gone(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    meeting = _meeting(session, about)
    if meeting is None or not meeting.coming:
        return None
    leads = {one.person_id for one in leads_in_sessions(session, [meeting.id])}
    return _gone_words(to, meeting) if to.person_id not in leads else None


def _changed(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    meeting = _meeting(session, about)
    return _changed_words(to, meeting) if meeting else None


def _clearance(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    one = session.get(Clearance, int(about["clearance"]))
    if one is None or one.valid_to is None or is_renewed(session, one):
        return None
    return _clearance_words(to, one.kind, one.valid_to)


def _late(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    meeting = _meeting(session, about)
    minutes = int(about["minutes"])
    return _late_words(to, meeting, minutes) if meeting and meeting.coming else None


def _at_risk(
    session: Session, to: Recipient, about: About, *, words: Callable[..., NoticeWords]
) -> NoticeWords | None:
    meeting = _meeting(session, about)
    return words(to, meeting) if meeting and meeting.at_risk else None


def _to_somebody(words: Callable[..., NoticeWords], *more: object) -> Callable[[], NoticeWords]:
    return lambda: words(Recipient(0, _("Sam"), ""), *more)


def _about_session(words: Callable[..., NoticeWords], *more: object) -> Callable[[], NoticeWords]:
    return lambda: words(Recipient(0, _("Sam"), ""), _example(), *more)


_WAYS: tuple[tuple[str, Literal["email", "mobile"]], ...] = (("email", "email"), ("text", "mobile"))


def _for_coordinators(
    purpose: str, title: Words, words: Callable[..., NoticeWords]
) -> list[NoticeKind]:
    """One kind for each way, so that each goes at once."""
    return [
        NoticeKind(
            purpose=f"{purpose}_{way}",
            title=title,
            subject=_l("A session needs you"),
            compose=partial(_at_risk, words=words),
            sample=_about_session(words),
            urgent=True,
            only=only,
        )
        for way, only in _WAYS
    ]


def kinds() -> tuple[NoticeKind, ...]:
    """Every notice of this room."""
    return (
        NoticeKind(
            purpose=telling.ASK,
            title=_l("Asked to lead a session"),
            subject=_l("A question from the college"),
            compose=_ask,
            sample=_about_session(_ask_words),
            answer=lambda about: url_for("facilitators.answer_for", ask_id=int(about["ask"])),
        ),
        NoticeKind(
            purpose=telling.TAKEN,
            title=_l("Somebody else leads the session"),
            subject=_l("Thank you: no answer is needed"),
            compose=_taken,
            sample=_about_session(_taken_words),
        ),
        NoticeKind(
            purpose=telling.LEADS,
            title=_l("They lead a session"),
            subject=_l("A date with the college"),
            compose=_leads,
            sample=_about_session(_leads_words),
        ),
        NoticeKind(
            purpose=telling.GONE,
            title=_l("They do not lead a session any more"),
            subject=_l("A date has changed"),
            compose=_gone,
            sample=_about_session(_gone_words),
        ),
        NoticeKind(
            purpose=telling.CHANGED,
            title=_l("A session they lead has changed"),
            subject=_l("A date has changed"),
            compose=_changed,
            sample=_about_session(_changed_words),
            urgent=True,
        ),
        NoticeKind(
            purpose=telling.CLEARANCE,
            title=_l("What they need in order to lead ends soon"),
            subject=_l("Something needs renewing"),
            compose=_clearance,
            sample=_to_somebody(_clearance_words, ClearanceKind.DBS, _DAY),
        ),
        NoticeKind(
            purpose=telling.LATE,
            title=_l("Their session begins later today"),
            subject=_l("A little later today"),
            compose=_late,
            sample=_about_session(_late_words, 15),
            urgent=True,
        ),
        *_for_coordinators(telling.AT_RISK, _l("A session has lost its pair"), _lost_words),
        *_for_coordinators(telling.NOBODY, _l("Nobody has said yes"), _nobody_words),
    )
