"""Who saw somebody's bank details: one by one, and in the file for the bank."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.models import Payment
from portal.audit import api as audit
from portal.audit.api import Looked
from portal.plugin_api import Look

ACCOUNT_SHOWN = "claims:bank:show"
FILE_SHOWN = "claims:file:show"


def _in_batches(people: Sequence[int]) -> sa.Select[int | None]:
    return sa.select(Payment.batch_id).where(
        Payment.person_id.in_(people), Payment.batch_id.is_not(None)
    )


LOOKS = (
    Look(ACCOUNT_SHOWN, _l("Your bank details, to pay you")),
    Look(
        FILE_SHOWN,
        _l("Your bank details, in a file for the bank"),
        subject="claims_batch",
        theirs=_in_batches,
    ),
)


def seen(session: Session, person_id: int, *, limit: int = 20) -> list[Looked]:
    """Who looked at somebody's bank details, the last one first. One query."""
    return audit.looked_at(session, {look.action: look for look in LOOKS}, [person_id], limit=limit)
