"""How the desk joins the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Job,
    Look,
    Manifest,
    NavItem,
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
    return Manifest("desk", _l("The desk"), "1.0", required=True)


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables."""
    return ["portal.desk.models"]


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """What needs a person, one task, its letter."""
    from portal.desk.views import blueprint

    return [blueprint]


@hookimpl
def permissions() -> Sequence[Permission]:
    """Who works at the desk."""
    from portal.desk.policies import OPEN, SEE

    label = _l("See what needs a person today, ring or write to people, and note what came of it")
    return [
        Permission(SEE, label, ["coordinator"]),
        Permission(
            OPEN,
            _l("Open the desk, and see what is theirs on it"),
            ["coordinator", "data_guardian"],
        ),
    ]


@hookimpl
def task_kinds() -> Sequence[TaskKind]:
    """Calls and letters; and what somebody at the desk wrote down to be done."""
    from portal.desk.kinds import KINDS

    return KINDS


@hookimpl
def settings() -> Sequence[Setting]:
    """How soon, and how long what was done is kept."""
    return [
        Setting(
            key="desk:contact_days",
            default=1,
            label=_l("Ring or write to people within"),
            unit=_l("working days"),
            help=_l("0 means: on the same day."),
        ),
        Setting(
            key="desk:record_days",
            default=365,
            label=_l("Keep what was done at the desk for"),
            unit=_l("days"),
            help=_l("After that, nothing is left of it."),
        ),
    ]


@hookimpl
def jobs() -> Sequence[Job]:
    """Old tasks are forgotten; what is not needed any more closes."""
    from portal.desk.jobs import JOBS

    return JOBS


@hookimpl
def looks() -> Sequence[Look]:
    """Whoever looked up how to reach somebody, to call or to write to them."""
    return [Look("desk:task:read", _l("How we can reach you, for a call or a letter"))]


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the tables say about people."""
    from portal.desk.privacy import SOURCES

    return SOURCES


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """The desk, for whoever works at it."""
    from portal.desk.policies import OPEN

    if actor.can(OPEN):
        yield NavItem(
            _l("The desk"),
            "desk.index",
            order=50,
            area="staff",
            hint=_l("What needs a person today: calls, letters, and what cannot wait"),
        )


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from portal.desk.samples import SAMPLES

    return SAMPLES


@hookimpl
def demo_data(session: Session) -> None:
    """A few things to do."""
    from portal.desk.demo import seed_desk

    seed_desk(session)
