"""The one place where this room tells people something. What is told is a notice: its words are made
when it is sent, from what is true then.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.accounts.api import is_reached_by_email
from portal.enrolment.models import Enrolment, Offer


def reaches_by_itself(session: Session, person_id: int) -> bool:
    """True when an e-mail does: an offer's clock then starts at once. Otherwise it starts when a text has left,
    or somebody has logged that they were reached.
    """
    return is_reached_by_email(session, person_id)


def place_taken(session: Session, enrolment: Enrolment) -> None:
    """They have a place."""


def place_freed(session: Session, enrolment: Enrolment) -> None:
    """They have a place no more."""


def joined_list(session: Session, person_id: int | None, entry_id: int) -> None:
    """They wait."""


def offer_made(session: Session, person_id: int | None, offer: Offer, run_id: int) -> None:
    """There is a place for them."""


def offer_lapsed(session: Session, person_id: int | None, offer_id: int) -> None:
    """The place went to somebody else."""
