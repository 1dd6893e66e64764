"""How the courses room joins the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Card,
    Commitment,
    Contribution,
    DeskLine,
    Job,
    LazyGroup,
    Manifest,
    NavItem,
    Permission,
    PrivacySource,
    RouteSample,
    SearchResult,
    ThreadEntry,
    hookimpl,
    now,
)

if TYPE_CHECKING:
    from datetime import datetime

    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session

AT_RISK_SOON = timedelta(weeks=3)
MOST_AT_RISK = 20
PLANNERS = ("coordinator", "administrator")


@hookimpl
def manifest() -> Manifest:
    """The room's name and version."""
    return Manifest(name="courses", title=_l("Courses"), version="1.0", required=True)


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables, and what search and the rule against clashes need beside them."""
    return [
        "portal.courses.models",
        "portal.courses.ddl",
        "portal.courses.clash_ddl",
    ]


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """The public pages, the feeds and the staff pages."""
    from portal.courses.views import (  # noqa: F401 - each adds its pages to its blueprint
        catalogue,
        dates,
        feeds,
        manage,
        manage_courses,
        manage_history,
        manage_materials,
        manage_places,
        manage_runs,
        manage_sessions,
    )

    return [catalogue.blueprint, manage.blueprint]


@hookimpl
def permissions() -> Sequence[Permission]:
    """What the staff pages ask for."""
    return [
        Permission("courses:course:edit", _l("Write and change courses"), PLANNERS),
        Permission("courses:run:plan", _l("Plan, change, publish and cancel runs"), PLANNERS),
        Permission("courses:venue:edit", _l("Keep the lists of venues and terms"), PLANNERS),
        Permission(
            "courses:history:see",
            _l("See who changed a course, and why"),
            (*PLANNERS, "board_member", "co_chair"),
        ),
    ]


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the tables say about people."""
    from portal.courses.privacy import SOURCES

    return SOURCES


@hookimpl
def jobs() -> Sequence[Job]:
    """Runs that begin and finish, and keys of forms to forget."""
    from portal.courses.jobs import JOBS

    return JOBS


@hookimpl
def demo_data(session: Session) -> None:
    """The demo college's catalogue, terms, venues, runs and leaders."""
    from flask import current_app

    from portal.accounts.api import demo_people
    from portal.courses.demo import seed_courses

    zone = current_app.settings.timezone  # type: ignore[attr-defined]  # the app is a Portal
    seed_courses(session, demo_people(session), zone=zone)


@hookimpl
def commands() -> Sequence[click.Command]:
    """`portal import`."""
    return [
        LazyGroup("import", "portal.courses.cli:import_group", "Bring in what is kept elsewhere.")
    ]


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """Links for everybody, and for those who plan."""
    yield NavItem(_l("Courses"), "courses.index", order=20)
    yield NavItem(_l("Calendar"), "courses.calendar", order=30)
    if actor.can("courses:course:edit"):
        yield NavItem(
            _l("Plan courses"),
            "courses_manage.index",
            order=60,
            area="staff",
            hint=_l("Courses, dates, places and who leads; what is at risk"),
        )


@hookimpl
def dashboard_cards(session: Session, actor: Actor) -> Iterable[Card]:
    """What waits for those who plan. For what somebody leads there is `api.leading_card`."""
    if actor.can("courses:run:plan"):
        from portal.courses.queries.mine import waiting

        yield Card("courses/card_planning.html", {"waiting": waiting(session, now())}, order=60)


@hookimpl
def example_cards(actor: Actor) -> Iterable[Card]:
    """Whoever plans sees what waits."""
    if actor.can("courses:run:plan"):
        from portal.courses.queries.mine import Waiting

        yield Card("courses/card_planning.html", {"waiting": Waiting(2, 1)}, order=60)


@hookimpl
def desk_lines(session: Session, actor: Actor) -> Iterable[DeskLine]:
    """Sessions of the next weeks that have no room."""
    from flask import url_for

    from portal.courses.queries import manage

    if not actor.can("courses:run:plan"):
        return
    at = now()
    for one in manage.sessions(session, at, only_without_room=True, limit=MOST_AT_RISK):
        if one.starts_at < at + AT_RISK_SOON:
            yield DeskLine(
                group=_l("Sessions at risk"),
                title=_l(
                    "%(course)s, session %(number)d", course=one.course_title, number=one.number
                ),
                next_step=_l("Find a room for it"),
                url=url_for("courses_manage.session", session_id=one.id),
                due=one.day,
            )


@hookimpl
def contributions(session: Session, person_id: int) -> Iterable[Contribution]:
    """The sessions that somebody led."""
    from portal.courses.queries import mine

    for one in mine.has_led(session, person_id, now()):
        yield Contribution(one.day, _l("Led a session"), one.title, one.minutes)


@hookimpl
def commitments(
    session: Session, person_id: int, start: datetime, end: datetime
) -> Iterable[Commitment]:
    """When somebody leads a session."""
    from portal.courses.queries import mine

    for one in mine.leads_between(session, person_id, start, end):
        yield Commitment(one.starts_at, one.ends_at, one.title)


@hookimpl
def course_thread(session: Session, course_id: int) -> Iterable[ThreadEntry]:
    """The terms in which the course ran."""
    from portal.courses.queries import mine

    for start, term in mine.terms_run(session, course_id):
        yield ThreadEntry(start, "run", _l("It ran in the %(term)s", term=term))


@hookimpl
def search(session: Session, query: str) -> Iterable[SearchResult]:
    """Public courses that match, misspelt or not."""
    from portal.courses.api import search_courses

    for card in search_courses(session, query):
        yield SearchResult(card.title, card.url, _l("Courses"), card.summary)


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How to call the public pages and the staff pages."""
    from portal.courses.samples import all_samples

    return all_samples()
