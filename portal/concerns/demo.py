"""One invented concern of the demo college, which somebody on duty looks after."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.api import demo_people
from portal.concerns.models import Concern
from portal.concerns.services import answering, raising
from portal.plugin_api import ANONYMOUS, Actor

_WORDS = (
    "I am worried about somebody in my Tuesday group. They have not come for two weeks, and last time they "
    "said that nobody would notice if they were gone."
)
_REACH = "01632 960123, in the evening. Please do not leave a message."
_NOTE = "Rang the person who wrote. They are safe at home and want to talk on Thursday."


def seed_concerns(session: Session) -> None:
    """Raise it, take it, write a note; flushes, never commits."""
    on_duty = Actor(person_id=demo_people(session).officers["duty_contact"][0])
    raising.raise_concern(
        session, ANONYMOUS, form_key="demo", words=_WORDS, reach=_REACH, named=False
    )
    uid = session.scalars(sa.select(Concern.uid)).one()
    answering.acknowledge(session, on_duty, uid)
    answering.note(session, on_duty, uid, _NOTE, once="demo")
