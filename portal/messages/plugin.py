"""How messages join the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.messages import queries
from portal.plugin_api import (
    Check,
    CheckResult,
    Job,
    LazyGroup,
    Manifest,
    PrivacySource,
    RouteSample,
    Setting,
    hookimpl,
)

if TYPE_CHECKING:
    import click
    from flask import Blueprint

    from portal.config import Settings

_LATE = timedelta(hours=1)


@hookimpl
def manifest() -> Manifest:
    """The room's name and version."""
    return Manifest(name="messages", title=_l("Messages"), version="1.0", required=True)


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """No pages of its own: it carries the templates that every e-mail starts from."""
    from flask import Blueprint

    return [Blueprint("messages", __name__, template_folder="templates")]


@hookimpl
def model_modules() -> Sequence[str]:
    """The outbox."""
    return ["portal.messages.models"]


@hookimpl
def settings() -> Sequence[Setting]:
    """When people are reminded, when phones do not ring, how long what was sent is kept."""
    return [
        Setting(
            key="messages:reminder_hours",
            default=48,
            label=_l("Remind people before a session"),
            unit=_l("hours before"),
            help=_l("0 means: no reminders."),
            most=8_760,
        ),
        Setting(
            key="messages:quiet_from",
            default=21,
            label=_l("No text messages from"),
            unit=_l("o’clock"),
            help=_l(
                "Texts that can wait are sent in the morning. A cancelled session cannot wait."
            ),
        ),
        Setting(
            key="messages:quiet_until",
            default=8,
            label=_l("Text messages again from"),
            unit=_l("o’clock"),
            help=_l("The same number as above means: at any time."),
        ),
        Setting(
            key="messages:text_days",
            default=14,
            label=_l("Keep the words of a sent message for"),
            unit=_l("days"),
            help=_l("After that, the words and the address are erased."),
        ),
        Setting(
            key="messages:record_days",
            default=365,
            label=_l("Keep the record that a message was sent for"),
            unit=_l("days"),
            help=_l("After that, nothing is left of it."),
        ),
    ]


@hookimpl
def jobs() -> Sequence[Job]:
    """Deliver and forget."""
    from portal.messages.jobs import JOBS

    return JOBS


@hookimpl
def commands() -> Sequence[click.Command]:
    """`portal messages …`."""
    what = "Messages to people: send what is due, see what waits, try again."
    return [LazyGroup("messages", "portal.messages.cli:messages", what)]


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """The outbox holds names, addresses and words."""
    from portal.messages.privacy import SOURCES

    return SOURCES


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How to look at every notice, where that is served."""
    from portal.messages.samples import SAMPLES

    return SAMPLES


@hookimpl
def checks() -> Sequence[Check]:
    """Whether messages leave, and whether any was given up."""
    return [
        Check(name="messages-way-out", run=_has_way_out),
        Check(name="messages-leave", run=_leave_in_time),
        Check(name="messages-parked", run=_none_parked),
    ]


def _has_way_out(session: Session) -> CheckResult:  # noqa: ARG001 - the settings say
    from flask import current_app

    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    if settings.environment != "production" or settings.mail_url not in {"", "console"}:
        return CheckResult(ok=True, message=_("Messages have a way out."))
    return CheckResult(
        ok=False,
        message=_(
            "No message leaves this machine. Set PORTAL_MAIL_URL to a mail server, such as "
            "smtp://user:password@mail.example.org:587"
        ),
    )


def _leave_in_time(session: Session) -> CheckResult:
    oldest = queries.oldest_unsent(session)
    if oldest is None or clock.now() - oldest < _LATE:
        return CheckResult(ok=True, message=_("Messages leave in time."))
    return CheckResult(
        ok=False,
        message=_(
            "A message has waited since %(since)s UTC. Is the worker running, and PORTAL_MAIL_URL "
            "right? `portal messages deliver` says what the mail server does.",
            since=f"{oldest:%Y-%m-%d %H:%M}",
        ),
    )


def _none_parked(session: Session) -> CheckResult:
    number = queries.parked(session)
    if not number:
        return CheckResult(ok=True, message=_("No message was given up."))
    return CheckResult(
        ok=False,
        message=_(
            "%(number)s given up after the last try. `portal messages retry` queues them again.",
            number=number,
        ),
    )
