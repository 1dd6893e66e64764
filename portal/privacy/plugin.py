"""How the room joins the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Check,
    DeskLine,
    Job,
    LazyGroup,
    Manifest,
    NavItem,
    NoticeKind,
    Permission,
    PersonAction,
    PrivacySource,
    RouteSample,
    hookimpl,
)

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session


@hookimpl
def manifest() -> Manifest:
    """The room's name and version."""
    return Manifest("privacy", _l("Your data"), "1.0", required=True)


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """What we keep, your data, and the data guardian's pages."""
    from portal.privacy.views import blueprint

    return [blueprint]


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables."""
    return ["portal.privacy.models"]


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the tables say about people."""
    from portal.privacy.privacy import SOURCES

    return SOURCES


@hookimpl
def permissions() -> Sequence[Permission]:
    """Who looks through a record before it is given out, and who acts for somebody who asked."""
    from portal.privacy.policies import ACT, CONFIRM, REVIEW

    return [
        Permission(
            REVIEW,
            _l("Read what is held about somebody who asked for it, before it is given out to them"),
            ["data_guardian"],
        ),
        Permission(
            ACT,
            _l(
                "Write down that somebody asks for their data, or wants it erased, because they asked"
            ),
            ["coordinator"],
        ),
        Permission(
            CONFIRM,
            _l("Confirm, as the second person, that somebody is erased who asked for it"),
            ["coordinator", "administrator"],
        ),
    ]


@hookimpl
def notices() -> Sequence[NoticeKind]:
    """A question, an answer."""
    from portal.privacy.notices import KINDS

    return KINDS


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """Requests, for whoever looks through them, or confirms them."""
    from portal.privacy.policies import CONFIRM, REVIEW

    if actor.can(CONFIRM):
        yield NavItem(
            _l("People who want to be erased"),
            "privacy.erasures",
            order=61,
            area="staff",
            hint=_l("What waits for a second person, and from when it can be confirmed"),
        )
    if actor.can(REVIEW):
        yield NavItem(
            _l("Requests for a whole record"),
            "privacy.records",
            order=60,
            area="staff",
            hint=_l("Who asked for everything we hold about them, and by when we answer"),
        )


@hookimpl
def person_actions(session: Session, person_id: int, actor: Actor) -> Iterable[PersonAction]:  # noqa: ARG001 - the contract's signature
    """Asking for their data, or having it erased, for somebody who uses no screen."""
    from flask import url_for

    from portal.privacy.policies import may_act_for

    if may_act_for(actor, person_id):
        url = url_for("privacy.ask_for", person_id=person_id)
        yield PersonAction(_l("They ask for their data, or want it erased"), url)


@hookimpl
def desk_lines(session: Session, actor: Actor) -> Iterable[DeskLine]:
    """Requests whose clock runs, for whoever looks through them."""
    from portal.privacy.desk import desk_lines as lines

    return lines(session, actor)


@hookimpl
def event_handlers() -> Sequence[tuple[type[Any], Any]]:
    """An erasure is noted beside the database."""
    from portal.privacy.jobs import HANDLERS

    return HANDLERS


@hookimpl
def jobs() -> Sequence[Job]:
    """What came back is erased again."""
    from portal.privacy.jobs import JOBS

    return JOBS


@hookimpl
def checks() -> Sequence[Check]:
    """Whether erasures outlast a restored backup."""
    from portal.privacy.jobs import CHECKS

    return CHECKS


@hookimpl
def commands() -> Sequence[click.Command]:
    """`portal privacy …`."""
    what = "What is kept about people: erase, erase again after a restored backup."
    return [LazyGroup("privacy", "portal.privacy.cli:privacy", what)]


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from portal.privacy.samples import SAMPLES

    return SAMPLES
