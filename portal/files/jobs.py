"""What the room does by itself: sweep up what no row names; say when files cannot be checked or read."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.files.checking.running import can_check
from portal.files.models import StoredFile
from portal.files.store import StoreError, store_of
from portal.plugin_api import Check, CheckResult, Job

# Longer than from a file's arrival to its row, and than a backup takes from the first file to the last row.
ON_ITS_WAY = timedelta(hours=1)
_LOT = 500


def sweep(session: Session) -> None:
    """Delete what lies in the store for longer than an hour and belongs to nothing: erased, removed, or
    received with a form that was refused. Whoever is killed begins again.
    """
    sweep_before(session, clock.now() - ON_ITS_WAY)


def sweep_before(session: Session, instant: datetime) -> int:
    """The same for what was put there before an instant; how many there were."""
    store, swept = store_of(session), 0
    old = (uid for uid, at in store.listed() if at < instant)
    while lot := list(islice(old, _LOT)):
        named = set(session.scalars(sa.select(StoredFile.uid).where(StoredFile.uid.in_(lot))))
        session.rollback()  # the store may be slow
        gone = [uid for uid in lot if uid not in named]
        store.delete(gone)
        swept += len(gone)
    return swept


def _are_there(session: Session) -> CheckResult:
    """Of the newest files, whether the store has them."""
    newest = session.scalars(sa.select(StoredFile.uid).order_by(StoredFile.id.desc()).limit(3))
    try:
        for uid in newest:
            next(store_of(session).read(uid))
    except StoreError as error:
        return CheckResult(ok=False, message=str(error))
    return CheckResult(ok=True, message=_("Files can be read from where they are kept."))


def _can_be_checked(session: Session) -> CheckResult:  # noqa: ARG001 - a check's signature
    if can_check():
        return CheckResult(ok=True, message=_("Files that come can be checked."))
    return CheckResult(
        ok=False,
        message=_(
            "This system cannot check files safely, so none are taken. Run the portal on Linux."
        ),
    )


JOBS = (Job("sweep", timedelta(hours=1), sweep),)
CHECKS = (Check("files-store", _are_there), Check("files-checked", _can_be_checked))
