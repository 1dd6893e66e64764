"""How a room asks all plugins at once.

The host stands in `session.info`, so a service needs neither Flask nor the host to ask. A session
without a host (a bare script) is a portal without plugins: nothing answers, nothing vetoes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar, cast

from sqlalchemy.orm import Session

from portal.plugin_api.types import (
    Actor,
    Commitment,
    Contribution,
    Indicator,
    SearchResult,
    ThreadEntry,
)

HOST = "plugin_host"  # key in session.info
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """What the plugins answered, and the names of those whose part is missing."""

    items: tuple[T, ...] = ()
    missing: tuple[str, ...] = ()


class Dispatcher(Protocol):
    """What the host offers to a session."""

    def gather(self, hook: str, session: Session, **arguments: Any) -> Answers[Any]:
        """Ask every implementation of a request-time hook, each by itself."""

    def ask_veto(self, session: Session, action: str, actor: Actor, subject: object) -> None:
        """Raise `Veto` when a plugin stops the action, or fails while being asked."""

    def setting(self, session: Session, key: str) -> bool | int | str:
        """The value of a setting, or its default."""


def _host(session: Session) -> Dispatcher | None:
    return cast("Dispatcher | None", session.info.get(HOST))


def _gather(hook: str, session: Session, **arguments: Any) -> Answers[Any]:
    host = _host(session)
    return host.gather(hook, session, **arguments) if host else Answers()


def gather_thread(session: Session, course_id: int, actor: Actor) -> Answers[ThreadEntry]:
    """What happened in a course's life, oldest first."""
    answers = _gather("course_thread", session, course_id=course_id, actor=actor)
    return Answers(tuple(sorted(answers.items, key=lambda entry: entry.at)), answers.missing)


def gather_contributions(session: Session, person_id: int, actor: Actor) -> Answers[Contribution]:
    """What a person gave, newest first. `missing` must be said on the page."""
    answers = _gather("contributions", session, person_id=person_id, actor=actor)
    items = tuple(sorted(answers.items, key=lambda item: item.on, reverse=True))
    return Answers(items, answers.missing)


def gather_search(session: Session, query: str, actor: Actor) -> Answers[SearchResult]:
    """Records of every room and plugin that match, in the order of registration."""
    return _gather("search", session, query=query, actor=actor)


def gather_commitments(
    session: Session, person_id: int, start: datetime, end: datetime
) -> Answers[Commitment]:
    """When a person is busy. Book nothing on an answer with `missing` parts."""
    return _gather("commitments", session, person_id=person_id, start=start, end=end)


def gather_indicators(session: Session, start: date, end: date) -> Answers[Indicator]:
    """Figures for a period [start, end)."""
    return _gather("indicators", session, start=start, end=end)


def ask_veto(session: Session, action: str, actor: Actor, subject: object) -> None:
    """Give every plugin the chance to stop an action.

    Raises:
        Veto: a plugin says no, or failed while being asked.
    """
    host = _host(session)
    if host is not None:
        host.ask_veto(session, action, actor, subject)


def setting(session: Session, key: str) -> bool | int | str:
    """The present value of a declared setting.

    Raises:
        KeyError: no plugin declares it.
    """
    host = _host(session)
    if host is None:
        raise KeyError(key)
    return host.setting(session, key)
