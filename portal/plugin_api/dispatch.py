"""How a room asks all plugins at once.

The host stands in `session.info`, so a service needs neither Flask nor the host to ask. A session
without a host (a bare script) is a portal without plugins: nothing answers, nothing vetoes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Generic, Protocol, TypeVar, cast

from sqlalchemy.orm import Session

from portal.plugin_api.notices import DeskLine, NoticeKind, TaskKind
from portal.plugin_api.personal import (
    Consents,
    ErasedPart,
    Exported,
    FollowingPart,
    Look,
    PrivacyPart,
)
from portal.plugin_api.types import (
    Actor,
    Card,
    Commitment,
    Contribution,
    CourseAction,
    Indicator,
    NavItem,
    PersonAction,
    RunBrief,
    SearchResult,
    ThreadEntry,
    Words,
)

HOST = "plugin_host"  # key in session.info
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """What the plugins answered, and the names of those whose part is missing."""

    items: tuple[T, ...] = ()
    missing: tuple[str, ...] = ()


class DemoDataError(Exception):
    """A plugin's part of the demo college failed; the message names the plugin."""


class Dispatcher(Protocol):
    """What the host offers to a session."""

    def gather(self, hook: str, session: Session, **arguments: Any) -> Answers[Any]:
        """Ask every implementation of a request-time hook, each by itself."""

    def gather_by_plugin(
        self, hook: str, session: Session, use: Callable[[Any], T], **arguments: Any
    ) -> list[T]:
        """`use(item)` for every answer; a plugin of which any part fails is left out whole."""

    def ask_veto(self, session: Session, action: str, actor: Actor, subject: object) -> None:
        """Raise `Veto` when a plugin stops the action, or fails while being asked."""

    def ask_scanners(self, content: IO[bytes], media_type: str) -> list[bool | None]:
        """What each scanner says of a file; None for one that failed."""

    def setting(self, session: Session, key: str) -> bool | int | str:
        """The value of a setting, or its default."""

    def settings_of(self, session: Session, keys: Iterable[str]) -> dict[str, bool | int | str]:
        """The values of several settings, or their defaults."""

    def notice_kinds(self) -> Mapping[str, NoticeKind]:
        """What every active room and plugin tells people, by purpose."""

    def looks(self) -> Mapping[str, Look]:
        """The looks at confidential things that are put on record, by action."""

    def task_kinds(self) -> Mapping[str, TaskKind]:
        """The kinds of the desk's tasks, by name."""

    def titles(self, names: Iterable[str]) -> list[Words]:
        """What people call these plugins."""

    def privacy_parts(self, session: Session) -> Sequence[PrivacyPart]:
        """What every installed room and plugin keeps about people."""

    def export_person(
        self, session: Session, person_id: int, *, whole_record: bool = False
    ) -> Exported:
        """What is kept about somebody."""

    def erase_person(self, session: Session, person_id: int) -> Sequence[ErasedPart]:
        """Erase a person from every part."""

    def following(self, session: Session, person_id: int) -> Sequence[FollowingPart]:
        """How many rows of each source point at somebody."""

    def merge_people(self, session: Session, kept_id: int, gone_id: int) -> None:
        """Give every row of the one record to the other."""

    def consents(self, session: Session, person_id: int) -> Consents:
        """What a person agreed to."""

    def withdraw_consent(self, session: Session, actor: Actor, kind: str, ref: str) -> bool:
        """End a consent of the actor's."""

    def seed_demo(self, session: Session) -> None:
        """Let every active room and plugin add its part of the demo college."""


def _host(session: Session) -> Dispatcher | None:
    return cast("Dispatcher | None", session.info.get(HOST))


def _gather(hook: str, session: Session, **arguments: Any) -> Answers[Any]:
    host = _host(session)
    return host.gather(hook, session, **arguments) if host else Answers()


def gather_thread(session: Session, course_id: int, actor: Actor) -> Answers[ThreadEntry]:
    """What happened in a course's life, oldest first."""
    answers = _gather("course_thread", session, course_id=course_id, actor=actor)
    return Answers(tuple(sorted(answers.items, key=lambda entry: entry.at)), answers.missing)


def gather_course_actions(
    session: Session, course_id: int, runs: Sequence[RunBrief], actor: Actor
) -> Answers[CourseAction]:
    """What the actor can do about a course and these runs of it."""
    return _gather("course_actions", session, course_id=course_id, runs=runs, actor=actor)


def gather_person_actions(session: Session, person_id: int, actor: Actor) -> Answers[PersonAction]:
    """What the actor can do about one person. `missing` must be said on the page."""
    return _gather("person_actions", session, person_id=person_id, actor=actor)


def gather_silence_costs(session: Session, person_id: int) -> Answers[PersonAction]:
    """What somebody would lose by hearing nothing. `missing` must be said on the page."""
    return _gather("silence_costs", session, person_id=person_id)


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


def gather_desk(session: Session, actor: Actor) -> Answers[DeskLine]:
    """What needs a person, as far as the actor may see. `missing` must be said on the page."""
    return _gather("desk_lines", session, actor=actor)


def gather_indicators(session: Session, start: date, end: date) -> Answers[Indicator]:
    """Figures for a period [start, end)."""
    return _gather("indicators", session, start=start, end=end)


def gather_cards(session: Session, actor: Actor, render: Callable[[Card], str]) -> list[str]:
    """The cards of "My page" as `render` made them, by their order.

    Rendering is part of what is guarded: a plugin whose card cannot be rendered is left out.
    """
    return _render_cards("dashboard_cards", session, actor, render)


