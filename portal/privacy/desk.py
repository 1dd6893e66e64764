"""What stands at the desk for the data guardian: each request whose clock runs, with the day it ends; and for
whoever confirms it, each erasure that waits for a second person.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.plugin_api import Actor, DeskLine
from portal.privacy.models import RequestState
from portal.privacy.policies import (
    CONFIRM,
    REVIEW,
    confirmed_from,
    due_on,
    may_confirm_erasure,
    may_review,
)
from portal.privacy.services.erasing_for import open_asks
from portal.privacy.services.requests import due_of, open_requests
from portal.privacy.views.blueprint import today


def desk_lines(session: Session, actor: Actor) -> Iterator[DeskLine]:
    """One line for each that the actor may look through, or confirm. What waits for the person waits for
    nobody here.
    """
    yield from _erasures(session, actor)
    if not actor.can(REVIEW):
        return
    for one in open_requests(session):
        if one.state is RequestState.ASKED and may_review(actor, one.person_id):
            yield DeskLine(
                group=_l("Requests for a whole record"),
                title=_l("Somebody asks for everything we hold about them"),
                next_step=_l("Read it, then give it out"),
                url=url_for("privacy.review", request_id=one.id),
                due=due_of(one, today()),
            )


def _erasures(session: Session, actor: Actor) -> Iterator[DeskLine]:
    if not actor.can(CONFIRM):
        return
    for ask in open_asks(session):
        person_id = ask.person_id
        ready = confirmed_from(ask.begun_at) <= clock.now()
        if ready and may_confirm_erasure(actor, begun_by_id=ask.begun_by_id, person_id=person_id):
            yield DeskLine(
                group=_l("Wants to be erased"),
                title=_l("Somebody asked us to erase them"),
                next_step=_l("Make sure that it was them, then confirm it"),
                url=url_for("privacy.confirm_erasure", erasure_id=ask.id),
                due=due_on(ask.asked_on, 0),
            )
