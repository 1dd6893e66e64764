"""What the desk shows of claims: what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.policies import DECIDE
from plugins.claims.queries.claims import to_decide
from portal.plugin_api import Actor, DeskLine


def lines(session: Session, actor: Actor) -> Iterator[DeskLine]:
    """Each claim that waits, but one's own, with the day by which it is decided."""
    if not actor.can(DECIDE):
        return
    for one in to_decide(session):
        if one.due is not None and one.person_id != actor.person_id:
            yield DeskLine(
                group=_l("Claims"),
                title=_l("A claim is late") if one.late else _l("A claim waits for a decision"),
                next_step=_l("Decide about it"),
                url=url_for("claims.decide", ref=one.ref),
                due=one.due.decided,
            )
