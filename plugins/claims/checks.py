"""Whether the college has people enough to keep apart who claims, who approves and who pays."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugins.claims.models import Claim
from portal.accounts.api import people_who_sign_in_as
from portal.plugin_api import CheckResult, now

DECIDERS, PAYERS = ("coordinator", "treasurer"), ("treasurer",)
# A treasurer's own claim above the limit: two approve it, another treasurer pays it.
LEAST_PAYERS, LEAST_OTHERS = 2, 2


def enough_people(session: Session) -> CheckResult:
    """Red, once there are claims, where somebody's could not be approved or paid by others. Four queries.

    Who approves is not who pays, above the limit two approve, and nobody does any of it for themselves: so
    two people pay, and two more approve.
    """
    if session.scalar(sa.select(Claim.id).limit(1)) is None:
        return CheckResult(ok=True, message=_("Nobody has claimed anything yet."))
    at = now()
    payers = _people(session, PAYERS, at)
    deciders = _people(session, DECIDERS, at)
    if len(payers) >= LEAST_PAYERS and len(payers | deciders) >= LEAST_PAYERS + LEAST_OTHERS:
        return CheckResult(ok=True, message=_("There are people enough to approve and to pay."))
    return CheckResult(
        ok=False,
        message=_(
            "Too few people approve and pay claims: %(payers)d can pay, %(all)d can approve or pay. Whoever "
            "claims, approves and pays are different people, so two treasurers and two more who approve are "
            "needed. Until then some claims wait.",
            payers=len(payers),
            all=len(payers | deciders),
        ),
    )


def _people(session: Session, roles: tuple[str, ...], at: datetime) -> set[int]:
    found: set[int] = set()
    for role in roles:
        found |= people_who_sign_in_as(session, role, at)
    return found
