"""What the room watches by itself: a college without an administrator, demo people who can sign in."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.demo import check_no_demo_sign_ins
from portal.accounts.policies import ADMINISTRATOR
from portal.accounts.queries import live_holders
from portal.plugin_api import Check, CheckResult


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


CHECKS = (
    Check("accounts-administrator", _has_administrator),
    Check("accounts-demo", check_no_demo_sign_ins),
)
