"""Request-time hooks: every implementation by itself, each answer checked, faults left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeVar

import pluggy
import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.db import reading
from portal.logs import describe
from portal.plugin_api.dispatch import Answers, DemoDataError
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
    SearchResult,
    ThreadEntry,
    Veto,
    Words,
)
from portal.plugin_host import merging, personal
from portal.plugin_host.guard import GuardedError, guarded, read_only
from portal.plugin_host.registry import Registry
from portal.plugin_host.settings import setting_value, setting_values

log = structlog.get_logger(__name__)
T = TypeVar("T")

# What each gathering hook must answer with, so that a wrong type is caught where it is made.
ANSWERS: dict[str, type[Any]] = {
    "nav_items": NavItem,
    "dashboard_cards": Card,
    "example_cards": Card,
    "course_thread": ThreadEntry,
    "course_actions": CourseAction,
    "person_actions": PersonAction,
    "silence_costs": PersonAction,
    "contributions": Contribution,
    "search": SearchResult,
    "commitments": Commitment,
    "indicators": Indicator,
    "desk_lines": DeskLine,
}


@dataclass(frozen=True, slots=True)
class _Implementation:
    plugin: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]


class Host:
    """Asks the active plugins; one per app, in `app.extensions` and in every `session.info`."""

    def __init__(self, registry: Registry, manager: pluggy.PluginManager) -> None:
        self.registry = registry
        self._implementations = {
            hook: _implementations(registry, manager, hook)
            for hook in (*ANSWERS, "veto", "scan_file", "demo_data")
        }

    def gather(self, hook: str, session: Session, **arguments: Any) -> Answers[Any]:
        """The answers of every active plugin to a gathering hook, and whose are missing."""
        kind = ANSWERS[hook]
        arguments["session"] = session
        items, missing = self._each(hook, session, lambda one: _ask(one, kind, arguments))
        return Answers(tuple(items), missing)

    def gather_by_plugin(
        self,
        hook: str,
        session: Session,
        use: Callable[[Any], T],
        **arguments: Any,
    ) -> list[T]:
        """`use(item)` for every answer, run inside the guard too, so that rendering is covered.

        Returns what `use` returned; a plugin of which any part fails is left out whole.
        """
        kind = ANSWERS[hook]
        arguments["session"] = session
        results, _ = self._each(
            hook, session, lambda one: [use(item) for item in _ask(one, kind, arguments)]
        )
        return results

    def _each(
        self, hook: str, session: Session, work: Callable[[_Implementation], list[T]]
    ) -> tuple[list[T], tuple[str, ...]]:
        """`work` for every implementation: the results, and the plugins whose part is missing.

        While reading, all are tried behind one guard, which is what nearly every page pays for. Only
        when that fails is each asked again by itself, to find out whose fault it is.
        """
        implementations = self._implementations[hook]
        if reading():
            try:
                return read_only(
                    session, lambda: [item for one in implementations for item in work(one)]
                ), ()
            except Exception:  # noqa: BLE001, S110 - named and logged below, one by one
                pass
        results: list[T] = []
        missing: list[str] = []
        for one in implementations:
            try:
                results += guarded(self.registry, one.plugin, hook, session, lambda: work(one))  # noqa: B023
            except GuardedError:
                missing.append(one.plugin)
        return results, tuple(missing)

    def ask_veto(self, session: Session, action: str, actor: Actor, subject: object) -> None:
        """Raise `Veto` when a plugin stops the action; a plugin that fails stops it too."""
        arguments = {"session": session, "action": action, "actor": actor, "subject": subject}
        for one in self._implementations["veto"]:
            chosen = {name: arguments[name] for name in one.arguments}
            try:
                guarded(
                    self.registry,
                    one.plugin,
                    "veto",
                    session,
                    lambda: one.function(**chosen),  # noqa: B023
                )
            except GuardedError as error:
                raise Veto(
                    _l("Something we rely on to check this is not working. Nothing was changed.")
                ) from error

    def ask_scanners(self, content: IO[bytes], media_type: str) -> list[bool | None]:
        """What each scanner says of a file, each from its beginning; None for one that failed."""
        arguments = {"content": content, "media_type": media_type}
        return [self._scan(one, arguments) for one in self._implementations["scan_file"]]

    def _scan(self, one: _Implementation, arguments: Mapping[str, Any]) -> bool | None:
        arguments["content"].seek(0)
        try:
            clean = one.function(**{name: arguments[name] for name in one.arguments})
        except Exception as error:  # noqa: BLE001 - whatever it was, the file has not been scanned
            log.error("scan_failed", plugin=one.plugin, **describe(error))
            return None
        return clean is True

    def setting(self, session: Session, key: str) -> bool | int | str:
        """The value of a declared setting, or its default."""
        return setting_value(session, self.registry.settings[key])

    def settings_of(self, session: Session, keys: Iterable[str]) -> dict[str, bool | int | str]:
        """Several declared settings, each stored or its default."""
        return setting_values(session, [self.registry.settings[key] for key in keys])

    def notice_kinds(self) -> Mapping[str, NoticeKind]:
        """What the active rooms and plugins tell people, by purpose."""
        return self.registry.notices

    def looks(self) -> Mapping[str, Look]:
        """The looks at confidential things that are put on record, by action."""
        return self.registry.looks

    def task_kinds(self) -> Mapping[str, TaskKind]:
        """The kinds of the desk's tasks, by name."""
        return self.registry.tasks

    def titles(self, names: Iterable[str]) -> list[Words]:
        """The titles in the manifests of these plugins."""
        found = (self.registry.plugins[name].registration for name in names)
        return [registration.manifest.title for registration in found if registration]

    def privacy_parts(self, session: Session) -> Sequence[PrivacyPart]:
        """What every installed room and plugin keeps about people, switched off or not."""
        return personal.parts(self.registry, session)

    def export_person(
        self, session: Session, person_id: int, *, whole_record: bool = False
    ) -> Exported:
        """What is kept about somebody, each source asked by itself."""
        return personal.export(self.registry, session, person_id, whole_record=whole_record)

    def erase_person(self, session: Session, person_id: int) -> Sequence[ErasedPart]:
        """Erase a person from every part; all or nothing is for the caller to keep.

        Raises:
            ErasureFailedError: a part failed or cannot be asked; roll back.
            Veto: a part says no, with the reason; roll back.
        """
        return personal.erase(self.registry, session, person_id)

    def following(self, session: Session, person_id: int) -> Sequence[FollowingPart]:
        """How many rows of each source point at somebody.

        Raises:
            MergeFailedError: a part cannot be asked.
        """
        return merging.count(self.registry, session, person_id)

    def merge_people(self, session: Session, kept_id: int, gone_id: int) -> None:
        """Give every row of the one record to the other; all or nothing is for the caller to keep.

        Raises:
            MergeFailedError: a part failed or cannot be asked; roll back.
            Veto: a part says no, with the reason; roll back.
        """
        merging.merge(self.registry, session, kept_id, gone_id)

    def consents(self, session: Session, person_id: int) -> Consents:
        """What a person agreed to."""
        return personal.consents(self.registry, session, person_id)

    def withdraw_consent(self, session: Session, actor: Actor, kind: str, ref: str) -> bool:
        """End a consent of the actor's; False when the part failed and nothing was changed.

        Raises:
            KeyError: there is no such kind.
        """
        return personal.withdraw(self.registry, session, actor, kind, ref)

    def seed_demo(self, session: Session) -> None:
        """Every part of the demo college, in the order of registration; flushed, not committed.

        Raises:
            DemoDataError: naming the plugin; the caller rolls everything back.
        """
        for one in self._implementations["demo_data"]:
            try:
                one.function(**dict.fromkeys(one.arguments, session))
                session.flush()
            except Exception as error:
                raise DemoDataError(
                    f"the demo data of {one.plugin!r} failed: {type(error).__name__}: {error}"
                ) from error


def _implementations(
    registry: Registry, manager: pluggy.PluginManager, hook: str
) -> tuple[_Implementation, ...]:
    by_module = {id(plugin.module): plugin for plugin in registry.active()}
    found = {
        by_module[id(one.plugin)].name: _Implementation(
            by_module[id(one.plugin)].name, one.function, one.argnames
        )
        for one in getattr(manager.hook, hook).get_hookimpls()
        if id(one.plugin) in by_module
    }
    return tuple(found[plugin.name] for plugin in registry.active() if plugin.name in found)


def _ask(one: _Implementation, kind: type[Any], arguments: dict[str, Any]) -> list[Any]:
    answer = one.function(**{name: arguments[name] for name in one.arguments})
    if answer is None:
        return []
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        raise TypeError(f"expected a list of {kind.__name__}, got {type(answer).__name__}")
    items = list(answer)
    for item in items:
        if not isinstance(item, kind):
            raise TypeError(f"expected {kind.__name__}s, got {type(item).__name__}")
    return items
