"""The host's own tables: deliveries of events, runs of jobs, values of settings. No personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class EventDelivery(Base):
    """One event for one handler. Unique, so that fanning out twice changes nothing."""

    __tablename__ = "event_delivery"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "handler"),
        sa.CheckConstraint("state IN ('pending', 'done', 'parked')", name="state"),
        sa.Index("ix_event_delivery_due", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event_outbox.id", ondelete="CASCADE"))
    handler: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(10), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    last_error: Mapped[str] = mapped_column(sa.String(200), default="")


class JobRun(Base):
    """When a job is next due, and how its last run went. `leased_until` keeps a second one away."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    lock: Mapped[str] = mapped_column(sa.String(200), index=True)
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(sa.String(200), default="")


class SettingValue(Base):
    """A setting that somebody changed; who and when stands in the audit record."""

    __tablename__ = "setting_value"

    key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
