"""What is owed for an offer: pence in the books, hours in the account. Only new entries, never a change."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Credit, EntryRow, Offer, RecognitionChoice, TimeCreditEntry
from plugins.claims.money import postings
from plugins.claims.money.postings import About, Account
from plugins.claims.services.books import write
from plugins.claims.services.hours import add_hours
from portal.plugin_api import Actor


def owed(session: Session, choice_id: int) -> int:
    """Pence that the books owe for an answer, paid or not. One query."""
    pence = sa.case((EntryRow.out_of == Account.OWED, EntryRow.pence), else_=-EntryRow.pence)
    found = session.scalar(
        sa.select(sa.func.sum(pence)).where(
            EntryRow.about == About.CHOICE, EntryRow.about_id == choice_id
        )
    )
    return int(found or 0)


def earned(session: Session, offer: Offer) -> int:
    """Minutes that were given for an offer so far. One query."""
    found = session.scalar(
        sa.select(sa.func.sum(TimeCreditEntry.minutes)).where(
            TimeCreditEntry.key.like(f"offer:{offer.id}:%")
        )
    )
    return int(found or 0)


def owe(session: Session, actor: Actor, offer: Offer, choice: RecognitionChoice) -> None:
    """Bring books and hours to what is taken now. Both rows are locked.

    Raises:
        RefusedError: hours that are not wanted any more are used already.
    """
    more = choice.pence - owed(session, choice.id)
    write(session, About.CHOICE, choice.id, f"answer:{choice.version}", postings.allow(more))
    minutes = (offer.credit if choice.credit else 0) - earned(session, offer)
    if minutes and offer.person_id is not None:
        key = f"offer:{offer.id}:{choice.version}"
        add_hours(session, actor, offer.person_id, Credit.EARNED, minutes, key=key)
