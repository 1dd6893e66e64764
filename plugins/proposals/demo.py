"""Invented ideas at every stage, for the demo college."""

from __future__ import annotations

from sqlalchemy.orm import Session


def seed_ideas(session: Session) -> None:
    """Add them, flushed."""
