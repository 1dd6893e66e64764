"""Which claims a list of what is to be paid can hold at most, told by sets that are found once.

What is owed of a claim costs more to find than to look a claim up in a set, and most claims are ready:
without this, the lists of the others went through the books of all.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from plugins.claims.models import (
    Adjustment,
    Approval,
    ApprovedAgain,
    BankDetail,
    Claim,
    Line,
    Payment,
    SupportConsent,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.queries.standing import ME, NOT_MINE

_FAILED = sa.select(Payment.what_id).where(
    Payment.what == What.CLAIM, Payment.outcome == Outcome.FAILED
)
# Whose money could go into their account.
_RIGHT = sa.select(BankDetail.person_id).where(
    BankDetail.ended_at.is_(None),
    sa.or_(BankDetail.version == 1, BankDetail.confirmed_at.is_not(None)),
    BankDetail.person_id.is_not(None),
)
_SUPPORTED = sa.select(SupportConsent.person_id).where(
    SupportConsent.supporter_id == ME,
    SupportConsent.since.is_not(None),
    SupportConsent.person_id.is_not(None),
)
_APPROVED: sa.CompoundSelect[Any] = sa.union_all(
    sa.select(Approval.claim_id).where(Approval.person_id == ME),
    *(
        sa.select(Line.claim_id).join(Adjustment, Adjustment.line_id == Line.id).where(who == ME)
        for who in (Adjustment.by_id, Adjustment.approved_by_id)
    ),
    sa.select(ApprovedAgain.what_id).where(
        ApprovedAgain.what == What.CLAIM, ApprovedAgain.person_id == ME
    ),
)


def _any(*of: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Within a case it is asked of what is to be paid, in its order: else all that a set names is read first,
    be it paid long ago.
    """
    return sa.case((sa.or_(*of), 1), else_=0) == 1


# Those that may wait for their person, and those that whoever asks may not pay: see `standing.Theirs`.
MAY_WAIT = _any(Claim.person_id.not_in(_RIGHT), Claim.id.in_(_FAILED))
MAY_BE_BARRED = _any(
    Claim.person_id == ME,
    Claim.submitted_by_id == ME,
    Claim.person_id.in_(NOT_MINE),
    Claim.person_id.in_(_SUPPORTED),
    Claim.id.in_(_APPROVED),
)
