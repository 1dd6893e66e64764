"""How files join the house."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from portal.plugin_api import Check, Job, Manifest, PrivacySource, hookimpl


@hookimpl
def manifest() -> Manifest:
    """The room's name and version."""
    return Manifest("files", _l("Files"), "1.0", required=True)


@hookimpl
def model_modules() -> Sequence[str]:
    """The table."""
    return ["portal.files.models"]


@hookimpl
def jobs() -> Sequence[Job]:
    """Sweeping, each hour."""
    from portal.files.jobs import JOBS

    return JOBS


@hookimpl
def checks() -> Sequence[Check]:
    """Whether files can be checked, and read again."""
    from portal.files.jobs import CHECKS

    return CHECKS


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the files say about people."""
    from portal.files.privacy import SOURCES

    return SOURCES
