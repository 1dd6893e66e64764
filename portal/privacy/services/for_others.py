"""Whoever uses no screen has the same rights: what the college does for them, because they asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from portal.messages.api import tell
from portal.plugin_api import Actor
from portal.plugin_api.dispatch import ask_veto
from portal.plugin_api.personal import Exported, ExportedPart
from portal.privacy.models import AskedHow
from portal.privacy.policies import ASK_FOR, may_act_for
from portal.privacy.services import requests

WRITTEN_DOWN = "privacy:written_down"


class NotTheirsError(Exception):
    """The actor may not do this for that person."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How and on which day somebody asked, as whoever heard it wrote down."""

    how: AskedHow
    on: date


def ask_for(
    session: Session, actor: Actor, person_id: int, asking: Asking, words: str, *, today: date
) -> int:
    """Write down that somebody asks for everything that is held about them; the request's id.

    The clock began on the day they asked. They are told, by their own way, that it was written down: if it
    was not them, they can say so. Who has an open request keeps that one.

    Raises:
        NotTheirsError: the actor may not.
        Veto: not for this person.
    """
    check(actor, person_id)
    ask_veto(session, ASK_FOR, actor, person_id)
    request_id = requests.ask(
        session, actor, person_id, words, today=min(asking.on, today), how=asking.how
    )
    key = f"{WRITTEN_DOWN}:{request_id}"
    tell(session, person_id, WRITTEN_DOWN, {"request": request_id}, key=key)
    return request_id


def printable(found: Exported) -> tuple[Exported, tuple[ExportedPart, ...]]:
    """What may stand in a letter that somebody here prints, and the parts that may not.

    What only few may see, as the page "What we keep about you" says of it, nobody reads for being put
    into an envelope. What is discreet is not named either: that it is there would say something.
    """
    kept: list[ExportedPart] = []
    closed: list[ExportedPart] = []
    for part in found.parts:
        few = part.source.sensitivity == "special" or part.source.seen_by
        if not few or not part.rows:
            kept.append(part)
        elif not part.source.discreet:
            closed.append(part)
    return replace(found, parts=tuple(kept)), tuple(closed)


def check(actor: Actor, person_id: int) -> None:
    """Ask whether the actor may do something for that person.

    Raises:
        NotTheirsError: they may not.
    """
    if not may_act_for(actor, person_id):
        raise NotTheirsError(person_id)
