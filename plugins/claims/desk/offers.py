"""What the desk shows of offers: whose day is over and what became of them, and what is given by hand."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.money.deadlines import after_working_days
from plugins.claims.policies import OFFER, RECOGNISE
from plugins.claims.queries.offers import to_close, to_give
from plugins.claims.services.today import today
from portal.plugin_api import Actor, DeskLine

SAY_IN = 2  # working days


def lines(session: Session, actor: Actor) -> Iterator[DeskLine]:
    """Each of them, but one's own: whoever took part waits for it. No sum and no answer stands here."""
    if actor.can(OFFER):
        yield from _to_close(session, actor)
    if actor.can(RECOGNISE):
        yield from _to_give(session, actor)


def _to_close(session: Session, actor: Actor) -> Iterator[DeskLine]:
    for one in to_close(session, today())[0]:
        if one.person_id != actor.person_id:
            yield DeskLine(
                group=_l("Offers"),
                title=_l("Somebody was asked to take part, and the day is over"),
                next_step=_l("Say what became of it"),
                url=url_for("claims.close_offer", ref=one.ref),
                due=after_working_days(one.done.day, SAY_IN),
            )


def _to_give(session: Session, actor: Actor) -> Iterator[DeskLine]:
    for one in to_give(session)[0]:
        if one.needs_a_hand and one.brief.person_id != actor.person_id:
            yield DeskLine(
                group=_l("Offers"),
                title=_l("Somebody is to get what was agreed"),
                next_step=_l("Give it"),
                url=url_for("claims.recognition"),
                due=one.due,
            )
