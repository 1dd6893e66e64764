"""The notice and how it is read, exported and erased."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.plugin_api import Erasure, plugin_base


class Notice(plugin_base("noticeboard")):
    __tablename__ = "noticeboard_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(100))
    body: Mapped[str] = mapped_column(sa.Text)
    until: Mapped[datetime] = mapped_column(index=True)
    written_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


def current(at):
    """Notices that are up at an instant, the one that comes down first at the top."""
    return sa.select(Notice).where(Notice.until > at).order_by(Notice.until, Notice.id)


def export(session, person_id):
    rows = session.scalars(sa.select(Notice).where(Notice.written_by == person_id))
    return [{"title": row.title, "text": row.body} for row in rows]


def erase(session, person_id, mode):
    mine = sa.update(Notice).where(Notice.written_by == person_id).values(written_by=None)
    return Erasure("noticeboard_notice", erased=session.execute(mine).rowcount)
