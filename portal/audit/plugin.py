"""How the audit joins the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.queries import oldest_waiting
from portal.plugin_api import Check, CheckResult, Job, LazyGroup, Manifest, PrivacySource, hookimpl

if TYPE_CHECKING:
    import click

_LATE = timedelta(minutes=15)  # the sealer runs every minute


@hookimpl
def manifest() -> Manifest:
    """The audit's name and version."""
    return Manifest(name="audit", title=_l("Record of actions"), version="1.0", required=True)


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables and the triggers that guard them."""
    return ["portal.audit.models", "portal.audit.ddl"]


@hookimpl
def jobs() -> Sequence[Job]:
    """The sealer."""
    from portal.audit.jobs import JOBS

    return JOBS


@hookimpl
def commands() -> Sequence[click.Command]:
    """`portal audit …`."""
    what = "The record of who did what: check it, seal it."
    return [LazyGroup("audit", "portal.audit.cli:audit", what)]


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the payloads say about people."""
    from portal.audit.privacy import SOURCES

    return SOURCES


@hookimpl
def checks() -> Sequence[Check]:
    """Whether the sealer keeps up."""
    return [Check(name="audit-sealed", run=_sealed_in_time)]


def _sealed_in_time(session: Session) -> CheckResult:
    oldest = oldest_waiting(session)
    if oldest is None or clock.now() - oldest < _LATE:
        return CheckResult(ok=True, message=_("Audit entries are sealed in time."))
    return CheckResult(
        ok=False,
        message=_(
            "An audit entry has waited since %(since)s UTC to be sealed. Is the worker running? "
            "`portal audit seal` seals now.",
            since=f"{oldest:%Y-%m-%d %H:%M}",
        ),
    )
