"""How proposals join the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Card,
    ConsentKind,
    Contribution,
    CourseAction,
    Event,
    Job,
    LazyGroup,
    Manifest,
    MigrationBranch,
    NavItem,
    NoticeKind,
    Permission,
    PrivacySource,
    RouteSample,
    RunBrief,
    SearchResult,
    Setting,
    TaskKind,
    ThreadEntry,
    TranslationFolder,
    hookimpl,
)

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session

HERE = Path(__file__).parent


@hookimpl
def manifest() -> Manifest:
    """The plugin's name and version."""
    return Manifest("proposals", _l("Ideas for courses"), "1.0")


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables."""
    return ["plugins.proposals.models"]


@hookimpl
def migrations() -> Sequence[MigrationBranch]:
    """The tables' history."""
    return [MigrationBranch("proposals", HERE / "migrations")]


@hookimpl
def translations() -> Sequence[TranslationFolder]:
    """The words."""
    return [TranslationFolder(HERE / "translations")]


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """The pages."""
    from plugins.proposals.views import blueprint

    return [blueprint]


@hookimpl
def permissions() -> Sequence[Permission]:
    """Reviewing is for many; deciding for those whom the college gave that power."""
    from plugins.proposals.policies import DECIDE, LOOK_AFTER, REVIEW

    reviewers = ["contributor", "facilitator", "board_member", "co_chair"]
    return [
        Permission(REVIEW, _l("Look at ideas for courses and say what they see"), reviewers),
        Permission(DECIDE, _l("Decide about ideas for courses"), ["board_member", "co_chair"]),
        Permission(
            LOOK_AFTER,
            _l("Write ideas down with people, arrange support and conversations"),
            ["coordinator"],
        ),
    ]


@hookimpl
def settings() -> Sequence[Setting]:
    """Criteria, numbers and times."""
    from plugins.proposals import policies

    days = _l("days")
    return [
        Setting(
            policies.CRITERIA,
            default="",
            label=_l("Questions that reviewers answer"),
            help=_l(
                "Leave it empty for the portal’s five, or write your own with a semicolon between."
            ),
        ),
        Setting(
            policies.REVIEWS,
            default=2,
            label=_l("Reviews of each side before a decision"),
            help=_l("People who have been there and students; people of the field or the subject."),
            unit=_l("reviews"),
            least=1,
            most=20,
        ),
        Setting(
            policies.COMMENT_DAYS,
            default=14,
            label=_l("An idea is open for comments for"),
            help=_l("Those who make it can always take more time."),
            unit=days,
            least=1,
            most=365,
        ),
        Setting(
            policies.SILENCE_DAYS,
            default=28,
            label=_l("Wait for everybody’s yes to joining two ideas for"),
            help=_l("After that they are linked and stay two."),
            unit=days,
            least=1,
            most=365,
        ),
        Setting(
            policies.STEWARD_DAYS,
            default=28,
            label=_l("Look for somebody to go on with an idea for"),
            help=_l("After that it rests. Nothing is deleted."),
            unit=days,
            least=1,
            most=365,
        ),
    ]


@hookimpl
def event_types() -> Sequence[type[Event]]:
    """What others may listen to."""
    from plugins.proposals.events import ProposalAdopted, ProposalMoved

    return [ProposalMoved, ProposalAdopted]


@hookimpl
def jobs() -> Sequence[Job]:
    """What time does: each day; the week's letter."""
    from plugins.proposals.jobs import JOBS

    return JOBS


@hookimpl
def commands() -> Sequence[click.Command]:
    """Ideas from a spreadsheet."""
    return [LazyGroup("ideas", "plugins.proposals.cli:ideas", help=_HELP)]


_HELP = "Ideas for courses."


@hookimpl
def notices() -> Sequence[NoticeKind]:
    """What people are told."""
    from plugins.proposals.notices import kinds

    return kinds()


@hookimpl
def task_kinds() -> Sequence[TaskKind]:
    """What the desk arranges."""
    from plugins.proposals.notices import task_kinds as kinds

    return kinds()


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the tables say about people."""
    from plugins.proposals.privacy import SOURCES

    return SOURCES


@hookimpl
def consent_kinds() -> Sequence[ConsentKind]:
    """Taking part."""
    from plugins.proposals.privacy import CONSENTS

    return CONSENTS


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """Ideas for everybody; what is to be reviewed, decided or written down for those who do that."""
    from plugins.proposals.policies import LOOK_AFTER, REVIEW

    yield NavItem(_l("Ideas"), "proposals.index", order=40)
    if actor.can(REVIEW):
        yield NavItem(
            _l("Ideas to look at"),
            "proposals.to_review",
            order=30,
            area="staff",
            hint=_l("What waits for reviewers and for a decision"),
        )
    if actor.can(LOOK_AFTER):
        yield NavItem(
            _l("Write an idea down with somebody"),
            "proposals.find_author",
            order=31,
            area="staff",
            hint=_l("On the phone or in person"),
        )


@hookimpl
def dashboard_cards(session: Session, actor: Actor) -> Iterable[Card]:
    """The ideas that somebody takes part in, and what waits for them there."""
    from plugins.proposals.queries.mine import card_of

    if actor.person_id is not None:
        yield from card_of(session, actor.person_id)


@hookimpl
def course_thread(session: Session, course_id: int, actor: Actor) -> Iterable[ThreadEntry]:
    """How the course was designed and decided."""
    from plugins.proposals.queries.threads import thread_of_course

    return thread_of_course(session, course_id, actor)


@hookimpl
def course_actions(
    session: Session, course_id: int, runs: Sequence[RunBrief], actor: Actor
) -> Iterable[CourseAction]:
    """The way to the people who make a course that has no dates yet."""
    from plugins.proposals.queries.threads import action_of_course

    return [] if runs else action_of_course(session, course_id, actor)


@hookimpl
def contributions(session: Session, person_id: int) -> Iterable[Contribution]:
    """What somebody designed with others."""
    from plugins.proposals.queries.mine import given_by

    return given_by(session, person_id)


@hookimpl
def search(session: Session, query: str, actor: Actor) -> Iterable[SearchResult]:
    """Ideas that match."""
    from plugins.proposals.queries.lists import found_by_search

    return found_by_search(session, query, actor)


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from plugins.proposals.samples import SAMPLES

    return SAMPLES


@hookimpl
def demo_data(session: Session) -> None:
    """Invented ideas at every stage."""
    from plugins.proposals.demo import seed_ideas

    seed_ideas(session)
