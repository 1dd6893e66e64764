"""Bank details, without what is sealed in them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import BankDetail


def detail_of(session: Session, uid: str) -> BankDetail | None:
    """The details that an address names."""
    return session.scalars(sa.select(BankDetail).where(BankDetail.uid == uid)).one_or_none()
