"""How peer facilitators join the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Card,
    DeskLine,
    Event,
    Job,
    Leading,
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
    from portal.facilitators.policies import COORDINATORS, FIND, MANAGE

    return [
        Permission(FIND, _l("Find people to lead sessions, and ask them"), COORDINATORS),
        Permission(MANAGE, _l("Keep the record of who may lead sessions"), COORDINATORS),
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

    return kinds()


@hookimpl
def task_kinds() -> Sequence[TaskKind]:
    """Raised hands."""
    from portal.facilitators.desk import HAND_KIND

    return [HAND_KIND]


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
def privacy_sources() -> Sequence[PrivacySource]:
    """What the tables say about people."""
    from portal.facilitators.privacy import SOURCES

    return SOURCES


@hookimpl
def veto(session: Session, action: str, actor: Actor, subject: object) -> None:  # noqa: ARG001
    """Nobody is given a session that they cannot lead, by whichever way."""
    if isinstance(subject, Leading):
        from portal.facilitators.services.matching import check

        check(session, subject)


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """Sessions at risk, and who leads."""
    from portal.facilitators.policies import FIND, MANAGE

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
    """What is on record about their leading."""
    from flask import url_for

    from portal.facilitators.policies import MANAGE

    if actor.can(MANAGE):
        url = url_for("facilitators.person", person_id=person_id)
        yield PersonAction(_l("Leading sessions"), url)


@hookimpl
def desk_lines(session: Session, actor: Actor) -> Iterable[DeskLine]:
    """Sessions at risk, and what somebody needs in order to lead."""
    from portal.facilitators import desk
    from portal.facilitators.policies import FIND, MANAGE

    if actor.can(FIND):
        yield from desk.at_risk(session, now())
    if actor.can(MANAGE):
        yield from desk.ends_soon(session, now())


@hookimpl
def demo_data(session: Session) -> None:
    """Peers and professionals of the demo college, and a session at risk."""
    from portal.accounts.api import demo_people
    from portal.facilitators.demo import seed_facilitators

    seed_facilitators(session, demo_people(session))


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from portal.facilitators.samples import SAMPLES

    return SAMPLES
