"""How peer facilitators join the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Card,
    Commitment,
    Contribution,
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
    return Manifest("facilitators", _l("Leading sessions"), "1.0", required=True)


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables."""
    return ["portal.facilitators.models"]


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """One's own pages, and the coordinators'."""
    from portal.facilitators.views import blueprint

    return [blueprint]


@hookimpl
def permissions() -> Sequence[Permission]:
    """Who finds leaders, and who keeps the record of who may lead."""
    from portal.facilitators.policies import COORDINATORS, FIND, MANAGE, SUPPORT, SUPPORTERS

    return [
        Permission(FIND, _l("Find people to lead sessions, and ask them"), COORDINATORS),
        Permission(MANAGE, _l("Keep the record of who may lead sessions"), COORDINATORS),
        Permission(
            SUPPORT,
            _l("Read what somebody who leads needs, if they chose you; each look is on record"),
            SUPPORTERS,
        ),
    ]


@hookimpl
def settings() -> Sequence[Setting]:
    """What the college asks of whoever leads, and how long it waits."""
    from portal.facilitators.settings import SETTINGS

    return SETTINGS


@hookimpl
def notices() -> Sequence[NoticeKind]:
    """Questions, thanks, changes, and what coordinators must hear."""
    from portal.facilitators.notices import kinds
    from portal.facilitators.notices import pathway as pathway_notices

    return [*kinds(), *pathway_notices.KINDS]


@hookimpl
def task_kinds() -> Sequence[TaskKind]:
    """Raised hands; who is interested, who would like a time, who asks for a reference."""
    from portal.facilitators.desk import HAND_KIND
    from portal.facilitators.desk.pathway import TASKS

    return [HAND_KIND, *TASKS]


@hookimpl
def jobs() -> Sequence[Job]:
    """Reminding, warning, forgetting."""
    from portal.facilitators.jobs import JOBS

    return JOBS


@hookimpl
def event_handlers() -> Sequence[tuple[type[Event], Any]]:
    """Sessions that lose their pair, move, or are cancelled."""
    from portal.facilitators.following import HANDLERS

    return HANDLERS


@hookimpl
def looks() -> Sequence[Look]:
    """The supporter whom somebody named read what they need."""
    return [Look("facilitators:adjustment:read", _l("What you need so that you can lead"))]


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the tables say about people."""
    from portal.facilitators.privacy import SOURCES

    return SOURCES


@hookimpl
def veto(session: Session, action: str, actor: Actor, subject: object) -> None:  # noqa: ARG001
    """Nobody is given a session that they cannot lead, by whichever way; who has left opens none any more."""
    if not isinstance(subject, Leading):
        return
    from portal.enrolment.api import OPEN_SESSION
    from portal.facilitators.services.people import refuse_who_left

    if action == OPEN_SESSION:
        refuse_who_left(session, subject.person_id)
    else:
        from portal.facilitators.services.matching import check

        check(session, subject)


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """Taking part, for visitors (others find it on their page); for staff who leads and who is on the way."""
    from portal.facilitators.policies import FIND, MANAGE, SUPPORT

    if not actor.is_signed_in:
        yield NavItem(_l("Take part"), "facilitators.opportunities", order=40)
    if actor.can(FIND):
        yield NavItem(
            _l("Who leads"),
            "facilitators.at_risk",
            order=62,
            area="staff",
            hint=_l("Sessions that lack a pair, and who could lead them"),
        )
    if actor.can(MANAGE):
        yield NavItem(
            _l("Facilitators"),
            "facilitators.people",
            order=63,
            area="staff",
            hint=_l("Who leads or wants to, and what is on record"),
        )
        yield NavItem(
            _l("On the way to leading"),
            "facilitators.ways",
            order=64,
            area="staff",
            hint=_l("Steps, opportunities, times for support, references"),
        )
    if actor.can(SUPPORT):
        yield NavItem(
            _l("People you support"),
            "facilitators.supporting",
            order=65,
            area="staff",
            hint=_l("What they need, in their own words, for you alone"),
        )


@hookimpl
def dashboard_cards(session: Session, actor: Actor) -> Iterable[Card]:
    """Questions that wait for somebody's answer."""
    from portal.facilitators.queries.mine import open_questions

    if actor.person_id is not None:
        many = open_questions(session, actor.person_id, now())
        if many is not None:
            yield Card("facilitators/card.html", {"many": many}, order=4 if many else 21)


@hookimpl
def person_actions(session: Session, person_id: int, actor: Actor) -> Iterable[PersonAction]:  # noqa: ARG001
    """What is on record about their leading, and their way to it."""
    from flask import url_for

    from portal.facilitators.policies import MANAGE

    if actor.can(MANAGE):
        url = url_for("facilitators.person", person_id=person_id)
        yield PersonAction(_l("Leading sessions, and the way to it"), url)


@hookimpl
def desk_lines(session: Session, actor: Actor) -> Iterable[DeskLine]:
    """Sessions at risk, what somebody needs in order to lead, and whose support is due."""
    from portal.facilitators import desk
    from portal.facilitators.desk import pathway as pathway_desk
    from portal.facilitators.policies import FIND, MANAGE

    if actor.can(FIND):
        yield from desk.at_risk(session, now())
        yield from desk.taken_up(session, now())
    if actor.can(MANAGE):
        yield from desk.ends_soon(session, now())
        yield from pathway_desk.support_due(session, now())


@hookimpl
def contributions(session: Session, person_id: int) -> Iterable[Contribution]:
    """Preparing sessions and looking back at them, and sessions that somebody came along to."""
    from portal.facilitators.gifts import gifts

    yield from gifts(session, person_id)


@hookimpl
def commitments(
    session: Session, person_id: int, start: datetime, end: datetime
) -> Iterable[Commitment]:
    """Times for support, one's own and those for others."""
    from portal.facilitators.queries.support import planned_slots
    from portal.facilitators.words.pathway import SUPPORT

    for slot in planned_slots(session, person_id, start, end):
        until = slot.starts_at + timedelta(minutes=slot.minutes)
        yield Commitment(slot.starts_at, until, SUPPORT[slot.kind])


@hookimpl
def demo_data(session: Session) -> None:
    """Peers and professionals of the demo college, a session at risk, the board and the way of some."""
    from portal.accounts.api import demo_people
    from portal.facilitators.demo import seed_facilitators
    from portal.facilitators.demo.pathway import seed_pathway

    seed_facilitators(session, demo_people(session))
    seed_pathway(session, demo_people(session))


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from portal.facilitators.samples import SAMPLES

    return SAMPLES
