"""The materials of a course: handouts to take home. Their files are in the room of files."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class CourseMaterial(Base):
    """One handout, called in words. They stand in the order of `place`, which is no more than an order."""

    __tablename__ = "course_material"
    __table_args__ = (sa.CheckConstraint("length(title) > 0", name="title_given"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), unique=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    place: Mapped[int]
    added_at: Mapped[datetime]
