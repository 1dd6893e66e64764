"""The one place where this room tells people something. What is told is a notice: its words are made when it
leaves, from what is true then (`notices`).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.accounts.api import is_reached_by_email
from portal.enrolment.models import Enrolment, Offer
from portal.messages.api import tell

PLACE = "enrolment:place"
LEFT = "enrolment:left"
WAITING = "enrolment:waiting"
OFFER = "enrolment:offer"
OFFER_LAPSED = "enrolment:offer_lapsed"


def reaches_by_itself(session: Session, person_id: int) -> bool:
    """True when an e-mail does: an offer's clock then starts at once. Otherwise it starts when a text has
    left, or somebody has logged that they were reached.
    """
    return is_reached_by_email(session, person_id)


def place_taken(session: Session, enrolment: Enrolment) -> None:
    """They have a place."""
    _tell(session, enrolment.person_id, PLACE, "enrolment", enrolment.id, enrolment.run_id)


def place_freed(session: Session, enrolment: Enrolment) -> None:
    """They have a place no more."""
    _tell(session, enrolment.person_id, LEFT, "enrolment", enrolment.id, enrolment.run_id)


def joined_list(session: Session, person_id: int | None, entry_id: int, run_id: int) -> None:
    """They wait."""
    _tell(session, person_id, WAITING, "entry", entry_id, run_id)


def offer_made(session: Session, person_id: int | None, offer: Offer) -> None:
    """There is a place for them."""
    _tell(session, person_id, OFFER, "offer", offer.id, offer.run_id)


def offer_lapsed(session: Session, person_id: int | None, offer: Offer) -> None:
    """The place went to somebody else."""
    _tell(session, person_id, OFFER_LAPSED, "offer", offer.id, offer.run_id)


def _tell(
    session: Session, person_id: int | None, purpose: str, what: str, number: int, run_id: int
) -> None:
    """Once for each thing; guests are told by those who bring them."""
    if person_id is not None:
        tell(
            session,
            person_id,
            purpose,
            {what: number},
            key=f"{purpose}:{number}",
            concerning=f"run:{run_id}",
        )
