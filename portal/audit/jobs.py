"""The sealer: chains what has been committed, once a minute."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.audit.services import SEAL_BATCH, seal
from portal.plugin_api import Job

_AT_MOST = (
    10 * SEAL_BATCH
)  # entries in one run: keeps the write lock short, the rest waits a minute


def seal_waiting(session: Session) -> None:
    """Chain what waits, up to `_AT_MOST` entries."""
    seal(session, _AT_MOST)


JOBS = (Job(name="seal", every=timedelta(minutes=1), run=seal_waiting),)
