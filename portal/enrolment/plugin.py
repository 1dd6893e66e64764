"""How places join the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Card,
    Check,
    Commitment,
    CourseAction,
    DeskLine,
    Event,
    Job,
    Manifest,
    NavItem,
    NoticeKind,
    Permission,
    PrivacySource,
    RouteSample,
    RunBrief,
    Setting,
    TaskKind,
    hookimpl,
    now,
)

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Blueprint
    from sqlalchemy.orm import Session


@hookimpl
def manifest() -> Manifest:
    """The room's name and version."""
    return Manifest(name="enrolment", title=_l("Places"), version="1.0", required=True)


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables."""
    return [
        "portal.enrolment.models",
        "portal.enrolment.asking_models",
        "portal.enrolment.register_models",
        "portal.enrolment.missed_models",
    ]


@hookimpl
def permissions() -> Sequence[Permission]:
    """Who takes any register (whoever leads a session takes its own), and who arranges places for others."""
    from portal.enrolment.policies import ARRANGE, KEEP_APART, TAKE_REGISTER

    label = _l("Take the register of every session, and welcome people without a place")
    arrange = _l("See who takes part and who waits; take, change and give up places for others")
    apart = _l("See and say which two people get no places in one group")
    return [
        Permission(TAKE_REGISTER, label, ("coordinator", "administrator")),
        Permission(ARRANGE, arrange, ("coordinator",)),
        Permission(KEEP_APART, apart, ("coordinator",)),
    ]


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """Every page of this room, and the templates of what is told."""
    from portal.enrolment.views import (  # noqa: F401 - each adds its pages
        between_people,
        blueprint,
        calendar,
        for_others,
        frame,
        helping,
        keeping,
        mine,
        offers,
        register,
        register_copy,
        register_people,
        taking,
    )

    return [blueprint]


@hookimpl
def notices() -> Sequence[NoticeKind]:
    """Places, waits and offers."""
    from portal.enrolment.notices import kinds

    return kinds()


@hookimpl
def dashboard_cards(session: Session, actor: Actor) -> Iterable[Card]:
    """Offers to answer, what comes next, the registers of whoever leads today, and what they lead next."""
    from portal.courses.api import leading_card
    from portal.enrolment.queries.cards import registers_today, worth_asking
    from portal.enrolment.queries.own import next_sessions, open_offers

    if actor.person_id is not None:
        ask = worth_asking(session, actor.person_id, now())
        offers = open_offers(session, actor.person_id, now()) if ask.offers else ()
        if offers:
            yield Card("enrolment/card_offers.html", {"offers": offers}, order=5)
        sessions = next_sessions(session, actor.person_id, now(), limit=3) if ask.sessions else ()
        if sessions:
            yield Card("enrolment/card_next.html", {"sessions": sessions}, order=15)
        if ask.leads:
            led = registers_today(session, actor.person_id, now())
            if led:
                yield Card("enrolment/register/card.html", {"led": led}, order=10)
            yield from leading_card(session, actor.person_id, now())


@hookimpl
def commitments(
    session: Session, person_id: int, start: datetime, end: datetime
) -> Iterable[Commitment]:
    """The sessions that somebody will come to."""
    from portal.enrolment.queries.own import busy_between

    for one in busy_between(session, person_id, start, end):
        yield Commitment(one.starts_at, one.ends_at, one.course_title)


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """My courses; every register, for whoever may take them all; pairs that are kept apart."""
    from portal.enrolment.policies import KEEP_APART, TAKE_REGISTER

    if actor.is_signed_in:
        yield NavItem(_l("My courses"), "enrolment.my_courses", order=15)
    if actor.can(TAKE_REGISTER):
        yield NavItem(
            _l("Registers"),
            "enrolment.registers",
            order=55,
            area="staff",
            hint=_l("Who came to which session; registers that are still to be filled in"),
        )
    if actor.can(KEEP_APART):
        yield NavItem(
            _l("Not in one group"),
            "enrolment.apart",
            order=70,
            area="staff",
            hint=_l("Two people who must not meet here, handled without saying why"),
        )


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from portal.enrolment import arrange_samples, mine_samples, own_samples, register_samples

    return (
        *mine_samples.SAMPLES,
        *own_samples.SAMPLES,
        *register_samples.SAMPLES,
        *arrange_samples.SAMPLES,
    )


@hookimpl
def task_kinds() -> Sequence[TaskKind]:
    """A kind question to who stayed away, or missed a first session; another way for who waits in vain."""
    from portal.enrolment.services import check_ins, missed_first, waiting_help

    return [check_ins.KIND, waiting_help.KIND, missed_first.KIND]


@hookimpl
def course_actions(
    session: Session, course_id: int, runs: Sequence[RunBrief], actor: Actor
) -> Iterable[CourseAction]:
    """Take a place, join the list, see one's own, be told of dates."""
    from portal.enrolment import joining

    return joining.course_actions(session, course_id, runs, actor)


@hookimpl
def settings() -> Sequence[Setting]:
    """Clocks and counts of the waiting list, and the cap of a term."""
    from portal.enrolment.services.rules import SETTINGS

    return SETTINGS


@hookimpl
def jobs() -> Sequence[Job]:
    """What time does: lapse, hand on, remind, forget."""
    from portal.enrolment import jobs, missing, reminding

    return (*jobs.JOBS, *reminding.JOBS, *missing.JOBS)


@hookimpl
def event_handlers() -> Sequence[tuple[type[Event], Any]]:
    """Runs and sessions that changed, and whom that concerns; records that were one person's."""
    from portal.enrolment import following, jobs, missing

    return (*jobs.HANDLERS, *following.HANDLERS, *missing.HANDLERS)


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What each table keeps about people."""
    from portal.enrolment import asking_privacy, privacy, register_privacy

    # What hangs on a place goes before the place does.
    return [*register_privacy.SOURCES, *privacy.SOURCES, *asking_privacy.SOURCES]


@hookimpl
def checks() -> Sequence[Check]:
    """Whether the numbers in the lists are those of the places."""
    from portal.enrolment.checking import CHECKS

    return CHECKS


@hookimpl
def demo_data(session: Session) -> None:
    """Who takes part, who waits, and how it went."""
    from portal.accounts.api import demo_people
    from portal.enrolment.demo import seed_places

    seed_places(session, demo_people(session))


@hookimpl
def desk_lines(session: Session, actor: Actor) -> Iterable[DeskLine]:
    """Offers that end or reached nobody; runs with too few people or too many."""
    from flask import current_app

    from portal import clock
    from portal.enrolment import desk

    zone = current_app.settings.timezone  # type: ignore[attr-defined]  # the app is a Portal
    return desk.desk_lines(session, actor, zone=zone, at=clock.now())
