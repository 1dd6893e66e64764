"""What stands at the desk about the pathway: who waits for a time, and whose support is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.clock import local_date
from portal.facilitators.models import InterestState, Reference, ReferenceState, SupportKind
from portal.facilitators.policies import MANAGE
from portal.facilitators.queries.opportunities import interest
from portal.facilitators.queries.support import due_for
from portal.facilitators.services.opportunities import INTEREST_TASK
from portal.facilitators.services.references import REFERENCE_TASK
from portal.facilitators.services.support import SUPPORT_TASK, weeks_between
from portal.facilitators.words.pathway import SUPPORT
from portal.plugin_api import DeskLine, TaskBrief, TaskInfo, TaskKind

SOON = timedelta(days=14)
_GROUP = _l("People who take part")


def _interest(session: Session, task: TaskInfo) -> TaskBrief | None:
    one = interest(session, int(task.about["interest"]))
    if one is None or one.state is not InterestState.WAITING:
        return None
    facts = [(_l("What they like"), one.title)]
    if one.words:
        facts.append((_l("What they say about a time"), one.words))
    return TaskBrief(_("Find a time together for a talk: half an hour, no test."), facts)


def _support(session: Session, task: TaskInfo) -> TaskBrief | None:  # noqa: ARG001 - the contract's signature
    kind = SUPPORT[SupportKind(str(task.about["kind"]))]
    return TaskBrief(_("They would like a time for: %(kind)s. Find one together.", kind=kind))


def _reference(session: Session, task: TaskInfo) -> TaskBrief | None:
    one = session.get(Reference, int(task.about["reference"]))
    if one is None or one.state is not ReferenceState.ASKED:
        return None
    return TaskBrief(
        _("They ask for a reference. Write it together with them, if they like."),
        [(_l("What it is for"), one.purpose)],
    )


TASKS = (
    TaskKind(
        kind=INTEREST_TASK,
        title=_l("Somebody is interested in an opportunity"),
        next_step=_l("Name a time to talk"),
        group=_GROUP,
        brief=_interest,
        permission=MANAGE,
        by_contact=True,
    ),
    TaskKind(
        kind=SUPPORT_TASK,
        title=_l("Somebody would like a time for support"),
        next_step=_l("Find a time together"),
        group=_GROUP,
        brief=_support,
        permission=MANAGE,
        by_contact=True,
    ),
    TaskKind(
        kind=REFERENCE_TASK,
        title=_l("Somebody asks for a reference"),
        next_step=_l("Write it and sign it"),
        group=_GROUP,
        brief=_reference,
        permission=MANAGE,
    ),
)


def support_due(session: Session, at: datetime) -> Iterator[DeskLine]:
    """That people who lead have no time for the support that is due soon: one line for all of them."""
    zone: str = current_app.settings.timezone  # type: ignore[attr-defined]  # it is a Portal
    last = local_date(at, zone) + SOON
    due = [
        one.due
        for one in due_for(session, weeks_between(session), at=at, zone=zone)
        if one.planned_at is None and one.due <= last
    ]
    if due:
        yield DeskLine(
            group=_GROUP,
            title=_l("Support that is due: %(many)d times to plan", many=len(due)),
            next_step=_l("Find times together"),
            url=url_for("facilitators.support_due"),
            due=due[0],
        )
