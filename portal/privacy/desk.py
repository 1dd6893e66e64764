"""What stands at the desk for the data guardian: each request whose clock runs, with the day it ends."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.plugin_api import Actor, DeskLine
from portal.privacy.policies import REVIEW, may_review
from portal.privacy.request_models import RequestState
from portal.privacy.services.requests import due_of, open_requests
from portal.privacy.views.blueprint import today


def desk_lines(session: Session, actor: Actor) -> Iterator[DeskLine]:
    """One line for each that the actor may look through. What waits for the person waits for nobody here."""
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
