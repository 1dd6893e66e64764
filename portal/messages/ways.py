"""What the room must be told by others: where people can be reached, and who does what no machine can.

`accounts` registers the address book, `desk` the hands, at boot. Plain values and protocols, no records.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy.orm import Session

from portal.plugin_api.types import Words

RouteKind = Literal["email", "mobile", "landline", "letter", "through_person"]

# may_send(session, person_id, address, purpose): asked again at the moment of sending.
MaySend = Callable[[Session, int, str, str], bool]


@dataclass(frozen=True, slots=True)
class Route:
    """A way to reach somebody that they agreed to. `shared` when somebody else has the same number."""

    kind: RouteKind
    value: str
    safe_to_leave_message: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """A person as a message needs to know them. `language` is empty for the college's own.

    `routes` are those they agreed to, the one they prefer first. `paused`: they want to hear nothing that can
    wait.
    """

    name: str
    language: str
    routes: tuple[Route, ...]
    paused: bool = False


# reach(session, person_id): None when there is nobody (any more) to be told.
FindReach = Callable[[Session, int], Reach | None]


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Both questions that are asked at the moment of sending."""

    may_send: MaySend
    reach: FindReach


@dataclass(frozen=True, slots=True)
class ByHand:
    """A notice that a person has to bring. `why` is "no_route", "not_safe", "no_short_words", "refused"."""

    uid: str
    person_id: int
    purpose: str
    title: Words
    why: str
    expires_at: datetime | None


class Hands(Protocol):
    """People who ring up and write letters. Called in the transaction that notes it."""

    def take(self, session: Session, notice: ByHand) -> None:
        """Make a task of it, with a date. Called once for each notice."""

    def drop(self, session: Session, uid: str) -> None:
        """The notice is not to be told any more: close its task, if it is open."""


class NoHands:
    """Until a desk is registered, what is to be told by hand waits in the outbox."""

    def take(self, session: Session, notice: ByHand) -> None:
        """Nothing: the message itself keeps the state."""

    def drop(self, session: Session, uid: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Ways:
    """All that deciding about one message needs. `speak(language)` is a block in that language; "" is the
    college's own.
    """

    book: AddressBook
    hands: Hands
    texts: bool  # whether text messages can be sent
    zone: str
    speak: Callable[[str], AbstractContextManager[None]]
