"""The rates that the college knows."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import RateRow
from plugins.claims.money.rates import Rate


def rates(session: Session) -> list[Rate]:
    """All of them, the oldest of each key first. One query."""
    rows = session.scalars(sa.select(RateRow).order_by(RateRow.key, RateRow.valid_from, RateRow.id))
    return [
        Rate(
            one.key,
            one.pence,
            one.valid_from,
            one.known_from,
            one.valid_to,
            one.most_miles,
            one.source,
            one.status,
            one.id,
        )
        for one in rows
    ]
