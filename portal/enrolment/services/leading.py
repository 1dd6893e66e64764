"""Whether leading a session still opens what leading opens: not for who has left, or gets no places."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.enrolment.policies import OPEN_SESSION
from portal.plugin_api import Actor, Leading, Veto
from portal.plugin_api.dispatch import ask_veto


def still_leads(session: Session, actor: Actor, session_id: int) -> bool:
    """False when a room or plugin says that this person leads nothing any more, or fails while being asked.

    That they are put down for the session is for the caller to ask.
    """
    if actor.person_id is None:
        return False
    try:
        ask_veto(session, OPEN_SESSION, actor, Leading(actor.person_id, session_id))
    except Veto:
        return False
    return True
