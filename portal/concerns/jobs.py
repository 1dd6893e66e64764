"""What the room does by itself: escalate, forget, and say when nobody is on duty."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.concerns.models import Concern
from portal.concerns.policies import RECORD_DAYS
from portal.concerns.services.alarming import escalate, on_duty
from portal.plugin_api import Check, CheckResult, Job
from portal.plugin_api.dispatch import setting
from portal.vault import VaultError, seal


def _escalate(session: Session) -> None:
    escalate(session)


def forget_old(session: Session) -> None:
    """Delete what was closed long ago, with all that was written about it."""
    before = clock.now() - timedelta(days=int(setting(session, RECORD_DAYS)))
    session.execute(sa.delete(Concern).where(Concern.closed_at < before))


def _somebody_on_duty(session: Session) -> CheckResult:
    if on_duty(session):
        return CheckResult(ok=True, message=_("Somebody is on duty for concerns."))
    return CheckResult(
        ok=False,
        message=_("Nobody would be told of a concern. Give somebody the role “Duty contact”."),
    )


def _can_be_sealed(session: Session) -> CheckResult:
    try:
        seal(session, Concern.words, "check", "")
    except VaultError as error:
        return CheckResult(ok=False, message=str(error))
    return CheckResult(ok=True, message=_("Concerns can be sealed."))


JOBS = (
    Job("escalate", every=timedelta(minutes=1), run=_escalate),
    Job("forget", every=timedelta(days=1), run=forget_old),
)
CHECKS = (
    Check("concerns-duty", _somebody_on_duty),
    Check("concerns-key", _can_be_sealed),
)
