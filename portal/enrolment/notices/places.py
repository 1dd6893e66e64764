"""Words about places, waits and offers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import RunInfo, run_by_id
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    Offer,
    OfferState,
    TakesPart,
    WaitEntry,
    WaitState,
)
from portal.enrolment.notices import facts
from portal.enrolment.queries.missed_first import Missed, instead_of
from portal.enrolment.queries.pauses import pause_at
from portal.enrolment.queries.waiting import begun_without, place_in_list
from portal.enrolment.services import rules, seats, telling
from portal.enrolment.services.blocks import BLOCKED
from portal.enrolment.services.missed_first import MOVED_ON
from portal.messages.api import full_link
from portal.plugin_api import Actor, Contact, NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.ui.filters import deadline, moment

SAMPLE_ANSWER = datetime(2027, 1, 19, 16, 50, tzinfo=UTC)


def about_run(session: Session, run_id: int) -> dict[str, Any] | None:
    """What a message says of a run; None when it is not public, or nothing of it is to come."""
    run = run_by_id(session, run_id)
    following = run.next_after(clock.now()) if run is not None else None
    if run is None or following is None or run.cancelled:
        return None
    place = following.place or run.place
    return {
        "course": run.course_title,
        "starts": following.starts_at,
        "where": place.name if place is not None and not place.online else "",
        "first_needed": run.first_required and run.opening_after(clock.now()) is not None,
    }


def place_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """They have a place: until they leave, or the course is over."""
    enrolment = session.get(Enrolment, int(about["enrolment"]))
    if enrolment is None or enrolment.state is not EnrolmentState.ENROLLED:
        return None
    run = about_run(session, enrolment.run_id)
    if run is None:
        return None
    online = enrolment.mode is TakesPart.ONLINE
    return _place(to, **{**run, "where": "" if online else run["where"], "online": online})


def _place(to: Recipient, **run: Any) -> NoticeWords:
    when = moment(run["starts"])
    sms = _("You have a place. It begins on %(when)s.", when=when)
    spoken = _(
        "You have a place on %(course)s. It begins on %(when)s. If something comes up, ring us. You need "
        "not say why.",
        course=run["course"],
        when=when,
    )
    return facts.words("place", to, sms, spoken, **run)


def left_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """Their place has ended, and they have no new one. A block says it of all of them at once."""
    enrolment = session.get(Enrolment, int(about["enrolment"]))
    if enrolment is None or enrolment.state is EnrolmentState.ENROLLED:
        return None
    # Their own yes to a later run said so, or a notice of its own did.
    if enrolment.ended_why in {MOVED_ON, BLOCKED}:
        return None
    run = about_run(session, enrolment.run_id)
    came_with = enrolment.ended_why == "came_with"
    return _left(to, came_with=came_with, **run) if run is not None else None


def _left(to: Recipient, **context: Any) -> NoticeWords:
    course = context["course"]
    spoken = (
        _(
            "The person you were coming with on %(course)s is not coming any more, so your place has been "
            "given up too. You are welcome back at any time.",
            course=course,
        )
        if context["came_with"]
        else _(
            "Your place on %(course)s has been given up. You are welcome back at any time. If that is a "
            "mistake, tell me.",
            course=course,
        )
    )
    sms = _("Your place is free for somebody else now.")
    return facts.words("left", to, sms, spoken, **context)


def waiting_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """They wait, at this place in the list, with these odds."""
    place = place_in_list(session, int(about["entry"]), clock.now())
    if place is None or place.offer_id is not None:
        return None
    run = about_run(session, place.run_id)
    if run is None:
        return None
    return _waiting(to, position=place.position, odds=place.odds, **run)


def _waiting(to: Recipient, **context: Any) -> NoticeWords:
    sms = _("You are number %(position)d in the list.", position=context["position"])
    spoken = _(
        "%(course)s is full at the moment. You are number %(position)d in the list. When there is a place, "
        "we ask you first. You do not have to do anything.",
        course=context["course"],
        position=context["position"],
    )
    return facts.words("waiting", to, sms, spoken, **context)


def offer_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """There is a place for them, as long as the offer stands."""
    offer = session.get(Offer, int(about["offer"]))
    if offer is None or offer.state is not OfferState.LIVE or offer.expires_at <= clock.now():
        return None
    if pause_at(session, to.person_id, clock.now()) is not None:
        return None  # it passes them: see `services.pauses`
    run = about_run(session, offer.run_id)
    if run is None:
        return None
    answer_by = offer.expires_at
    if offer.clock_starts_at is None:  # their time begins when they hear of it: at best now
        answer_by = _if_told_now(session, run_by_id(session, offer.run_id)) or answer_by
    missed = instead_of(session, offer.entry_id)
    return _offer(
        to, answer_by=answer_by, missed=missed is not None, keeps=keeps_place(missed), **run
    )


def _if_told_now(session: Session, run: RunInfo | None) -> datetime | None:
    """Until when somebody who hears of an offer at this moment may answer: as the seats will reckon."""
    now = clock.now()
    following = run.next_after(now) if run is not None else None
    if following is None:
        return None
    hours = rules.number(session, rules.OFFER_HOURS)
    return min(clock.working_hours_after(now, hours, following.zone), following.starts_at)


def _offer(to: Recipient, **context: Any) -> NoticeWords:
    until = deadline(context["answer_by"])
    sms = _("A place is free for you. Please answer by %(when)s.", when=until)
    spoken = _(
        "A place is free for you on %(course)s. It begins on %(when)s. Would you like it? You can tell me "
        "now, or ring us by %(until)s. Yes and no are both fine.",
        course=context["course"],
        when=moment(context["starts"]),
        until=until,
    )
    return facts.words("offer", to, sms, spoken, **context)


def offer_lapsed_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """The place went to somebody else; they can join the list again."""
    offer = session.get(Offer, int(about["offer"]))
    entry = session.get(WaitEntry, offer.entry_id) if offer is not None else None
    if entry is None or entry.state is not WaitState.EXPIRED:
        return None
    run, info = about_run(session, entry.run_id), run_by_id(session, entry.run_id)
    if run is None or info is None:
        return None
    page = full_link("courses.run", slug=info.course_slug, reference=info.reference)
    return _offer_lapsed(to, page=page, **run)


def _offer_lapsed(to: Recipient, **run: Any) -> NoticeWords:
    sms = _("The time to answer is over, so the place went to the next person.")
    spoken = _(
        "We kept a place for you on %(course)s. The time to answer is over, so it went to the next person. "
        "That is no problem. If you still want to come, I can put you on the list again.",
        course=run["course"],
    )
    return facts.words("offer_lapsed", to, sms, spoken, **run)


def wait_over_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """It began without them, and they can hear of the next dates."""
    run_id = begun_without(session, int(about["entry"]))
    run = run_by_id(session, run_id) if run_id is not None else None
    if run is None or run.cancelled:
        return None
    page = full_link("enrolment.interest", course_id=run.course_id)
    return _wait_over(to, course=run.course_title, page=page)


def _wait_over(to: Recipient, **said: Any) -> NoticeWords:
    sms = _("What you waited for has begun without a free place. We are sorry.")
    spoken = _(
        "%(course)s has begun, and it is too late to join it now. There was no place for you in time, and we "
        "are sorry. Shall we tell you when it has new dates?",
        course=said["course"],
    )
    return facts.words("wait_over", to, sms, spoken, **said)


def offer_contact(session: Session, contact: Contact) -> None:
    """The clock of somebody without e-mail starts when they hear of it, by text or from a person; that of
    somebody whose e-mail came back starts anew.
    """
    offer_id = int(contact.about["offer"])
    if contact.outcome == "handed_over":
        seats.stop_clock(session, offer_id, at=contact.at)
        return
    seats.log_contact(
        session,
        Actor(person_id=contact.actor_id),
        offer_id,
        reached=contact.told,
        at=contact.at,
    )


def keeps_place(missed: Missed | None) -> bool:
    """Whether somebody who missed a first session has their place on that run still."""
    return missed is not None and missed.active


def _sample(**context: Any) -> dict[str, Any]:
    return {
        "course": facts.SAMPLE_COURSE,
        "starts": facts.SAMPLE_START,
        "where": _("Quay House"),
        "first_needed": True,
        **context,
    }


def kinds() -> tuple[NoticeKind, ...]:
    """Every notice of this room."""
    from portal.enrolment.queries.waiting import Odds

    return (
        NoticeKind(
            purpose=telling.PLACE,
            title=_l("You have a place"),
            subject=_l("You have a place"),
            compose=place_words,
            sample=lambda: _place(facts.somebody(), **_sample(online=False)),
        ),
        NoticeKind(
            purpose=telling.LEFT,
            title=_l("A place was given up"),
            subject=_l("Your place has been given up"),
            compose=left_words,
            sample=lambda: _left(facts.somebody(), **_sample(came_with=False)),
        ),
        NoticeKind(
            purpose=telling.WAITING,
            title=_l("Joined the waiting list"),
            subject=_l("You are in the list"),
            compose=waiting_words,
            sample=lambda: _waiting(facts.somebody(), **_sample(position=2, odds=Odds(7, 10))),
        ),
        NoticeKind(
            purpose=telling.OFFER,
            title=_l("A place is offered"),
            subject=_l("A place is free for you"),
            compose=offer_words,
            sample=lambda: _offer(
                facts.somebody(), **_sample(answer_by=SAMPLE_ANSWER, missed=True, keeps=True)
            ),
            on_contact=offer_contact,
            in_pause=True,
            answer=lambda about: url_for("enrolment.answer_for", offer_id=int(about["offer"])),
        ),
        NoticeKind(
            purpose=telling.OFFER_LAPSED,
            title=_l("The time to answer an offer is over"),
            subject=_l("The time to answer is over"),
            compose=offer_lapsed_words,
            sample=lambda: _offer_lapsed(facts.somebody(), **_sample()),
        ),
        NoticeKind(
            purpose=telling.WAIT_OVER,
            title=_l("It began without somebody who waited"),
            subject=_l("Your wait is over"),
            compose=wait_over_words,
            sample=lambda: _wait_over(facts.somebody(), course=facts.SAMPLE_COURSE),
        ),
    )
