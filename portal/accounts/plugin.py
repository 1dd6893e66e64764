"""How accounts join the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Check,
    ConsentKind,
    Event,
    Job,
    LazyGroup,
    Look,
    Manifest,
    NavItem,
    NoticeKind,
    Permission,
    PrivacySource,
    RouteSample,
    Veto,
    hookimpl,
)

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session


@hookimpl
def manifest() -> Manifest:
    """The room's name and version."""
    return Manifest("accounts", _l("People and accounts"), "1", required=True)


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables."""
    return ["portal.accounts.models"]


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """Signing in, my details, people, how to reach them, roles."""
    from portal.accounts.views import blueprint

    return [blueprint]


@hookimpl
def permissions() -> Sequence[Permission]:
    """Who may give roles, and who looks after how people can be reached."""
    from portal.accounts.policies import (
        ADMINISTRATOR,
        CLOSE_LOGIN,
        EDIT_CONTACT,
        GRANT_ROLE,
        HELP_SIGN_IN,
        MERGE_PEOPLE,
    )

    return [
        Permission(GRANT_ROLE, _l("Give roles to people, and end them"), [ADMINISTRATOR]),
        Permission(
            EDIT_CONTACT,
            _l("See how a person can be reached, and change it as they agreed"),
            ["coordinator"],
        ),
        Permission(
            HELP_SIGN_IN,
            _l("Help people sign in again who have lost everything, together with a second person"),
            ["coordinator", ADMINISTRATOR],
        ),
        Permission(
            MERGE_PEOPLE,
            _l(
                "Make one of two records of the same person, with a second person where one signs in; "
                "they see how both can be reached"
            ),
            ["coordinator", ADMINISTRATOR],
        ),
        Permission(
            CLOSE_LOGIN,
            _l("Close a person’s way to sign in, with a reason that they can read"),
            [ADMINISTRATOR],
        ),
    ]


@hookimpl
def veto(session: Session, action: str, actor: Actor, subject: object) -> None:
    """Whoever holds a role over others is erased, or asked for on paper, by those alone who give out
    roles.
    """
    from portal.accounts.policies import may_act_for_holder
    from portal.accounts.queries import roles_of
    from portal.privacy.api import FOR_OTHERS

    if action not in FOR_OTHERS or not isinstance(subject, int):
        return
    if not may_act_for_holder(actor, roles_of(session, subject)):
        raise Veto(
            _l(
                "They hold a role in which one sees other people’s records. Only somebody who gives out "
                "roles can do this for them. They can do it themselves after signing in."
            )
        )


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """People and roles, how to reach people, helping them in, for those who look after it."""
    from portal.accounts.policies import EDIT_CONTACT, GRANT_ROLE, HELP_SIGN_IN, MERGE_PEOPLE

    if actor.can(EDIT_CONTACT):
        yield NavItem(
            _l("How to reach people"),
            "accounts.find_contact",
            order=65,
            area="staff",
            hint=_l("Numbers and addresses, what people agreed to, and their language"),
        )
    if actor.can(HELP_SIGN_IN):
        yield NavItem(
            _l("Helping people sign in"),
            "accounts.help_list",
            order=67,
            area="staff",
            hint=_l("For people who have lost everything they sign in with. It takes two of you"),
        )
    if actor.can(MERGE_PEOPLE):
        yield NavItem(
            _l("People who are here twice"),
            "accounts.merge_list",
            order=68,
            area="staff",
            hint=_l("Two records that become one. Where somebody signs in, it takes two of you"),
        )
    if actor.can(GRANT_ROLE):
        yield NavItem(
            _l("People and roles"),
            "accounts.people",
            order=70,
            area="staff",
            hint=_l("Who can do what, since when and until when"),
        )


@hookimpl
def commands() -> Sequence[click.Command]:
    """`portal people …`."""
    return [
        LazyGroup("people", "portal.accounts.cli:people_group", "People, their logins and roles.")
    ]


@hookimpl
def jobs() -> Sequence[Job]:
    """New addresses take over, closed accounts open when their time is over, merged records are swept."""
    from portal.accounts.jobs import JOBS

    return JOBS


@hookimpl
def event_handlers() -> Sequence[tuple[type[Event], Any]]:
    """Two records became one."""
    from portal.accounts.jobs import HANDLERS

    return HANDLERS


@hookimpl
def checks() -> Sequence[Check]:
    """Whether somebody can administer the college."""
    from portal.accounts.jobs import CHECKS

    return CHECKS


@hookimpl
def consent_kinds() -> Sequence[ConsentKind]:
    """What people agreed to about how they are reached."""
    from portal.accounts.consents import KINDS

    return KINDS


@hookimpl
def notices() -> Sequence[NoticeKind]:
    """That somebody is being helped in again."""
    from portal.accounts.notices import kinds

    return kinds()


@hookimpl
def looks() -> Sequence[Look]:
    """Whoever looked up how somebody can be reached."""
    return [Look("accounts:contact_route:read", _l("How we can reach you"))]


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What each table keeps about people."""
    from portal.accounts.privacy import SOURCES

    return SOURCES


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from portal.accounts.samples import SAMPLES

    return SAMPLES


@hookimpl
def demo_data(session: Session) -> None:
    """The people of the demo college."""
    from portal.accounts.demo import seed_people

    seed_people(session)
