"""What somebody is told before they pause their account: which of their courses go on without a word."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from portal.enrolment.queries.blocks import waits_of
from portal.enrolment.queries.pauses import pause_at, sessions_to_come
from portal.plugin_api import PersonAction


def costs_of(session: Session, person_id: int, at: datetime) -> list[PersonAction]:
    """Sessions go on and lists move; nothing when they take a break from their courses already."""
    if pause_at(session, person_id, at) is not None:
        return []
    courses = len({one.run_id for one in sessions_to_come(session, person_id, at)})
    lists = len(waits_of(session, person_id))
    url, found = url_for("enrolment.my_break"), []
    if courses:
        text = ngettext(
            "You have a place on %(num)d course. It goes on, and we do not remind you.",
            "You have places on %(num)d courses. They go on, and we do not remind you.",
            courses,
        )
        found.append(PersonAction(_l("Take a break from your courses too"), url, text))
    if lists:
        text = ngettext(
            "You wait for a place on %(num)d course. If one is free, we still tell you.",
            "You wait for a place on %(num)d courses. If one is free, we still tell you.",
            lists,
        )
        found.append(PersonAction(_l("Let places pass you until you are back"), url, text))
    return found
