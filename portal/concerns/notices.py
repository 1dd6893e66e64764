"""What the people on duty are told, by e-mail and by text message at once: only that something waits.

The words are the same whatever it is about, and fall silent as soon as somebody has it.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import people_with_role
from portal.concerns.policies import DUTY
from portal.concerns.queries import waits
from portal.messages.api import full_link, render_notice
from portal.plugin_api import NoticeKind, NoticeWords, Recipient, TaskBrief, TaskInfo
from portal.plugin_api.notices import About, TaskKind

_SUBJECT = _l("Please sign in now")


def _compose(session: Session, to: Recipient, about: About, *, helper: bool) -> NoticeWords | None:
    if not waits(session, str(about["concern"]), int(about["round"])):
        return None
    return _words(to, _names(session) if helper else "", helper=helper)


def _names(session: Session) -> str:
    people = people_with_role(session, DUTY, clock.now()).values()
    return ", ".join(sorted(person.name for person in people))


def _words(to: Recipient, names: str, *, helper: bool) -> NoticeWords:
    link = full_link("concerns.duty")
    if helper:
        sms = _(
            "Nobody on duty has answered yet. Please find one of them now: %(who)s",
            who=names or "–",
        )
    else:
        sms = _("Something needs you now. Please sign in: %(link)s", link=link)
    return render_notice(
        "concerns/email/waits", to, sms=sms, spoken=sms, link=link, helper=helper, who=names
    )


def _sample(*, helper: bool) -> NoticeWords:
    return _words(Recipient(0, _("Sam"), ""), _("Alex") if helper else "", helper=helper)


_WAYS: tuple[tuple[str, Literal["email", "mobile"]], ...] = (("email", "email"), ("text", "mobile"))


def kinds() -> tuple[NoticeKind, ...]:
    """One kind for each way, so that each goes at once."""
    return tuple(
        NoticeKind(
            purpose=f"concerns:{who}_{way}",
            title=_l("Something waits for the people on duty"),
            subject=_SUBJECT,
            compose=partial(_compose, helper=who == "helper"),
            sample=partial(_sample, helper=who == "helper"),
            urgent=True,
            only=only,
        )
        for who in ("duty", "helper")
        for way, only in _WAYS
    )


def _brief(session: Session, task: TaskInfo) -> TaskBrief | None:
    if not waits(session, str(task.about["concern"]), int(task.about["round"])):
        return None
    return TaskBrief(
        _("Say only: something needs you now, please sign in to the college’s website.")
    )


def _nobody(session: Session, task: TaskInfo) -> TaskBrief | None:
    if not waits(session, str(task.about["concern"]), int(task.about["round"])):
        return None
    return TaskBrief(
        _("Ask an administrator to give somebody the role “Duty contact”, then ring that person.")
    )


def task_kinds() -> tuple[TaskKind, ...]:
    """What the desk does meanwhile: it needs no mail server."""
    group = _l("At once")
    return (
        TaskKind(
            kind="concerns:ring",
            title=_l("Something waits for somebody on duty"),
            next_step=_l("Ring them now"),
            group=group,
            brief=_brief,
            by_contact=True,
        ),
        TaskKind(
            kind="concerns:nobody",
            title=_l("Something waits, and nobody is on duty"),
            next_step=_l("Find somebody now"),
            group=group,
            brief=_nobody,
        ),
    )
