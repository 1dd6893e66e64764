"""Words about places, waits and offers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import run_by_id
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    Offer,
    OfferState,
    WaitEntry,
    WaitState,
)
from portal.enrolment.queries.missed_first import Missed, instead_of
from portal.enrolment.queries.waiting import place_in_list
from portal.enrolment.services import seats, telling
from portal.enrolment.services.missed_first import MOVED_ON
from portal.messages.api import full_link, render_notice
from portal.plugin_api import Actor, Contact, NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.ui.filters import deadline, moment

SAMPLE_COURSE = _l("Sleep and rest")
SAMPLE_START = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
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


def _words(name: str, to: Recipient, sms: str, **context: Any) -> NoticeWords:
    link = full_link("enrolment.my_courses")
    return render_notice(f"enrolment/email/{name}", to, sms=sms, my_page=link, **context)


def place_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """They have a place: until they leave, or the course is over."""
    enrolment = session.get(Enrolment, int(about["enrolment"]))
    if enrolment is None or enrolment.state is not EnrolmentState.ENROLLED:
        return None
    run = about_run(session, enrolment.run_id)
    return _place(to, **run) if run is not None else None


def _place(to: Recipient, **run: Any) -> NoticeWords:
    sms = _("You have a place. It begins on %(when)s.", when=moment(run["starts"]))
    return _words("place", to, sms, **run)


def left_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """Their place has ended, and they have no new one."""
    enrolment = session.get(Enrolment, int(about["enrolment"]))
    if enrolment is None or enrolment.state is EnrolmentState.ENROLLED:
        return None
    if enrolment.ended_why == MOVED_ON:  # their own yes to a later run said so
        return None
    run = about_run(session, enrolment.run_id)
    came_with = enrolment.ended_why == "came_with"
    return _left(to, came_with=came_with, **run) if run is not None else None


def _left(to: Recipient, **context: Any) -> NoticeWords:
    return _words("left", to, _("Your place is free for somebody else now."), **context)


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
    return _words("waiting", to, sms, **context)


def offer_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """There is a place for them, as long as the offer stands."""
    offer = session.get(Offer, int(about["offer"]))
    if offer is None or offer.state is not OfferState.LIVE or offer.expires_at <= clock.now():
        return None
    run = about_run(session, offer.run_id)
    if run is None:
        return None
    # Until they are reached there is no hour to name: their time begins when they hear of it.
    answer_by = offer.expires_at if offer.clock_starts_at is not None else None
    missed = instead_of(session, offer.entry_id)
    return _offer(
        to, answer_by=answer_by, missed=missed is not None, keeps=keeps_place(missed), **run
    )


def _offer(to: Recipient, **context: Any) -> NoticeWords:
    until = context["answer_by"]
    sms = (
        _("A place is free for you. Please answer by %(when)s.", when=deadline(until))
        if until
        else _("A place is free for you. Please answer within 2 working days.")
    )
    return _words("offer", to, sms, **context)


def offer_lapsed_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """The place went to somebody else; they can join the list again."""
    offer = session.get(Offer, int(about["offer"]))
    entry = session.get(WaitEntry, offer.entry_id) if offer is not None else None
    if entry is None or entry.state is not WaitState.EXPIRED:
        return None
    run = about_run(session, entry.run_id)
    return _offer_lapsed(to, **run) if run is not None else None


def _offer_lapsed(to: Recipient, **run: Any) -> NoticeWords:
    sms = _("The time to answer is over, so the place went to the next person.")
    return _words("offer_lapsed", to, sms, **run)


def offer_contact(session: Session, contact: Contact) -> None:
    """The clock of somebody without e-mail starts when they hear of it, by text or from a person."""
    seats.log_contact(
        session,
        Actor(person_id=contact.actor_id),
        int(contact.about["offer"]),
        reached=contact.told,
        at=contact.at,
    )


def keeps_place(missed: Missed | None) -> bool:
    """Whether somebody who missed a first session has their place on that run still."""
    return missed is not None and missed.active


def _sample(**context: Any) -> dict[str, Any]:
    return {
        "course": SAMPLE_COURSE,
        "starts": SAMPLE_START,
        "where": _("Quay House"),
        "first_needed": True,
        **context,
    }


def _somebody() -> Recipient:
    return Recipient(0, _("Sam"), "en")


def kinds() -> tuple[NoticeKind, ...]:
    """Every notice of this room."""
    from portal.enrolment.queries.waiting import Odds

    return (
        NoticeKind(
            purpose=telling.PLACE,
            title=_l("You have a place"),
            subject=_l("You have a place"),
            compose=place_words,
            sample=lambda: _place(_somebody(), **_sample()),
        ),
        NoticeKind(
            purpose=telling.LEFT,
            title=_l("A place was given up"),
            subject=_l("Your place has been given up"),
            compose=left_words,
            sample=lambda: _left(_somebody(), **_sample(came_with=False)),
        ),
        NoticeKind(
            purpose=telling.WAITING,
            title=_l("Joined the waiting list"),
            subject=_l("You are in the list"),
            compose=waiting_words,
            sample=lambda: _waiting(_somebody(), **_sample(position=2, odds=Odds(7, 10))),
        ),
        NoticeKind(
            purpose=telling.OFFER,
            title=_l("A place is offered"),
            subject=_l("A place is free for you"),
            compose=offer_words,
            sample=lambda: _offer(
                _somebody(), **_sample(answer_by=SAMPLE_ANSWER, missed=True, keeps=True)
            ),
            on_contact=offer_contact,
        ),
        NoticeKind(
            purpose=telling.OFFER_LAPSED,
            title=_l("The time to answer an offer is over"),
            subject=_l("The time to answer is over"),
            compose=offer_lapsed_words,
            sample=lambda: _offer_lapsed(_somebody(), **_sample()),
        ),
    )
