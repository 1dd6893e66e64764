"""Who may do what to accounts, how long a session lives, and what a set of roles adds up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.plugin_api import COLLEGE, Actor

MANAGE_PEOPLE = "accounts:person:manage"
SEE_PEOPLE = "accounts:person:see"
GRANT_ROLE = "accounts:role:grant"
EDIT_CONTACT = "accounts:contact:edit"
HELP_SIGN_IN = "accounts:sign_in:help"
CLOSE_LOGIN = "accounts:login:close"
MERGE_PEOPLE = "accounts:person:merge"

# Everybody who signs in is a student: one kind of account, the same words for everyone.
EVERYBODY = "student"
ADMINISTRATOR = "administrator"
NOBODY_ID = 0  # no record has this number
ROLES: tuple[str, ...] = (
    EVERYBODY,
    "contributor",
    "facilitator",
    "coach",
    "coordinator",
    "treasurer",
    "board_member",
    "co_chair",
    "data_guardian",
    "duty_contact",
    ADMINISTRATOR,
)
GRANTABLE: tuple[str, ...] = ROLES[1:]
# Whoever sees other people's records is signed out sooner.
PRIVILEGED = frozenset(
    {
        "coach",
        "coordinator",
        "treasurer",
        "co_chair",
        "data_guardian",
        "duty_contact",
        ADMINISTRATOR,
    }
)


def needs_second_step(roles: Iterable[str]) -> bool:
    """True for whoever sees other people's records: a password that was given away is not to be enough."""
    return not PRIVILEGED.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lives: without a sign of life, and in all."""

    idle: timedelta
    absolute: timedelta


ORDINARY = SessionLimits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
STRICT = SessionLimits(idle=timedelta(minutes=15), absolute=timedelta(hours=8))


def limits_for(roles: Iterable[str]) -> SessionLimits:
    """The limits for somebody who holds these roles in any scope."""
    return ORDINARY if PRIVILEGED.isdisjoint(roles) else STRICT


def is_over(
    limits: SessionLimits, *, created_at: datetime, seen_at: datetime, at: datetime
) -> bool:
    """True when a session has reached one of its limits."""
    return at - seen_at >= limits.idle or at - created_at >= limits.absolute


def permissions_of(
    grants: Iterable[tuple[str, str]], bundles: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """What (role, scope) pairs add up to: permission → scopes it is held in.

    Being a student is added for everybody.
    """
    held: dict[str, frozenset[str]] = dict.fromkeys(
        bundles.get(EVERYBODY, ()), frozenset((COLLEGE,))
    )
    for role, scope in grants:
        here = frozenset((scope,))
        for permission in bundles.get(role, ()):
            held[permission] = held.get(permission, frozenset()) | here
    return held


def example_of(role: str, bundles: Mapping[str, frozenset[str]], name: str) -> Actor:
    """Somebody who does not exist and holds this role in the whole college."""
    return Actor(
        person_id=NOBODY_ID,
        name=name,
        roles=frozenset({EVERYBODY, role}),
        permissions=permissions_of([(role, COLLEGE)], bundles),
    )


def may_grant(actor: Actor, person_id: int) -> bool:
    """Roles are given by somebody else: nobody adds to, or takes from, their own power."""
    return actor.can(GRANT_ROLE) and actor.person_id != person_id


def may_close(actor: Actor, person_id: int) -> bool:
    """Nobody locks themselves out, and nobody opens their own door."""
    return actor.can(CLOSE_LOGIN) and actor.person_id != person_id


def may_merge(actor: Actor, kept_id: int, gone_id: int, *, their_roles: Iterable[str] = ()) -> bool:
    """Nobody joins their own record to another. Roles go along, so where there is one over others, whoever
    asks for it or does it must be somebody who gives out roles.
    """
    if not actor.can(MERGE_PEOPLE) or actor.person_id in {kept_id, gone_id}:
        return False
    return actor.can(GRANT_ROLE) or not needs_second_step(their_roles)


def may_finish_merge(
    actor: Actor,
    kept_id: int,
    gone_id: int,
    *,
    begun_by_id: int,
    their_roles: Iterable[str] = (),
) -> bool:
    """A second person, for whom the same holds."""
    if actor.person_id == begun_by_id:
        return False
    return may_merge(actor, kept_id, gone_id, their_roles=their_roles)


def may_begin_help(actor: Actor, person_id: int) -> bool:
    """Nobody helps themselves."""
    return actor.can(HELP_SIGN_IN) and actor.person_id != person_id


def may_confirm_help(
    actor: Actor, *, begun_by_id: int, person_id: int, their_roles: Iterable[str]
) -> bool:
    """A second person; one who gives out roles, where the account holds a role over others."""
    if not actor.can(HELP_SIGN_IN) or actor.person_id in {begun_by_id, person_id}:
        return False
    return actor.can(GRANT_ROLE) or not needs_second_step(their_roles)
