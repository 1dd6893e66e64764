"""What the room does by itself: forget old sessions and codes; notice a college without an administrator."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.demo import check_no_demo_sign_ins
from portal.accounts.policies import ADMINISTRATOR
from portal.accounts.queries import live_holders
from portal.accounts.services.codes import forget_old_codes
from portal.accounts.services.sessions import forget_old_sessions
from portal.plugin_api import Check, CheckResult, Job

SESSIONS_KEPT = timedelta(days=90)  # long enough to look into a stolen password


def _forget_sessions(session: Session) -> None:
    now = clock.now()
    forget_old_sessions(session, now - SESSIONS_KEPT)
    forget_old_codes(session, now)


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


JOBS = (Job("forget-sessions", timedelta(days=1), _forget_sessions),)
CHECKS = (
    Check("accounts-administrator", _has_administrator),
    Check("accounts-demo", check_no_demo_sign_ins),
)
