"""How concerns join the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Check,
    Job,
    Look,
    Manifest,
    NavItem,
    NoticeKind,
    Permission,
    PrivacySource,
    RouteSample,
    Setting,
    TaskKind,
    hookimpl,
)

if TYPE_CHECKING:
    from flask import Blueprint
    from sqlalchemy.orm import Session


@hookimpl
def manifest() -> Manifest:
    """The room's name and version."""
    return Manifest("concerns", _l("Concerns"), "1.0", required=True)


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables."""
    return ["portal.concerns.models"]


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """The question, the compartment, one's own emergency contact."""
    from portal.concerns.views import blueprint

    return [blueprint]


@hookimpl
def permissions() -> Sequence[Permission]:
    """Who is on duty; nobody else, and no administrator."""
    from portal.concerns.policies import ANSWER, DUTY, SEE

    return [
        Permission(SEE, _l("Read what people are worried about; each look is on record"), [DUTY]),
        Permission(ANSWER, _l("Look after a concern, hand it on, close it"), [DUTY]),
    ]


@hookimpl
def settings() -> Sequence[Setting]:
    """When nobody has answered for too long, and how long what is over is kept."""
    from portal.concerns.policies import FIRST, RECORD_DAYS, SECOND

    why = _l("Counted from when the concern was sent or handed on, at any hour of any day.")
    return [
        Setting(
            key=FIRST,
            default=15,
            label=_l("When nobody has taken a concern, also ask the coordinators after"),
            unit=_l("minutes"),
            help=why,
            least=1,
            most=24 * 60,
        ),
        Setting(
            key=SECOND,
            default=60,
            label=_l("When still nobody has, also ask the co-chairs after"),
            unit=_l("minutes"),
            help=why,
            least=1,
            most=7 * 24 * 60,
        ),
        Setting(
            key=RECORD_DAYS,
            default=730,
            label=_l("Keep closed concerns for"),
            unit=_l("days"),
            help=_l("After that, nothing is left of them but that there were some."),
            least=1,
        ),
    ]


@hookimpl
def notices() -> Sequence[NoticeKind]:
    """That something waits, by each way at once."""
    from portal.concerns.notices import kinds

    return kinds()


@hookimpl
def task_kinds() -> Sequence[TaskKind]:
    """The desk rings up whoever is on duty."""
    from portal.concerns.notices import task_kinds as kinds

    return kinds()


@hookimpl
def jobs() -> Sequence[Job]:
    """Escalating each minute; forgetting each day."""
    from portal.concerns.jobs import JOBS

    return JOBS


@hookimpl
def checks() -> Sequence[Check]:
    """Whether anybody is on duty."""
    from portal.concerns.jobs import CHECKS

    return CHECKS


@hookimpl
def looks() -> Sequence[Look]:
    """Whoever read what they told us themselves, or whom to call for them. Never what others told us."""
    from portal.concerns.queries import LOOKS

    return LOOKS


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the tables say about people."""
    from portal.concerns.privacy import SOURCES

    return SOURCES


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """The compartment, for the people on duty."""
    from portal.concerns.policies import SEE

    if actor.can(SEE):
        yield NavItem(
            _l("On duty"),
            "concerns.duty",
            order=5,
            area="staff",
            hint=_l("What people are worried about, and who looks after it"),
        )


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from portal.concerns.samples import SAMPLES

    return SAMPLES


@hookimpl
def demo_data(session: Session) -> None:
    """One invented concern that somebody looks after."""
    from portal.concerns.demo import seed_concerns

    seed_concerns(session)
