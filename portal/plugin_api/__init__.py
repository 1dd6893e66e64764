"""The contract between the portal and its plugins: all that a plugin imports from the core.

Beside this, a plugin may import a room's front door (`portal.<room>.api`) and `portal.ui`.
"""

from portal.clock import now, utc_to_wall, wall_to_utc
from portal.db import db, lock_rows
from portal.plugin_api.access import current_actor, public, requires, signed_in, writes
from portal.plugin_api.commands import LazyGroup
from portal.plugin_api.events import Event, EventContext, publish
from portal.plugin_api.hookspecs import hookimpl
from portal.plugin_api.models import plugin_base
from portal.plugin_api.types import (
    ANONYMOUS,
    COLLEGE,
    CONTRACT_VERSION,
    SYSTEM,
    Actor,
    Card,
    Check,
    CheckResult,
    Commitment,
    Contribution,
    EraseMode,
    Erasure,
    Indicator,
    Job,
    Manifest,
    MigrationBranch,
    NavItem,
    Permission,
    PrivacySource,
    RouteSample,
    SearchResult,
    Setting,
    ThreadEntry,
    TranslationFolder,
    Veto,
)

__all__ = [
    "ANONYMOUS",
    "COLLEGE",
    "CONTRACT_VERSION",
    "SYSTEM",
    "Actor",
    "Card",
    "Check",
    "CheckResult",
    "Commitment",
    "Contribution",
    "EraseMode",
    "Erasure",
    "Event",
    "EventContext",
    "Indicator",
    "Job",
    "LazyGroup",
    "Manifest",
    "MigrationBranch",
    "NavItem",
    "Permission",
    "PrivacySource",
    "RouteSample",
    "SearchResult",
    "Setting",
    "ThreadEntry",
    "TranslationFolder",
    "Veto",
    "current_actor",
    "db",
    "hookimpl",
    "lock_rows",
    "now",
    "plugin_base",
    "public",
    "publish",
    "requires",
    "signed_in",
    "utc_to_wall",
    "wall_to_utc",
    "writes",
]
