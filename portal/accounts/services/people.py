"""People: who they are here, what they are called, how they read."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import LONGEST_NAME, Person
from portal.audit import api as audit
from portal.messages.api import wake
from portal.plugin_api import Actor, publish
from portal.plugin_api.events import PersonRegistered

NOBODY = "–"  # stands where a name was; the same in every language


def create_person(
    session: Session, actor: Actor, *, name: str, pronouns: str = "", language: str = ""
) -> Person:
    """A new person, flushed so that its id is known. `language` is the one they are written to in.

    Raises:
        ValueError: the name is empty or too long.
    """
    name = _checked_name(name)
    person = Person(name=name, pronouns=pronouns.strip(), language=language, created_at=clock.now())
    session.add(person)
    session.flush()
    audit.record(session, actor, "accounts:person:create", ("person", person.id))
    publish(session, PersonRegistered(person_id=person.id))
    return person


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"a name has 1 to {LONGEST_NAME} letters")
    return name


def change_details(
    session: Session, actor: Actor, person: Person, *, name: str, pronouns: str
) -> None:
    """What the person wants to be called. Nothing is written when nothing changed.

    Raises:
        ValueError: the name is empty or too long.
    """
    name, pronouns = _checked_name(name), pronouns.strip()
    changed = [
        field
        for field, value in (("name", name), ("pronouns", pronouns))
        if getattr(person, field) != value
    ]
    if changed:
        person.name, person.pronouns = name, pronouns
        session.flush()
        audit.record(
            session,
            actor,
            "accounts:person:change",
            ("person", person.id),
            details={"fields": changed},
        )


def empty_record(session: Session, person: Person) -> None:
    """The row stays without a name, because records of others point at it. It counts as nobody now."""
    person.name, person.pronouns, person.display, person.language = NOBODY, "", "", ""
    person.paused_at, person.erased_at = None, clock.now()
    session.flush()


def pause_account(session: Session, actor: Actor, person: Person) -> None:
    """They want to hear nothing that can wait. Why is asked nowhere."""
    if person.paused_at is None:
        person.paused_at = clock.now()
        session.flush()
        audit.record(session, actor, "accounts:person:pause", ("person", person.id))


def resume_account(session: Session, actor: Actor, person: Person) -> None:
    """They are back: what waited is looked at, and told if it is still true."""
    if person.paused_at is not None:
        person.paused_at = None
        session.flush()
        wake(session, person.id)
        audit.record(session, actor, "accounts:person:resume", ("person", person.id))


def save_display(session: Session, person_id: int, display: str) -> None:
    """Keep the person's display settings. Not audited: a text size is nobody's business."""
    session.get_one(Person, person_id).display = display
    session.flush()


def choose_language(session: Session, actor: Actor, person: Person, language: str) -> None:
    """The language that the person is written to in; "" for none in particular."""
    if person.language == language:
        return
    person.language = language
    session.flush()
    audit.record(
        session,
        actor,
        "accounts:person:change",
        ("person", person.id),
        details={"fields": ["language"]},
    )
