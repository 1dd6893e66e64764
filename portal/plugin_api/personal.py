"""What a table keeps about people: the declarations that the hook `privacy_sources` answers with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.plugin_api.types import Words

EraseMode = Literal["delete", "pseudonymise"]
Sensitivity = Literal["ordinary", "confidential", "special"]
Rows = Sequence[Mapping[str, Any]]
# follow(session, kept_id, gone_id): two records were one person's.
Follow = Callable[[Session, int, int], object]
Export = Callable[[Session, int], Rows]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file among what is exported: it lies in the archive under its name, which no other has. `read` gives
    its content, piece by piece.
    """

    name: str
    read: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing did to one table. `held` and `reason` name rows that must stand, and why."""

    table: str
    erased: int = 0
    held: int = 0
    reason: Words = ""


# erase(session, person_id, mode): see `PrivacySource`.
Erase = Callable[[Session, int, EraseMode], Erasure]


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long rows are kept, so that they are let go at night.

    `due(session, before)` selects the whole numbers that identify rows whose time ended before an instant:
    one column, not yet let go, in no order. `forget(session, ids)` lets them go and flushes. It is called
    with a few hundred at most, in a transaction of its own, and again with the same ones when that was
    lost. Time is `days` of 24 hours, or as many as the setting `setting` says; nobody can read the settings
    of a plugin that is switched off, so a plugin says `days`. `name` tells two of one table apart.
    """

    due: Callable[[Session, datetime], sa.Select[Any]]
    forget: Callable[[Session, Sequence[int]], object]
    days: int = 0
    setting: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class PrivacySource:
    """What a table keeps about people, and how they get it back or have it erased.

    `export(session, person_id)` returns rows of plain values: text, numbers, booleans, dates, instants, None,
    lists and maps of those; or an `Attachment`. Nothing of anybody else is in them.
    `record(session, person_id)` returns what is kept beside that and is looked at by the data guardian before
    it is given out, as others may be in it.

    `erase(session, person_id, mode)` changes rows, flushes, never commits, and says what it did; a second
    call does nothing. `mode` is the source's own `on_erasure`. It is also called to find out what would
    happen, and undone. It may raise `Veto` to say why this person cannot be erased now.

    With `discreet`, nobody is told whether there is anything about them here, as that alone says something
    about somebody else: it stands in every plan of an erasure, and in no list of what is not kept.

    `merge(session, kept_id, gone_id)` gives the rows of one record of a person to another one of the same
    person, and flushes: afterwards no row points at `gone_id`, and nothing of theirs is lost. It may raise
    `Veto` to say why not now; a second call does nothing. Several tables may share one, which is then called
    once. `moved` makes it for most. Only a table without a foreign key to a person needs none.

    `unnamed` and `deleted` make an `erase`, `dated` an `export`, and `unnamed_after` a `Keeping`, of tables
    that say who did something.

    `what` is a few plain words for the table ("Your name and pronouns"), `seen_by` who sees it; empty, it
    follows from the sensitivity.
    """

    table: str
    subject: str  # the column, or the path of columns, that names the person
    purpose: Words
    lawful_basis: Words
    sensitivity: Sensitivity
    retention: Words
    export: Export
    erase: Erase
    what: Words = ""
    seen_by: Words = ""
    on_erasure: EraseMode = "delete"
    discreet: bool = False
    record: Export | None = None
    merge: Follow | None = None
    keeping: Sequence[Keeping] = ()


def moved(*columns: InstrumentedAttribute[Any], once: Sequence[Any] | None = None) -> Follow:
    """Makes a `merge` that writes the kept record into these columns of one model.

    With `once`, a person has one row for the same values in those columns, or one in all where it names none:
    where both records have one, the kept record's stays.
    """

    def merge(session: Session, kept_id: int, gone_id: int) -> None:
        for column in columns:
            model = column.class_
            if once is not None:
                twin = aliased(model)
                same = [getattr(twin, one.key) == one for one in once]
                double = sa.exists().where(getattr(twin, column.key) == kept_id, *same)
                session.execute(sa.delete(model).where(column == gone_id, double))
            session.execute(sa.update(model).where(column == gone_id).values({column.key: kept_id}))

    return merge


def unnamed(*columns: InstrumentedAttribute[Any], **emptied: object) -> Erase:
    """Makes an `erase` that takes the person out of these columns of one model; the rows stay.

    `emptied` says what further columns hold afterwards, in rows that named the person.
    """

    def erase(session: Session, person_id: int, _mode: EraseMode) -> Erasure:
        model, found = columns[0].class_, set[int]()
        for column in columns:
            taken = (
                sa.update(model).where(column == person_id).values({column.key: None, **emptied})
            )
            found |= set(session.scalars(taken.returning(model.id)))
        return Erasure(model.__tablename__, erased=len(found))

    return erase


