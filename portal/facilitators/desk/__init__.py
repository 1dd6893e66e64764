"""What this room puts on the desk: sessions without a pair, what ends soon, raised hands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln
from sqlalchemy.orm import Session

from portal.accounts.api import people_by_ids
from portal.courses.api import sessions_to_lead, sessions_without_pair
from portal.facilitators.models import AskState
from portal.facilitators.policies import ANSWER_HOURS, FIND
from portal.facilitators.queries import finding
from portal.facilitators.queries.asks import Asked, asked_for
from portal.facilitators.queries.people import latest_clearances, raised_hand
from portal.facilitators.services.day import HAND
from portal.facilitators.words import CLEARANCES, HANDS
from portal.plugin_api import DeskLine, TaskBrief, TaskInfo, TaskKind
from portal.plugin_api.dispatch import setting
from portal.plugin_api.types import Words
from portal.ui.filters import moment

SOON = timedelta(weeks=3)
MOST = 20
ENDS_SOON = timedelta(days=30)


def at_risk(session: Session, at: datetime) -> Iterator[DeskLine]:
    """Sessions of the next weeks without a pair, each with what is to be done next."""
    found = sessions_without_pair(session, at, until=at + SOON, limit=MOST)
    asks: dict[int, list[Asked]] = {}
    for one in asked_for(session, [meeting.id for meeting in found]):
        asks.setdefault(one.session_id, []).append(one)
    before = at - timedelta(hours=int(setting(session, ANSWER_HOURS)))
    for meeting in found:
        yield DeskLine(
            group=_l("Sessions at risk"),
            title=_l(
                "%(course)s, session %(number)d", course=meeting.course_title, number=meeting.number
            ),
            next_step=next_step(asks.get(meeting.id, []), before),
            url=url_for("facilitators.match", session_id=meeting.id),
            due=meeting.day,
        )


def next_step(asks: list[Asked], before: datetime) -> Words:
    """What to do about a session at risk: ask, wait for answers, or decide."""
    asks = [one for one in asks if one.state is not AskState.HANDED_BACK]
    step: Words = _l("Nobody has said yes: decide whether it goes ahead")
    if not asks:
        step = _l("Find somebody to lead it")
    waiting = [one for one in asks if one.state is AskState.WAITING]
    if waiting and max(one.asked_at for one in asks) > before:
        step = _ln("Wait for %(num)d answer", "Wait for %(num)d answers", len(waiting))
    return step


def taken_up(session: Session, at: datetime) -> Iterator[DeskLine]:
    """Sessions whose leader took a place elsewhere at the same time."""
    found = finding.taken_up(session, at)[:MOST]
    people = people_by_ids(session, {one.person_id for one in found})
    for one in found:
        if one.person_id not in people:
            continue
        yield DeskLine(
            group=_l("Sessions at risk"),
            title=_l(
                "%(course)s, session %(number)d: %(name)s has something else then",
                course=one.meeting.course_title,
                number=one.meeting.number,
                name=people[one.person_id].name,
            ),
            next_step=_l("Ask them which they would rather do"),
            url=url_for("facilitators.match", session_id=one.meeting.id),
            due=one.meeting.day,
        )


def ends_soon(session: Session, at: datetime) -> Iterator[DeskLine]:
    """What somebody needs in order to lead, in its last weeks, or over."""
    found = latest_clearances(session, ends_by=(at + ENDS_SOON).date())[:MOST]
    people = people_by_ids(session, {one.person_id for one in found})
    for one in found:
        if one.valid_to is None or one.person_id not in people:
            continue
        yield DeskLine(
            group=_l("Needed in order to lead"),
            title=_l(
                "%(name)s: %(kind)s",
                name=people[one.person_id].name,
                kind=CLEARANCES[one.kind],
            ),
            next_step=_l("Help them to renew it"),
            url=url_for("facilitators.person", person_id=one.person_id),
            due=one.valid_to,
        )


def _brief(session: Session, task: TaskInfo) -> TaskBrief | None:
    hand = raised_hand(session, int(task.about["hand"]))
    if hand is None:
        return None
    meeting = sessions_to_lead(session, [hand.session_id])[hand.session_id]
    facts = [
        (_l("Session"), meeting.course_title),
        (_l("When"), moment(meeting.starts_at)),
        (_l("What they wrote"), hand.words or _("Nothing: they would like to be rung up.")),
    ]
    return TaskBrief(HANDS[hand.about], facts)


HAND_KIND = TaskKind(
    kind=HAND,
    title=_l("Somebody who leads a session raised a hand"),
    next_step=_l("Ring them, and listen"),
    group=_l("Today"),
    brief=_brief,
    permission=FIND,
    by_contact=True,
)
