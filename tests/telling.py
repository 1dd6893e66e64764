"""A made-up plugin that tells people about places, with a world that tests can change under it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from portal.messages.api import render_notice
from portal.plugin_api import Contact, NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.ui.filters import day
from tests.plugins import make_plugin, returning

OFFER, NEWS, LONG, TOUCHY = "telling:offer", "telling:news", "telling:long", "telling:touchy"
DAY = date(2027, 3, 2)


@dataclass
class World:
    """What is true, and what the plugin was told."""

    untrue: set[int] = field(default_factory=set)
    broken: bool = False
    room: str = "Garden Room"
    contacts: list[Contact] = field(default_factory=list)

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]


world = World()


def _compose(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    if world.broken:
        raise RuntimeError(f"no words for {to.name}")
    if about["offer"] in world.untrue:
        return None
    words = f"{to.name}, your place is on {day(DAY)} in the {world.room}."
    html = render_notice("messages/email", to).html
    return NoticeWords(text=words, html=html, sms=words, spoken=f"Say: {words}")


def _noted(session: Session, contact: Contact) -> None:
    world.contacts.append(contact)
    if contact.about.get("offer") == 666:
        raise RuntimeError("the plugin trips over it")


def _kind(purpose: str, **values: object) -> NoticeKind:
    chosen = {
        "title": "A place is offered",
        "subject": "News for you",
        "compose": _compose,
        "sample": lambda: NoticeWords(
            "Hello", html="<p>Hello</p>", sms="Hello", spoken="Say hello"
        ),
        "on_contact": _noted,
        "urgent": True,
    }
    return NoticeKind(purpose, **(chosen | values))  # type: ignore[arg-type]


KINDS = [
    _kind(OFFER),
    _kind(NEWS, urgent=False, on_contact=None),
    _kind(LONG, compose=lambda session, to, about: NoticeWords("x " * 900, sms="x " * 900)),
    _kind(TOUCHY, compose=lambda session, to, about: session.add(_nobody())),
]


def _nobody() -> object:
    from portal.accounts.models import Person
    from portal.clock import now

    return Person(name="Written by a reader", created_at=now())


PLUGIN = make_plugin("telling", notices=returning(KINDS))
