"""Calls and letters: notices that no machine can bring, as tasks of the kind `desk:contact`."""

from __future__ import annotations

from typing import cast

from sqlalchemy.orm import Session

from portal import clock
from portal.desk.policies import working_day_after
from portal.desk.services import close_task, open_task
from portal.messages.api import ByHand, give_up, log_contact
from portal.plugin_api import Actor, TaskLogged
from portal.plugin_api.dispatch import setting
from portal.plugin_api.notices import Outcome

CONTACT = "desk:contact"
CONTACT_DAYS = "desk:contact_days"


def key_of(uid: str) -> str:
    """The key of the task that stands for a notice."""
    return f"message:{uid}"


class DeskHands:
    """The hands that messages asks for."""

    def __init__(self, zone: str) -> None:
        self._zone = zone

    def take(self, session: Session, notice: ByHand) -> None:
        """A task that is due in time: within the working days of the settings, and before it is too late."""
        today = clock.local_date(clock.now(), self._zone)
        due = working_day_after(today, int(setting(session, CONTACT_DAYS)))
        if notice.expires_at is not None:
            due = max(today, min(due, clock.local_date(notice.expires_at, self._zone)))
        open_task(
            session,
            kind=CONTACT,
            key=key_of(notice.uid),
            due=due,
            person_id=notice.person_id,
            about={"message": notice.uid, "purpose": notice.purpose, "why": notice.why},
        )

    def drop(self, session: Session, uid: str) -> None:
        """Close the task, if it is open."""
        close_task(session, key_of(uid))


def on_logged(session: Session, logged: TaskLogged) -> None:
    """Tell messages what came of a call or letter, and so the notice's own kind."""
    uid = str(logged.task.about["message"])
    if logged.outcome == "not_needed":
        give_up(session, uid)
        return
    actor = Actor(person_id=logged.actor_id)
    log_contact(session, actor, uid, cast("Outcome", logged.outcome))