def deleted(column: InstrumentedAttribute[Any]) -> Erase:
    """Makes an `erase` that deletes the rows in which this column names the person."""

    def erase(session: Session, person_id: int, _mode: EraseMode) -> Erasure:
        model = column.class_
        gone = session.scalars(sa.delete(model).where(column == person_id).returning(model.id))
        return Erasure(model.__tablename__, erased=len(gone.all()))

    return erase


def dated(**said: tuple[InstrumentedAttribute[Any], InstrumentedAttribute[Any]]) -> Export:
    """Makes an `export` that says when somebody did something, where all else in the row is about others.

    `said` is, by the name under which it is given back, who did it and when: columns of one model.
    """

    def export(session: Session, person_id: int) -> Rows:
        model = next(iter(said.values()))[0].class_
        theirs = sa.or_(*(who == person_id for who, _at in said.values()))
        return [
            {
                name: getattr(row, at.key) if getattr(row, who.key) == person_id else None
                for name, (who, at) in said.items()
            }
            for row in session.scalars(sa.select(model).where(theirs).order_by(model.id))
        ]

    return export


def unnamed_after(
    days: int,
    at: InstrumentedAttribute[Any],
    *columns: InstrumentedAttribute[Any],
    name: str = "",
    **emptied: object,
) -> Keeping:
    """Makes a `Keeping`: so many days of 24 hours after `at`, these columns name nobody any more; the rows
    stay. `emptied` is as in `unnamed`, `name` as in `Keeping`.
    """

    def due(_session: Session, before: datetime) -> sa.Select[Any]:
        named = sa.or_(*(column.is_not(None) for column in columns))
        return sa.select(at.class_.id).where(at < before, named)

    def forget(session: Session, ids: Sequence[int]) -> None:
        nobody = dict.fromkeys(column.key for column in columns)
        model = at.class_
        session.execute(sa.update(model).where(model.id.in_(ids)).values({**nobody, **emptied}))

    return Keeping(due, forget, days=days, name=name)


@dataclass(frozen=True, slots=True)
class Look:
    """A kind of look at something confidential that is put on record, for the page "Who looked at my record".

    `action` is what `audit.record` is given, `what` neutral words for what was read: they stand on a page
    that others may see over somebody's shoulder. The record's subject is the person, or a `subject` of
    another kind: then `theirs(ids)` selects, as one column, which of these belong to the people with these
    ids; never those in which somebody else speaks about them.
    """

    action: str
    what: Words
    subject: str = "person"
    theirs: Callable[[Sequence[int]], sa.Select[Any]] | None = None


@dataclass(frozen=True, slots=True)
class PrivacyPart:
    """The declarations of one room or plugin, with what people call it. `working` is false where it is
    installed and cannot be asked; `room` says that it is a part of the core.
    """

    name: str
    title: Words
    sources: Sequence[PrivacySource]
    working: bool = True
    room: bool = False


@dataclass(frozen=True, slots=True)
class ExportedPart:
    """What one source keeps about somebody."""

    part: str
    title: Words
    source: PrivacySource
    rows: Rows


@dataclass(frozen=True, slots=True)
class Exported:
    """What is kept about somebody. `missing` says of which tables of which parts it could not be read."""

    parts: Sequence[ExportedPart]
    missing: Sequence[tuple[Words, Words]] = ()


@dataclass(frozen=True, slots=True)
class ErasedPart:
    """What erasing did, or would do, to one source."""

    part: str
    title: Words
    source: PrivacySource
    result: Erasure


@dataclass(frozen=True, slots=True)
class FollowingPart:
    """How many rows of one source point at a person, and follow when their record becomes part of another."""

    part: str
    title: Words
    source: PrivacySource
    rows: int


class MergeFailedError(Exception):
    """A part did not follow, or cannot be asked: the caller rolls back. `title` is what people call it."""

    def __init__(self, part: str, title: Words) -> None:
        super().__init__(part)
        self.part = part
        self.title = title


class ErasureFailedError(Exception):
    """A part could not be erased: the caller rolls everything back. `title` is what people call it."""

    def __init__(self, part: str, title: Words) -> None:
        super().__init__(part)
        self.part = part
        self.title = title


@dataclass(frozen=True, slots=True)
class Consent:
    """Something that a person agreed to. `ref` identifies it for its kind; `version` counts the words."""

    ref: str
    what: Words
    since: datetime
    how: Words = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Consents:
    """What a person agreed to, with the kind of each, and what people call the parts that could not be
    asked.
    """

    items: Sequence[tuple[ConsentKind, Consent]] = ()
    missing: Sequence[Words] = ()


@dataclass(frozen=True, slots=True)
class ConsentKind:
    """A kind of consent, keyed `room:thing`, for the page "What you agreed to".

    `listed(session, person_id)` returns what holds at this moment. `withdraw(session, actor, ref)` ends it
    for the actor, at once and without a reason, and flushes; it does nothing when there is no such consent
    of theirs any more. `after` says what happens when they take it back.
    """

    kind: str
    title: Words
    after: Words
    listed: Callable[[Session, int], Sequence[Consent]]
    withdraw: Callable[[Session, Any, str], None]
