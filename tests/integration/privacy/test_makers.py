"""What makes the declarations of tables that say who did something: nobody else's name goes, and no row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from portal.plugin_api import Erasure, dated, deleted, unnamed, unnamed_after


class Own(DeclarativeBase):
    """A base of these tests alone."""


class Deed(Own):
    """Something that one person did and another one approved."""

    __tablename__ = "deed"
    id: Mapped[int] = mapped_column(primary_key=True)
    by_id: Mapped[int | None]
    approved_by_id: Mapped[int | None]
    words: Mapped[str] = mapped_column(default="why")
    at: Mapped[datetime]
    approved_at: Mapped[datetime | None]


EARLY, LATER, LAST = (datetime(2026, month, 1) for month in (1, 2, 3))  # noqa: DTZ001 - no zone in it
SAM, KIM = 1, 2


@pytest.fixture
def rows() -> Iterator[Session]:
    engine = sa.create_engine("sqlite://")
    Own.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            (
                Deed(by_id=SAM, approved_by_id=KIM, at=EARLY, approved_at=LATER),
                Deed(by_id=KIM, approved_by_id=SAM, at=LATER, approved_at=LAST),
                Deed(by_id=KIM, at=LAST),
                Deed(at=EARLY),
            )
        )
        session.flush()
        yield session
    engine.dispose()


def names(session: Session) -> list[tuple[int | None, int | None, str]]:
    found = session.execute(
        sa.select(Deed.by_id, Deed.approved_by_id, Deed.words).order_by(Deed.id)
    )
    return [(by, approved, words) for by, approved, words in found]


def test_unnamed_takes_one_name_out_and_is_done_once(rows: Session) -> None:
    erase = unnamed(Deed.by_id, Deed.approved_by_id, words="")

    assert erase(rows, SAM, "pseudonymise") == Erasure("deed", erased=2)
    assert names(rows) == [
        (None, KIM, ""),
        (KIM, None, ""),
        (KIM, None, "why"),
        (None, None, "why"),
    ]
    assert erase(rows, SAM, "pseudonymise") == Erasure("deed", erased=0)


def test_deleted_deletes_what_is_theirs(rows: Session) -> None:
    erase = deleted(Deed.by_id)

    assert erase(rows, KIM, "delete") == Erasure("deed", erased=2)
    assert names(rows) == [(SAM, KIM, "why"), (None, None, "why")]
    assert erase(rows, KIM, "delete") == Erasure("deed", erased=0)


def test_dated_says_when_and_nothing_of_others(rows: Session) -> None:
    export = dated(
        done_at=(Deed.by_id, Deed.at), approved_at=(Deed.approved_by_id, Deed.approved_at)
    )

    assert export(rows, SAM) == [
        {"done_at": EARLY, "approved_at": None},
        {"done_at": None, "approved_at": LAST},
    ]


def test_unnamed_after_finds_what_is_old_and_still_names_somebody(rows: Session) -> None:
    keeping = unnamed_after(30, Deed.at, Deed.by_id, Deed.approved_by_id, name="names", words="")

    assert (keeping.days, keeping.name) == (30, "names")
    assert rows.scalars(keeping.due(rows, EARLY)).all() == []
    old = rows.scalars(keeping.due(rows, LATER)).all()
    assert old == [1], "the last row is as old, and names nobody"
    keeping.forget(rows, old)
    assert names(rows)[0] == (None, None, "")
    assert rows.scalars(keeping.due(rows, LATER)).all() == []
