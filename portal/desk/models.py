"""Tasks for people of the college, and what came of each try."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

TaskState = Literal["open", "done", "closed"]
LONGEST_KEY = 120
LONGEST_NOTE = 500
_OPEN = sa.text("state = 'open'")


class DeskTask(Base):
    """Something that somebody has to do. `done` by a person, or `closed` because it is not needed any more.

    `kind` is one of the hook `task_kinds`, which also says what it is called. While a task is open, there is
    no second one of its key.
    """

    __tablename__ = "desk_task"
    __table_args__ = (
        sa.CheckConstraint("state IN ('open', 'done', 'closed')", name="state"),
        sa.CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="finished"),
        sa.Index(
            "uq_desk_task_open_key", "key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
        sa.Index("ix_desk_task_open_due", "due", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(60))
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), index=True)
    about: Mapped[dict[str, Any]]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    link: Mapped[str] = mapped_column(sa.String(300), default="")  # a path of this site
    due: Mapped[date]
    state: Mapped[TaskState] = mapped_column(sa.String(6), default="open")
    tries: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)


class DeskTry(Base):
    """What came of a task, as whoever did it wrote down."""

    __tablename__ = "desk_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(
        sa.ForeignKey("desk_task.id", ondelete="CASCADE"), index=True
    )
    outcome: Mapped[str] = mapped_column(sa.String(20))
    note: Mapped[str] = mapped_column(sa.String(LONGEST_NOTE), default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
