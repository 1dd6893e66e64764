"""Words for whoever is taken along: supporters and buddies with a way of their own to be reached.

A student is named to them only while the two have an agreement; it, and that they want to be reached, are
read again when the message leaves. Who has no way to be reached is told by the student.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.api import people_by_ids, reaches
from portal.courses.api import run_by_id
from portal.enrolment.models import Enrolment, Role
from portal.enrolment.notices import facts
from portal.enrolment.notices.places import about_run
from portal.enrolment.queries import parties
from portal.enrolment.queries.waiting import BEGUN
from portal.enrolment.services import telling
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.ui.filters import moment


def along_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """They have a place beside a student, as long as both do."""
    place = session.get(Enrolment, int(about["enrolment"]))
    role = parties.role_in_party(session, int(about["party"]), int(about["enrolment"]))
    students = parties.students_of_party(session, int(about["party"]))
    run = about_run(session, place.run_id) if place is not None else None
    if place is None or role is None or not students or run is None or not _reached(session, to):
        return None
    return _along(to, role=role, who=_names(session, to, students), **run)


def _along(to: Recipient, **said: Any) -> NoticeWords:
    when = moment(said["starts"])
    sms = _("Somebody takes you along. It begins on %(when)s.", when=when)
    asked = {"who": said["who"] or _("Somebody"), "course": said["course"]}
    spoken = _(
        "%(who)s takes you along to %(course)s. It begins on %(when)s, and you have a place. If you would "
        "rather not come, just say so. You need not say why.",
        when=when,
        **asked,
    )
    return facts.words("along", to, sms, spoken, **_parts(said))


def waiting_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """A student waits for places for both."""
    found = parties.waits_with(session, int(about["body"]))
    if found is None or not _reached(session, to):
        return None
    run_id, student, role = found
    run = about_run(session, run_id)
    if run is None:
        return None
    return _waiting(to, role=role, who=_names(session, to, [student]), **run)


def _waiting(to: Recipient, **said: Any) -> NoticeWords:
    sms = _("Somebody would like to take you along. There are no places yet.")
    spoken = _(
        "%(who)s would like to take you along to %(course)s. It is full at the moment, and you wait for "
        "places together. You need not do anything: when there are places, we tell you.",
        who=said["who"] or _("Somebody"),
        course=said["course"],
    )
    return facts.words("along_waiting", to, sms, spoken, **_parts(said))


def over_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """What they waited for together is over. Why is said only where it is no one's choice."""
    found = parties.waited_with(session, int(about["body"]))
    if found is None or not _reached(session, to):
        return None
    entry, role = found
    run = run_by_id(session, entry.run_id)
    if run is None or parties.comes_otherwise(session, run.id, to.person_id):
        return None
    student = [entry.person_id] if entry.person_id is not None else []
    return _over(
        to,
        role=role,
        who=_names(session, to, student),
        course=run.course_title,
        begun=entry.ended_why == BEGUN,
        cancelled=run.cancelled,
    )


def _over(to: Recipient, **said: Any) -> NoticeWords:
    sms = _("Somebody wanted to take you along. You do not wait for places any more.")
    spoken = _(
        "%(who)s wanted to take you along to %(course)s, and you waited for places together. That wait is "
        "over, so nothing is planned. You need not do anything.",
        who=said["who"] or _("Somebody"),
        course=said["course"],
    )
    return facts.words("along_over", to, sms, spoken, **_parts(said))


def _reached(session: Session, to: Recipient) -> bool:
    reach = reaches(session, [to.person_id]).get(to.person_id)
    return reach is not None and bool(reach.routes)


def _names(session: Session, to: Recipient, students: Sequence[int]) -> str:
    """The names of those who agreed that this one comes along; empty when nobody did, or not any more."""
    agreed = parties.agreed_with(session, to.person_id, students)
    known = people_by_ids(session, agreed)
    return ", ".join(known[one].name for one in students if one in known)


def _parts(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "buddy": said["role"] is Role.BUDDY}


def _sample(**context: Any) -> dict[str, Any]:
    return {
        "course": facts.SAMPLE_COURSE,
        "starts": facts.SAMPLE_START,
        "where": _("Quay House"),
        "first_needed": False,
        "role": Role.SUPPORTER,
        "who": _("Robin"),
        **context,
    }


def kinds() -> tuple[NoticeKind, ...]:
    """What is told to who comes along."""
    return (
        NoticeKind(
            purpose=telling.ALONG,
            title=_l("Comes along with somebody"),
            subject=_l("You come along with somebody"),
            compose=along_words,
            sample=lambda: _along(facts.somebody(), **_sample()),
        ),
        NoticeKind(
            purpose=telling.ALONG_WAITING,
            title=_l("Waits to come along with somebody"),
            subject=_l("Somebody would like to take you along"),
            compose=waiting_words,
            sample=lambda: _waiting(facts.somebody(), **_sample(role=Role.BUDDY)),
        ),
        NoticeKind(
            purpose=telling.ALONG_OVER,
            title=_l("Waits no more to come along with somebody"),
            subject=_l("You do not wait any more"),
            compose=over_words,
            sample=lambda: _over(facts.somebody(), **_sample(begun=True, cancelled=False)),
        ),
    )
