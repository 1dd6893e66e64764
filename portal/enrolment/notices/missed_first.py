"""Words for whoever missed a first session that is needed. No blame, no course on a locked phone."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.courses.api import run_by_id
from portal.enrolment.models import Enrolment, EnrolmentState, MissedFirst, MissedState
from portal.enrolment.notices import facts
from portal.enrolment.queries import missed_first as queries
from portal.enrolment.queries.waiting import live_offer, place_in_list
from portal.enrolment.services import telling
from portal.plugin_api import NoticeKind, NoticeWords, Recipient, now
from portal.plugin_api.notices import About
from portal.ui.filters import moment


def missed_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """What they missed, and what is kept for them. Silent once there is an offer: that says it all."""
    one = queries.standing(session, int(about["missed"]))
    run = run_by_id(session, one.run_id) if one is not None else None
    if one is None or run is None or run.cancelled:
        return None
    said = {"course": run.course_title, "keeps": one.active, "next_starts": None, "position": 0}
    if one.entry_id is not None:
        if live_offer(session, one.entry_id) is not None:
            return None
        place = place_in_list(session, one.entry_id, now())
        later = run_by_id(session, place.run_id) if place is not None else None
        if place is None or later is None or later.starts_at is None:
            return None
        said |= {"next_starts": later.starts_at, "position": place.position}
    return _missed(to, **said)


def _missed(to: Recipient, **said: Any) -> NoticeWords:
    if said["next_starts"] is not None:
        sms = _(
            "You could not come the first time, and that is fine. You are in the list for %(when)s.",
            when=moment(said["next_starts"]),
        )
    else:
        sms = _("You could not come the first time, and that is fine. We tell you the next dates.")
    spoken = _(
        "You could not come to the first session of %(course)s, and that is fine. Nothing is wrong. %(kept)s "
        "What would suit you?",
        course=said["course"],
        kept=_kept(said),
    )
    return facts.words("missed_first", to, sms, spoken, **said)


def _kept(said: dict[str, Any]) -> str:
    if said["next_starts"] is None:
        return str(_("As soon as there are new dates, we tell you."))
    when = moment(said["next_starts"])
    return str(_("We put you in the list for the next dates, from %(when)s.", when=when))


def was_there_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """What we wrote was not so; None once it is so again, or they have left."""
    missed = session.get(MissedFirst, int(about["missed"]))
    place = session.get(Enrolment, missed.enrolment_id) if missed is not None else None
    if missed is None or place is None or missed.state is not MissedState.TAKEN_BACK:
        return None
    run = run_by_id(session, place.run_id)
    if run is None or place.state is not EnrolmentState.ENROLLED:
        return None
    return _was_there(to, course=run.course_title)


def _was_there(to: Recipient, **said: Any) -> NoticeWords:
    sms = _("We wrote that you missed the first time. That was our mistake. Your place is yours.")
    spoken = _(
        "We wrote that you missed the first session of %(course)s. That was our mistake, and we are sorry. "
        "Your place is yours.",
        course=said["course"],
    )
    return facts.words("was_there", to, sms, spoken, **said)


def kinds() -> tuple[NoticeKind, ...]:
    """What is told about a first session that was missed."""
    return (
        NoticeKind(
            purpose=telling.MISSED,
            title=_l("A first session was missed"),
            subject=_l("What we keep for you"),
            compose=missed_words,
            sample=lambda: _missed(
                facts.somebody(),
                course=facts.SAMPLE_COURSE,
                keeps=True,
                next_starts=facts.SAMPLE_START,
                position=2,
            ),
        ),
        NoticeKind(
            purpose=telling.WAS_THERE,
            title=_l("A first session was not missed after all"),
            subject=_l("Our message was not right"),
            compose=was_there_words,
            sample=lambda: _was_there(facts.somebody(), course=facts.SAMPLE_COURSE),
        ),
    )
