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
    ConsentKind,
    CourseAction,
    DeskLine,
    Event,
    Job,
    Leading,
    Look,
    Manifest,
    NavItem,
    NoticeKind,
    Permission,
    PersonAction,
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
    return ["portal.enrolment.models"]


@hookimpl
def permissions() -> Sequence[Permission]:
    """Who takes any register (whoever leads a session takes its own), who arranges places for others, and who
    may stop somebody's.
    """
    from portal.enrolment.policies import ARRANGE, BLOCK, BLOCK_ROLES, KEEP_APART, TAKE_REGISTER

    label = _l("Take the register of every session, and welcome people without a place")
    arrange = _l("See who takes part and who waits; take, change and give up places for others")
    apart = _l("See and say which two people get no places in one group")
    return [
        Permission(TAKE_REGISTER, label, ("coordinator", "administrator")),
        Permission(ARRANGE, arrange, ("coordinator",)),
        Permission(KEEP_APART, apart, ("coordinator",)),
        Permission(
            BLOCK,
            _l("Stop somebody's places for a time, look at that again, and answer appeals"),
            BLOCK_ROLES,
        ),
    ]


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """Every page of this room, and the templates of what is told."""
    from portal.enrolment.views import (  # noqa: F401 - each adds its pages
        between_people,
        blocks,
        blueprint,
        calendar,
        for_others,
        frame,
        handouts,
        helping,
        keeping,
        mine,
        my_block,
        offers,
        pauses,
        register,
        register_copy,
        register_emergency,
        register_people,
        run_people,
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
    """Places that are stopped, a break, offers to answer, what comes next, and what they lead."""
    from portal.courses.api import leading_card
    from portal.enrolment.queries.blocks import block_at
    from portal.enrolment.queries.cards import registers_today, worth_asking
    from portal.enrolment.queries.own import next_sessions, open_offers
    from portal.enrolment.queries.pauses import pause_at

    if actor.person_id is not None:
        ask = worth_asking(session, actor.person_id, now())
        offers = open_offers(session, actor.person_id, now()) if ask.offers else ()
        if offers:
            yield Card("enrolment/card_offers.html", {"offers": offers}, order=5)
        sessions = next_sessions(session, actor.person_id, now(), limit=3) if ask.sessions else ()
        if sessions:
            yield Card("enrolment/card_next.html", {"sessions": sessions}, order=15)
        block = block_at(session, actor.person_id, now()) if ask.blocked else None
        if block is not None:
            yield Card("enrolment/block/card.html", {"last_day": block.last_day}, order=1)
        pause = pause_at(session, actor.person_id, now()) if ask.paused else None
        if pause is not None:
            yield Card("enrolment/break/card.html", {"last_day": pause.last_day}, order=2)
        if ask.leads:
            led = registers_today(session, actor.person_id, now())
            if led:
                yield Card("enrolment/register/card.html", {"led": led}, order=10)
            yield from leading_card(session, actor.person_id, now())


@hookimpl
def example_cards(actor: Actor) -> Iterable[Card]:
    """What comes next for anybody; what a peer facilitator leads."""
    from portal.enrolment.example import next_sessions, sessions_led

    yield Card("enrolment/card_next.html", {"sessions": next_sessions(now())}, order=15)
    if "facilitator" in actor.roles:
        yield Card("courses/card_leading.html", {"led": sessions_led(now())}, order=20)


@hookimpl
def commitments(
    session: Session, person_id: int, start: datetime, end: datetime
) -> Iterable[Commitment]:
    """The sessions that somebody will come to."""
    from portal.enrolment.queries.own import busy_between

    for one in busy_between(session, person_id, start, end):
        yield Commitment(one.starts_at, one.ends_at, one.course_title)


@hookimpl
def veto(session: Session, action: str, actor: Actor, subject: object) -> None:  # noqa: ARG001
    """Whoever gets no places for a time leads nothing either, and opens nothing that they led."""
    if isinstance(subject, Leading):
        from portal.enrolment.policies import OPEN_SESSION
        from portal.enrolment.queries.blocks import refused_among
        from portal.enrolment.services import blocked
        from portal.enrolment.services.outcomes import BlockedError
        from portal.plugin_api import Veto

        try:
            if action != OPEN_SESSION:
                blocked.refuse(session, [subject.person_id], now())
            elif refused_among(session, [subject.person_id], now()):  # a page waits for nobody
                raise BlockedError
        except BlockedError:
            raise Veto(_l("This person cannot lead at the moment. Choose somebody else.")) from None


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """My courses; every register, for whoever may take them all; pairs kept apart; stopped places."""
    from portal.enrolment.policies import BLOCK, KEEP_APART, TAKE_REGISTER

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
    if actor.can(BLOCK):
        yield NavItem(
            _l("Stopped places"),
            "enrolment.stopped",
            order=75,
            area="staff",
            hint=_l("Who gets no places for a time, until when, and what they say about it"),
        )


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from portal.enrolment.samples import SAMPLES

    return SAMPLES


@hookimpl
def task_kinds() -> Sequence[TaskKind]:
    """Questions to who stayed away, another way for who waits in vain, decisions to look at again."""
    from portal.enrolment.services import block_tasks, check_ins, missed_first, waiting_help

    return [check_ins.KIND, waiting_help.KIND, missed_first.KIND, *block_tasks.KINDS]


@hookimpl
def course_actions(
    session: Session, course_id: int, runs: Sequence[RunBrief], actor: Actor
) -> Iterable[CourseAction]:
    """Take a place, join the list, see one's own, be told of dates."""
    from portal.enrolment import joining

    return joining.course_actions(session, course_id, runs, actor)


@hookimpl
def person_actions(session: Session, person_id: int, actor: Actor) -> Iterable[PersonAction]:
    """A break: the one that somebody takes, or writing one down for them."""
    from flask import url_for

    from portal.enrolment.policies import ARRANGE
    from portal.enrolment.queries.pauses import pause_at
    from portal.ui.filters import day

    if not actor.can(ARRANGE):
        return
    pause = pause_at(session, person_id, now())
    url = url_for("enrolment.break_for", person_id=person_id)
    if pause is None:
        yield PersonAction(_l("Write down a break for them"), url)
    else:
        text = _l("They are taking a break until %(day)s.", day=day(pause.last_day))
        yield PersonAction(_l("See their break, or end it"), url, text)


@hookimpl
def silence_costs(session: Session, person_id: int) -> Iterable[PersonAction]:
    """Sessions go on and offers end, unless they take a break from their courses too."""
    from portal.enrolment.silence import costs_of

    return costs_of(session, person_id, now())


@hookimpl
def settings() -> Sequence[Setting]:
    """Clocks and counts of the waiting list, the cap of a term, and how long what is for a time may last."""
    from portal.enrolment.services import rules, spans

    return (*rules.SETTINGS, *spans.SETTINGS)


@hookimpl
def jobs() -> Sequence[Job]:
    """What time does: lapse, hand on, remind, forget."""
    from portal.enrolment import jobs, missing, reminding

    return (*jobs.JOBS, *reminding.JOBS, *missing.JOBS)


@hookimpl
def event_handlers() -> Sequence[tuple[type[Event], Any]]:
    """Runs and sessions that changed, and whom that concerns; records that were one person's; who was signed
    out everywhere.
    """
    from portal.enrolment import following, jobs, missing, signing_out

    return (*jobs.HANDLERS, *following.HANDLERS, *missing.HANDLERS, *signing_out.HANDLERS)


@hookimpl
def consent_kinds() -> Sequence[ConsentKind]:
    """What people agreed to about places."""
    from portal.enrolment.consents import KINDS

    return KINDS


@hookimpl
def looks() -> Sequence[Look]:
    """Whoever leads read what somebody shared with them."""
    from portal.enrolment.queries.looks import LOOKS

    return LOOKS


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What each table keeps about people."""
    from portal.enrolment.privacy import SOURCES

    return SOURCES


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
