"""Ask every installed part for what it keeps about somebody, and let it erase them.

A plugin that is switched off keeps its data, so it is asked all the same: its declarations are read from its
module, though nothing else of it runs.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from portal.db import metadata
from portal.plugin_api.personal import (
    Attachment,
    Consent,
    ConsentKind,
    Consents,
    ErasedPart,
    Erasure,
    ErasureFailedError,
    Exported,
    ExportedPart,
    PrivacyPart,
    PrivacySource,
    Rows,
)
from portal.plugin_api.types import Actor, Words
from portal.plugin_host.discover import CORE_ROOMS
from portal.plugin_host.guard import GuardedError, guarded, note_fault
from portal.plugin_host.purge import plugin_tables
from portal.plugin_host.registry import own_work

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.plugin_host.registry import Plugin, Registry

PERSON = "person"
_PLAIN = (Attachment, str, int, float, bool, type(None), date, datetime, time, Decimal)


def parts(registry: Registry, session: Session) -> list[PrivacyPart]:
    """The declarations of every installed room and plugin, those without any left out."""
    found = (_part(registry, plugin, session) for plugin in registry.plugins.values())
    return [part for part in found if part is not None]


def _part(registry: Registry, plugin: Plugin, session: Session) -> PrivacyPart | None:
    if plugin.registration is not None:
        if not plugin.registration.privacy:
            return None
        return PrivacyPart(
            plugin.name,
            plugin.registration.manifest.title,
            plugin.registration.privacy,
            room=plugin.name in CORE_ROOMS,
        )
    if not plugin_tables(session, plugin.name):
        return None  # it was never switched on here
    try:
        sources = _sources_of(plugin)
    except Exception as error:  # noqa: BLE001 - a stranger's module; that it cannot be asked is the answer
        note_fault(registry, plugin.name, "privacy_sources", error)
        return PrivacyPart(plugin.name, plugin.name.title(), (), working=False)
    return PrivacyPart(plugin.name, _title(plugin), sources) if sources else None


def _sources_of(plugin: Plugin) -> tuple[PrivacySource, ...]:
    """The declarations of a plugin that takes no part, with its models in memory."""
    if plugin.module is None and plugin.load is not None:
        plugin.module = plugin.load()
    for name in _answer(plugin, "model_modules"):
        importlib.import_module(name)
    sources = tuple(_answer(plugin, "privacy_sources"))
    if not all(isinstance(source, PrivacySource) for source in sources):
        raise TypeError("privacy_sources must return PrivacySources")
    return sources


def _answer(plugin: Plugin, hook: str) -> Sequence[Any]:
    function = getattr(plugin.module, hook, None)
    return (function() or ()) if function else ()


def _title(plugin: Plugin) -> Words:
    title: Words = plugin.module.manifest().title
    return title


def records_of(session: Session, person_id: int) -> list[int]:
    """The numbers under which somebody is known: their own, and those of records that became part of it."""
    person = metadata.tables[PERSON].c
    merged = sa.select(person.id).where(person.merged_into_id == person_id).order_by(person.id)
    return [person_id, *session.scalars(merged)]


def export(registry: Registry, session: Session, person_id: int, *, whole_record: bool) -> Exported:
    """What every source keeps about somebody, each asked by itself; what failed is named.

    With `whole_record`, what is kept beside that and is looked at before it is given out.
    """
    found: list[ExportedPart] = []
    missing: list[tuple[Words, Words]] = []
    numbers = records_of(session, person_id)
    for part in parts(registry, session):
        if not part.working:
            missing.append((part.title, part.title))
        for source in part.sources:
            ask = source.record if whole_record else source.export
            if ask is None:
                continue
            try:
                rows = guarded(
                    registry,
                    part.name,
                    f"export {source.table}",
                    session,
                    partial(_plain_rows, ask, session, numbers),
                )
            except GuardedError:
                missing.append((part.title, source.what or source.purpose))
            else:
                found.append(ExportedPart(part.name, part.title, source, rows))
    return Exported(tuple(found), tuple(missing))


def _plain_rows(ask: Any, session: Session, numbers: Sequence[int]) -> Rows:
    rows = [dict(row) for number in numbers for row in ask(session, number)]
    _refuse_objects(rows)
    return rows


def _refuse_objects(value: object) -> None:
    """What cannot be written down would break the archive after it has begun."""
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("the names in a row must be text")
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            _refuse_objects(part)
    elif not isinstance(value, _PLAIN):
        raise TypeError(f"{type(value).__name__} cannot be written into an export")


def erase(registry: Registry, session: Session, person_id: int) -> list[ErasedPart]:
    """Erase a person from every source: plugins first, then the rooms from the top, so that each still finds
    what it stands on.

    Raises:
        ErasureFailedError: a part failed or cannot be asked.
        Veto: a part says no, with the reason.
    """
    done = []
    numbers = records_of(session, person_id)
    for part in reversed(parts(registry, session)):
        if not part.working:
            raise ErasureFailedError(part.name, part.title)
        for source in part.sources:
            try:
                result = guarded(
                    registry,
                    part.name,
                    f"erase {source.table}",
                    session,
                    partial(_erase, source, session, numbers),
                )
            except GuardedError as error:
                raise ErasureFailedError(part.name, part.title) from error
            done.append(ErasedPart(part.name, part.title, source, result))
    return done


def _erase(source: PrivacySource, session: Session, numbers: Sequence[int]) -> Erasure:
    results = [source.erase(session, number, source.on_erasure) for number in numbers]
    for result in results:
        if not isinstance(result, Erasure):
            raise TypeError(f"expected an Erasure, got {type(result).__name__}")
        if result.held and not str(result.reason):
            raise ValueError("rows are held without a reason")
    if own_work(session):
        session.flush()
    return Erasure(
        results[0].table,
        erased=sum(result.erased for result in results),
        held=sum(result.held for result in results),
        reason=next((result.reason for result in results if str(result.reason)), ""),
    )


def consents(registry: Registry, session: Session, person_id: int) -> Consents:
    """What a person agreed to in every active part, each kind asked by itself."""
    items: list[tuple[ConsentKind, Consent]] = []
    missing: list[Words] = []
    for name, title, kind in _kinds(registry):
        try:
            found = guarded(
                registry, name, "consents", session, partial(_listed, kind, session, person_id)
            )
        except GuardedError:
            missing.append(title)
        else:
            items += [(kind, one) for one in found]
    return Consents(tuple(items), tuple(missing))


def _kinds(registry: Registry) -> Iterator[tuple[str, Words, ConsentKind]]:
    for plugin in registry.active():
        registration = plugin.registration
        for kind in registration.consents if registration else ():
            yield plugin.name, registration.manifest.title if registration else "", kind


def _listed(kind: ConsentKind, session: Session, person_id: int) -> list[Consent]:
    found = list(kind.listed(session, person_id))
    if not all(isinstance(one, Consent) for one in found):
        raise TypeError("listed must return Consents")
    return found


def withdraw(registry: Registry, session: Session, actor: Actor, kind: str, ref: str) -> bool:
    """End a consent of the actor's; False when the part failed and nothing was changed.

    Raises:
        KeyError: there is no such kind.
    """
    for name, _title_of, one in _kinds(registry):
        if one.kind == kind:
            try:
                guarded(
                    registry,
                    name,
                    "withdraw",
                    session,
                    lambda: one.withdraw(session, actor, ref),  # noqa: B023 - called before the next turn
                )
            except GuardedError:
                return False
            return True
    raise KeyError(kind)
