"""Whom a person wants called in an emergency: their own choice, sealed, each look on record."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal import clock
from portal.audit import api as audit
from portal.concerns.models import EmergencyContact
from portal.concerns.queries import emergency_words
from portal.plugin_api.types import Actor
from portal.vault import seal


def save_contact(session: Session, actor: Actor, words: str) -> None:
    """Keep, change or (with no words) remove the actor's own emergency contact. Flushes.

    Raises:
        ValueError: nobody is signed in.
    """
    if actor.person_id is None:
        raise ValueError("an emergency contact is somebody's own")
    contact = session.get(EmergencyContact, actor.person_id)
    verb = "change" if words else "remove"
    if words:
        sealed = seal(session, EmergencyContact.words, actor.person_id, words)
        if contact is None:
            contact = EmergencyContact(person_id=actor.person_id, words=sealed)
            session.add(contact)
        contact.words, contact.updated_at = sealed, clock.now()
    elif contact is not None:
        session.delete(contact)
    session.flush()
    audit.record(session, actor, f"concerns:emergency:{verb}", ("person", actor.person_id))


def look_up_contact(session: Session, actor: Actor, person_id: int) -> str:
    """Whom to call for that person; empty when they named nobody. The look is put on record.

    The caller has asked whether the actor may: those on duty, and whoever leads today's session.
    """
    words = emergency_words(session, person_id)
    audit.record(session, actor, "concerns:emergency:read", ("person", person_id))
    return words
