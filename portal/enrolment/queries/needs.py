"""Opening what people shared, or are about to share: sealed in the database, in words for those it is for.

Whoever opens somebody else's puts the reading on record.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.enrolment.models import PlaceDraft, ShareableNeed
from portal.vault import unseal


def shared_words(session: Session, uid: str | None, sealed: bytes | None) -> str:
    """What somebody shared for a place; empty when there is no such row.

    Raises:
        VaultError: it does not open.
    """
    return unseal(session, ShareableNeed.words, uid, sealed) if uid and sealed else ""


def drafted_words(session: Session, uid: str, sealed: bytes | None) -> str | None:
    """What somebody wrote while asking for a place; None when they were not there yet.

    Raises:
        VaultError: it does not open.
    """
    return None if sealed is None else unseal(session, PlaceDraft.needs, uid, sealed)
