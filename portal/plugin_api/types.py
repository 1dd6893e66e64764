"""The values that pass between the host and a plugin: plain, frozen, without behaviour of their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

from sqlalchemy.orm import Session

CONTRACT_VERSION = 1
COLLEGE = "college"  # the scope of a grant that holds everywhere


class Words(Protocol):
    """A string, or a lazy translation of one."""

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: a signed-in person with the rights they hold at this moment, or nobody.

    `permissions` maps a permission's key to the scopes it is held in: `college`, or `course:12`.
    `proved_at` is when they last showed that it is them, by a password, a code or a passkey.
    """

    person_id: int | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    permissions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    proved_at: datetime | None = None

    @property
    def is_signed_in(self) -> bool:
        """True for a person, false for an anonymous visitor."""
        return self.person_id is not None

    def can(self, permission: str, scope: str = COLLEGE) -> bool:
        """True when the permission is held in this scope or in the whole college."""
        scopes = self.permissions.get(permission)
        return scopes is not None and (scope in scopes or COLLEGE in scopes)

    def can_anywhere(self, permission: str) -> bool:
        """True when the permission is held in at least one scope."""
        return bool(self.permissions.get(permission))


ANONYMOUS = Actor()
SYSTEM = Actor(name="system")  # jobs and boot: acts for nobody, holds no permission


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who a plugin is. `required` makes a failed boot fatal in production too."""

    name: str  # lower-case letters, digits and underscores: the prefix of all it owns
    title: Words
    version: str
    contract: int = CONTRACT_VERSION
    required: bool = False


@dataclass(frozen=True, slots=True)
class Permission:
    """Something a role may allow. The key is `plugin:thing:verb`."""

    key: str
    label: Words
    default_roles: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that people may change at run time; its type is that of the default."""

    key: str
    default: bool | int | str
    label: Words
    help: Words
    unit: Words = ""
    changed_by: str = "portal:settings:change"  # a permission's key
    choices: tuple[str, ...] = ()
    least: int = 0  # for a number: the smallest and the largest that can be worked with
    most: int = 999_999_999


@dataclass(frozen=True, slots=True)
class Job:
    """Work repeated by the worker. At most one runs at a time under one lock key."""

    name: str
    every: timedelta  # one minute or longer
    run: Callable[[Session], None]
    lock: str = ""  # default: the job's own name
    timeout: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link in the main navigation: data, never HTML.

    With `area="staff"` it stands on the page "Run the college" instead, with its `hint`, so that the
    navigation stays short for those who do much.
    """

    label: Words
    endpoint: str
    order: int = 100
    values: Mapping[str, Any] = field(default_factory=dict)
    area: Literal["main", "staff"] = "main"
    hint: Words = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A card on "My page", rendered from `template` with `context` inside the guard.

    The template begins with an `<h2>`; the page draws the card around it.
    """

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    order: int = 100


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """Something that happened in a course's life."""

    at: datetime
    stage: Literal["designed", "decided", "run", "heard", "changed"]
    summary: Words
    url: str = ""


@dataclass(frozen=True, slots=True)
class RunBrief:
    """A run of a course, as its page tells others of it. `takes_people`: it is open, and not over."""

    id: int
    takes_people: bool
    full: bool
    drop_in: bool


@dataclass(frozen=True, slots=True)
class CourseAction:
    """What somebody can do about a run, or about the course itself (`run_id` None): a link, never HTML.

    `text` stands before it, in one or two sentences.
    """

    label: Words
    url: str
    run_id: int | None = None
    text: Words = ""


@dataclass(frozen=True, slots=True)
class PersonAction:
    """What somebody who looks after people can do about one of them: a link, never HTML.

    `text` stands before it, in one or two sentences.
    """

    label: Words
    url: str
    text: Words = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """Something a person gave. `minutes` is None where time is not counted."""

    on: date
    kind: Words
    title: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A record that the actor may see and that matches what they typed."""

    title: str
    url: str
    kind: Words
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A time when somebody is already busy; UTC, half-open [start, end)."""

    start: datetime
    end: datetime
    title: Words


@dataclass(frozen=True, slots=True)
class Leading:
    """Somebody is to lead a session: the subject of the action `courses:session:lead`."""

    person_id: int
    session_id: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure for the power and quality pages, always with what it is out of."""

    key: str
    label: Words
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a health check found. `message` says what to do when it is not ok."""

    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class Check:
    """A health check, shown to administrators and printed by `portal doctor`."""

    name: str
    run: Callable[[Session], CheckResult]


@dataclass(frozen=True, slots=True)
class MigrationBranch:
    """A folder of Alembic revisions; `name` is the branch label."""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class TranslationFolder:
    """A folder of gettext catalogues, with the domain its files are named after."""

    folder: Path
    domain: str = "messages"


@dataclass(frozen=True, slots=True)
class RouteSample:
    """For the access matrix in tests: how to call one route with success.

    `arrange(session)` creates what the route needs and returns the values for its address; `payload` is a
    valid form, or makes one from these values. `roles` may call it; `()` with `public=True` means everybody.
    A page of one's own has `arrange_own(session, person_id)` instead, which makes something of that
    person's: it opens for them alone, whatever the roles of others.
    """

    endpoint: str
    method: str
    arrange: Callable[[Session], Mapping[str, Any]] = field(default=lambda _session: {})
    payload: Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(
        default_factory=dict
    )
    roles: Collection[str] = ()
    public: bool = False
    arrange_own: Callable[[Session, int], Mapping[str, Any]] | None = None


class Veto(Exception):  # noqa: N818 - the contract's own word for "no"
    """Raised by `veto` to stop an action. `reason` is shown to the person who asked."""

    def __init__(self, reason: Words) -> None:
        super().__init__(str(reason))
        self.reason = reason
