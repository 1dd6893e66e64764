"""What the room does and watches by itself: new addresses, a college without an administrator."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.demo import check_no_demo_sign_ins
from portal.accounts.mail import mail_address_changed
from portal.accounts.models import Login
from portal.accounts.policies import ADMINISTRATOR
from portal.accounts.queries import live_holders
from portal.accounts.services.closing import reopen_due
from portal.accounts.services.email_change import finish_changes
from portal.accounts.services.merging import merge_again, merged_since
from portal.db import run_unit
from portal.plugin_api import Check, CheckResult, EventContext, Job
from portal.plugin_api.events import PeopleMerged

LATELY = timedelta(days=7)

if TYPE_CHECKING:
    from portal.app import Portal


def _change_addresses(session: Session) -> None:
    for done in finish_changes(session):
        mail_address_changed(session, session.get_one(Login, done.login_id), done.old_email)


def _open_again(session: Session) -> None:
    reopen_due(session, clock.now())


def people_merged(session: Session, event: PeopleMerged, context: EventContext) -> None:  # noqa: ARG001 - what is there now counts
    """Two records were one person's: what was written for the other at the same instant follows."""
    merge_again(session, event.gone_id)


def _sweep_merged(session: Session) -> None:
    """The same, for what took longer to write."""
    lately = merged_since(session, clock.now() - LATELY)
    session.rollback()  # each in a unit of its own
    for gone_id in lately:
        run_unit(partial(merge_again, gone_id=gone_id))


def _has_administrator(session: Session) -> CheckResult:
    if live_holders(session, ADMINISTRATOR, clock.now()):
        return CheckResult(ok=True, message=_("Somebody can administer the college."))
    return CheckResult(
        ok=False,
        message=_(
            "Nobody can administer the college. Run `portal people create --name … --email … "
            "--role administrator`."
        ),
    )


def _second_step(_session: Session) -> CheckResult:
    settings = cast("Portal", current_app).settings
    if settings.asks_staff_for_second_step:
        return CheckResult(
            ok=True, message=_("Staff roles need a passkey or an authenticator app.")
        )
    return CheckResult(
        ok=settings.environment != "production",
        message=_(
            "Staff sign in with a password alone here. With real people, set "
            "PORTAL_STAFF_SECOND_STEP to true."
        ),
    )


JOBS = (
    Job("open-closed-logins", timedelta(minutes=10), _open_again),
    Job("sweep-merged", timedelta(days=1), _sweep_merged),
    Job("change-addresses", timedelta(minutes=10), _change_addresses),
)
HANDLERS = ((PeopleMerged, people_merged),)
CHECKS = (
    Check("accounts-administrator", _has_administrator),
    Check("accounts-second-step", _second_step),
    Check("accounts-demo", check_no_demo_sign_ins),
)
