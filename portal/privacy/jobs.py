"""What the room does by itself: note erasures beside the database, erase again what came back, let go."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.db import run_unit
from portal.plugin_api import Check, CheckResult, EventContext, Job
from portal.plugin_api.events import PersonErased
from portal.privacy import ledger, letting_go
from portal.privacy.models import RetentionRun
from portal.privacy.queries import notes
from portal.privacy.services.erasing import erase_again

LATELY = timedelta(days=7)
_RUN = timedelta(minutes=20)
_TIMEOUT = timedelta(minutes=30)  # the run, and one slow lot more
_LATE = timedelta(days=3)


def note_erasure(session: Session, event: PersonErased, context: EventContext) -> None:  # noqa: ARG001 - all that is not there yet
    """Somebody was erased: it is noted where a restored backup does not undo it."""
    ledger.keep(ledger.file_of_app(), notes(session))


def sweep(session: Session) -> None:
    """Whoever was erased lately is erased again: what was being written at that instant may have come
    after.
    """
    ledger.keep(ledger.file_of_app(), notes(session))
    lately = ledger.recognised(notes(session, since=clock.now() - LATELY))
    session.rollback()  # each in a unit of its own
    first: Exception | None = None
    for one in lately:
        try:
            run_unit(partial(erase_again, known=one))
        except Exception as error:  # noqa: BLE001 - raised below, once the others have had their turn
            first = first or error
    if first is not None:
        raise first


def _noted_beside(session: Session) -> CheckResult:
    try:
        beside = {note.uid for note in ledger.read(ledger.file_of_app())}
    except ledger.LedgerError as error:
        return CheckResult(ok=False, message=str(error))
    late = clock.now() - timedelta(hours=1)
    missing = [one for one in notes(session) if one.uid not in beside and one.at < late]
    if not missing:
        return CheckResult(ok=True, message=_("Every erasure is noted beside the database."))
    return CheckResult(
        ok=False,
        message=_(
            "%(number)s erasures are not noted beside the database: a restored backup would bring these "
            "people back. Is the worker running?",
            number=len(missing),
        ),
    )


def let_go(session: Session) -> None:  # noqa: ARG001 - each lot in a unit of its own
    """Let go of what has been kept long enough; what is not done in time goes on the next night."""
    letting_go.let_go(until=clock.now() + _RUN)


def _let_go_in_time(session: Session) -> CheckResult:
    runs = session.scalars(sa.select(RetentionRun).order_by(RetentionRun.key)).all()
    failed = [run.key for run in runs if run.failed]
    late = clock.now() - _LATE
    behind = [run.key for run in runs if run.finished_at is None and run.started_at < late]
    if failed or behind:
        return CheckResult(
            ok=False,
            message=_(
                "These tables are not let go of in time: %(tables)s. `portal privacy retention` tries again.",
                tables=", ".join(sorted({*failed, *behind})),
            ),
        )
    gone = sum(run.last_done for run in runs)
    return CheckResult(
        ok=True,
        message=_(
            "What was kept long enough is let go of: %(rows)s rows of %(tables)s tables the last time.",
            rows=gone,
            tables=len(runs),
        ),
    )


JOBS = (
    Job("sweep", timedelta(days=1), sweep),
    Job("retention", timedelta(days=1), let_go, timeout=_TIMEOUT),
)
HANDLERS = ((PersonErased, note_erasure),)
CHECKS = (
    Check("privacy-erasures", _noted_beside),
    Check("privacy-retention", _let_go_in_time),
)
