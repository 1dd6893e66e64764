"""Words about a whole run: it will not take place; a course that somebody asked about has dates."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import run_by_id
from portal.enrolment.models import Enrolment, EnrolmentState, Interest, WaitEntry
from portal.enrolment.notices import facts
from portal.enrolment.queries.telling import away_among
from portal.enrolment.services import telling, wishes
from portal.messages.api import full_link
from portal.plugin_api import Contact, NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.ui.filters import moment


def run_cancelled_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """What they had a place on, or waited for, will not take place at all."""
    waited = "entry" in about
    if waited:
        entry = session.get(WaitEntry, int(about["entry"]))
        if entry is None:
            return None
    else:
        place = session.get(Enrolment, int(about["enrolment"]))
        if place is None or place.state is not EnrolmentState.ENROLLED:
            return None
    run = run_by_id(session, int(about["run"]))
    ahead = [one.starts_at for one in run.meetings if one.ends_at > clock.now()] if run else []
    if run is None or not run.cancelled or not ahead:
        return None
    return _run_cancelled(
        to,
        course=run.course_title,
        starts=min(ahead),
        reason=run.cancelled_reason,
        waited=waited,
        reminded=bool(about.get("reminded")),
        page=full_link("courses.course", slug=run.course_slug),
    )


def _run_cancelled(to: Recipient, **said: Any) -> NoticeWords:
    when = moment(said["starts"])
    sms = _("Cancelled: what was to be on %(when)s will not take place. We are sorry.", when=when)
    if said["reminded"]:
        sms = _(
            "You had a reminder. It has changed: %(when)s will NOT take place. Please do not set out.",
            when=when,
        )
    spoken = _(
        "%(course)s, which was to meet on %(when)s, will not take place. We are sorry.",
        course=said["course"],
        when=when,
    )
    return facts.words("run_cancelled", to, sms, spoken, **said)


def dates_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """A course they asked about has dates, and they have not changed their mind.

    Who takes a break, or can take no place, hears it when that is over: see `following`.
    """
    if away_among(session, [to.person_id], clock.now()):
        return None
    run = run_by_id(session, int(about["run"]))
    first = run.next_after(clock.now()) if run is not None else None
    if run is None or first is None or run.state.value != "open":
        return None
    asked = sa.select(Interest.id).where(
        Interest.course_id == run.course_id, Interest.person_id == to.person_id
    )
    if session.scalar(asked) is None:
        return None
    page = full_link("courses.run", slug=run.course_slug, reference=run.reference)
    return _dates(to, course=run.course_title, starts=first.starts_at, page=page)


def _dates(to: Recipient, **said: Any) -> NoticeWords:
    sms = _(
        "You asked us to tell you when there are dates. There are: from %(when)s.",
        when=moment(said["starts"]),
    )
    spoken = _(
        "You asked us to tell you when %(course)s has dates. It has: the first is %(when)s. Would you like "
        "a place?",
        course=said["course"],
        when=moment(said["starts"]),
    )
    return facts.words("dates", to, sms, spoken, **said)


def dates_contact(session: Session, contact: Contact) -> None:
    """They were told, so what they asked for is done."""
    run = run_by_id(session, int(contact.about["run"])) if contact.told else None
    if run is not None:
        wishes.forget_interest(session, run.course_id, contact.person_id)


def kinds() -> tuple[NoticeKind, ...]:
    """What people are told about a run."""
    sample = {"course": facts.SAMPLE_COURSE, "starts": facts.SAMPLE_START}
    return (
        NoticeKind(
            purpose=telling.RUN_CANCELLED,
            title=_l("A course will not take place"),
            subject=_l("Something you planned will not take place"),
            compose=run_cancelled_words,
            sample=lambda: _run_cancelled(
                facts.somebody(),
                **sample,
                reason=_("Too few people."),
                waited=False,
                reminded=False,
            ),
            urgent=True,
        ),
        NoticeKind(
            purpose=telling.DATES,
            title=_l("A course has dates"),
            subject=_l("News that you asked for"),
            compose=dates_words,
            sample=lambda: _dates(facts.somebody(), **sample),
            on_contact=dates_contact,
        ),
    )
