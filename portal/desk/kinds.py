"""The desk's own kinds of tasks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.desk.hands import CONTACT, on_logged
from portal.plugin_api import TaskKind

ERRAND = "desk:errand"

KINDS = (
    TaskKind(
        kind=CONTACT,
        title=_l("Tell somebody something"),
        next_step=_l("Ring or write to them"),
        group=_l("Calls and letters"),
        on_logged=on_logged,
        by_contact=True,
    ),
    TaskKind(
        kind=ERRAND,
        title=_l("%(what)s"),
        next_step=_l("Do it, then say so"),
        group=_l("To remember"),
    ),
)
