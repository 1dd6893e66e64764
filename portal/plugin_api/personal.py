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

    `what` is a few plain words for the table ("Your name and pronouns"), `seen_by` who sees it; empty, it
    follows from the sensitivity.
    """

    table: str
    subject: str  # the column, or the path of columns, that names the person
    purpose: Words
    lawful_basis: Words
    sensitivity: Sensitivity
    retention: Words
    export: Callable[[Session, int], Rows]
    erase: Callable[[Session, int, EraseMode], Erasure]
    what: Words = ""
    seen_by: Words = ""
    on_erasure: EraseMode = "delete"
    discreet: bool = False
    record: Callable[[Session, int], Rows] | None = None
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
