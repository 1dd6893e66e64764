"""What deciding about messages needs, made by hand: an address book of a dictionary, hands that remember."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_babel import force_locale
from sqlalchemy.orm import Session

from portal.accounts.address_book import find_reach
from portal.accounts.models import ContactRoute, RouteKind
from portal.accounts.services.routes import RouteInput, add_route, agreed
from portal.messages.ways import AddressBook, ByHand, MaySend, Ways
from portal.plugin_api import SYSTEM
from tests.factories.accounts import make_person

MOBILE = "07700 900123"


@dataclass
class Remembering:
    """Hands that remember what they were given."""

    taken: list[ByHand] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def take(self, session: Session, notice: ByHand) -> None:
        self.taken.append(notice)

    def drop(self, session: Session, uid: str) -> None:
        self.dropped.append(uid)


def _always(session: Session, person_id: int, address: str, purpose: str) -> bool:
    return True


def ways_of(
    may_send: MaySend = _always, *, hands: Remembering | None = None, texts: bool = True
) -> Ways:
    """Ways with the real address book for notices."""
    return Ways(
        book=AddressBook(
            may_send, lambda session, person: find_reach(session, person, ("en", "fr"))
        ),
        hands=hands or Remembering(),
        texts=texts,
        zone="Europe/London",
        speak=lambda language: force_locale(language or "en"),
    )


def make_reachable(
    session: Session,
    name: str = "Sam",
    *,
    email: str = "",
    mobile: str = "",
    landline: str = "",
    letter: str = "",
    safe: bool = True,
    prefer: RouteKind | None = None,
) -> int:
    """A person with these routes, all agreed to, the first of them preferred unless another is named."""
    person = make_person(session, name).id
    values = {
        RouteKind.EMAIL: email,
        RouteKind.MOBILE: mobile,
        RouteKind.LANDLINE: landline,
        RouteKind.LETTER: letter,
    }
    for kind, value in values.items():
        if value:
            given = RouteInput(kind, value, safe, agreed())
            add_route(session, SYSTEM, person, given, preferred=kind is prefer)
    return person


def route_of(session: Session, person_id: int, kind: RouteKind) -> ContactRoute:
    return session.query(ContactRoute).filter_by(person_id=person_id, kind=kind).one()
