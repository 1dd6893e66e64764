"""The notice and how it is read, exported and erased."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.plugin_api import Erasure, now, plugin_base


class Notice(plugin_base("noticeboard")):
    __tablename__ = "noticeboard_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(100))
    body: Mapped[str] = mapped_column(sa.Text)
    until: Mapped[datetime] = mapped_column(index=True)
    written_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


# Plain columns, put together once: everybody's page shows the first of them.
_UP = (
    sa.select(Notice.title, Notice.body)
    .where(Notice.until > sa.bindparam("at"))
    .order_by(Notice.until, Notice.id)
    .limit(sa.bindparam("most"))
)


def current(session, most=100):
    """The notices that are up now, the one that comes down first at the top."""
    return session.execute(_UP, {"at": now(), "most": most}).all()


def export(session, person_id):
    rows = session.scalars(sa.select(Notice).where(Notice.written_by == person_id))
    return [{"title": row.title, "text": row.body} for row in rows]


def erase(session, person_id, mode):
    mine = sa.update(Notice).where(Notice.written_by == person_id).values(written_by=None)
    return Erasure("noticeboard_notice", erased=session.execute(mine).rowcount)