def gather_example_cards(
    session: Session, actor: Actor, render: Callable[[Card], str]
) -> list[str]:
    """The same with invented people, as somebody with the actor's permissions might see them."""
    return _render_cards("example_cards", session, actor, render)


def _render_cards(
    hook: str, session: Session, actor: Actor, render: Callable[[Card], str]
) -> list[str]:
    host = _host(session)
    if host is None:
        return []
    rendered = host.gather_by_plugin(
        hook, session, lambda card: (card.order, render(card)), actor=actor
    )
    return [text for _, text in sorted(rendered, key=lambda pair: pair[0])]


def gather_nav(session: Session, actor: Actor, make: Callable[[NavItem], T]) -> list[T]:
    """The links of the main navigation for this actor as `make` made them, by their order.

    Making the link is part of what is guarded: an endpoint that does not exist leaves its plugin out.
    """
    host = _host(session)
    if host is None:
        return []
    made = host.gather_by_plugin(
        "nav_items", session, lambda item: (item.order, make(item)), actor=actor
    )
    return [link for _, link in sorted(made, key=lambda pair: pair[0])]


def part_titles(session: Session, names: Iterable[str]) -> list[str]:
    """What people call the plugins named in `Answers.missing`, for "this part is missing"."""
    host = _host(session)
    return [str(title) for title in host.titles(names)] if host else []


def notice_kinds(session: Session) -> Mapping[str, NoticeKind]:
    """What every active room and plugin tells people, by purpose."""
    host = _host(session)
    return host.notice_kinds() if host else {}


def looks(session: Session) -> Mapping[str, Look]:
    """The looks at confidential things that active rooms and plugins put on record, by action."""
    host = _host(session)
    return host.looks() if host else {}


def task_kinds(session: Session) -> Mapping[str, TaskKind]:
    """The kinds of the desk's tasks, by name. A task of a plugin that is switched off has none."""
    host = _host(session)
    return host.task_kinds() if host else {}


def privacy_parts(session: Session) -> Sequence[PrivacyPart]:
    """What every installed room and plugin keeps about people, in the order of registration."""
    host = _host(session)
    return host.privacy_parts(session) if host else ()


def export_person(session: Session, person_id: int, *, whole_record: bool = False) -> Exported:
    """What is kept about somebody: what they supplied and what is held; with `whole_record` what is reviewed
    before it is given out instead. `missing` must be said wherever it is shown.
    """
    host = _host(session)
    if host is None:
        return Exported(())
    return host.export_person(session, person_id, whole_record=whole_record)


def erase_person(session: Session, person_id: int) -> Sequence[ErasedPart]:
    """Erase a person from every installed part, in the caller's transaction.

    Raises:
        ErasureFailedError, Veto: nothing may stay of what was done: roll back.
    """
    host = _host(session)
    return host.erase_person(session, person_id) if host else ()


def following(session: Session, person_id: int) -> Sequence[FollowingPart]:
    """How many rows of each installed part point at somebody, those without any left out.

    Raises:
        MergeFailedError: a part cannot be asked.
    """
    host = _host(session)
    return host.following(session, person_id) if host else ()


def merge_people(session: Session, kept_id: int, gone_id: int) -> None:
    """Give every row of the one record to the other in every installed part, in the caller's transaction.

    Raises:
        MergeFailedError, Veto: nothing may stay of what was done: roll back.
    """
    host = _host(session)
    if host is not None:
        host.merge_people(session, kept_id, gone_id)


def gather_consents(session: Session, person_id: int) -> Consents:
    """What a person agreed to. `missing` must be said on the page."""
    host = _host(session)
    return host.consents(session, person_id) if host else Consents()


def withdraw_consent(session: Session, actor: Actor, kind: str, ref: str) -> bool:
    """End a consent of the actor's; False when the part failed and nothing was changed.

    Raises:
        KeyError: there is no such kind.
    """
    host = _host(session)
    if host is None:
        raise KeyError(kind)
    return host.withdraw_consent(session, actor, kind, ref)


def seed_demo(session: Session) -> None:
    """Let every active room and plugin add its part of the demo college, in one transaction.

    Flushes, never commits.

    Raises:
        DemoDataError: a part failed; the caller rolls everything back.
    """
    host = _host(session)
    if host is not None:
        host.seed_demo(session)


def ask_veto(session: Session, action: str, actor: Actor, subject: object) -> None:
    """Give every plugin the chance to stop an action.

    Raises:
        Veto: a plugin says no, or failed while being asked.
    """
    host = _host(session)
    if host is not None:
        host.ask_veto(session, action, actor, subject)


def ask_scanners(session: Session, content: IO[bytes], media_type: str) -> list[bool | None]:
    """What each scanner for viruses says of an open file: True for a clean one, None when it failed.

    Needs no transaction.
    """
    host = _host(session)
    return host.ask_scanners(content, media_type) if host else []


def setting(session: Session, key: str) -> bool | int | str:
    """The present value of a declared setting.

    Raises:
        KeyError: no plugin declares it.
    """
    host = _host(session)
    if host is None:
        raise KeyError(key)
    return host.setting(session, key)


def settings_of(session: Session, keys: Iterable[str]) -> dict[str, bool | int | str]:
    """The present values of several declared settings. One query.

    Raises:
        KeyError: no plugin declares one of them.
    """
    host = _host(session)
    if host is None:
        raise KeyError(next(iter(keys)))
    return host.settings_of(session, keys)
