"""What this room says of the time that somebody gave, beside the sessions they led."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.clock import local_date
from portal.facilitators.models import MarkHow, PathwayMark, Stage, SupportKind
from portal.facilitators.queries.steps import steps
from portal.facilitators.queries.support import held_slots
from portal.facilitators.words.pathway import SUPPORT
from portal.plugin_api import Contribution

GIVEN = frozenset({SupportKind.PREPARATION, SupportKind.DEBRIEF})  # the others are for them


def gifts(session: Session, person_id: int) -> Iterator[Contribution]:
    """Preparing and looking back, with its minutes; and the sessions they came along to before they led."""
    zone: str = current_app.settings.timezone  # type: ignore[attr-defined]  # it is a Portal
    for slot in held_slots(session, person_id):
        if slot.kind in GIVEN:
            on = local_date(slot.starts_at, zone)
            yield Contribution(on, _("Time around sessions"), str(SUPPORT[slot.kind]), slot.minutes)
    titles = {one.key: one.title for one in steps(session) if one.stage is Stage.SHADOWING}
    marks = sa.select(PathwayMark.step_key, PathwayMark.on_day).where(
        PathwayMark.person_id == person_id,
        PathwayMark.how == MarkHow.DONE,
        PathwayMark.step_key.in_(titles),
    )
    for key, on in session.execute(marks.order_by(PathwayMark.id)):
        yield Contribution(on, _("Came along to a session"), str(titles[key]))
