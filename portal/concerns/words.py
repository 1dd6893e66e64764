"""What this room's states are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.concerns.models import Outcome, StepKind
from portal.plugin_api.types import Words

OUTCOMES: dict[Outcome, Words] = {
    Outcome.SUPPORTED: _l("They have the support they need"),
    Outcome.PASSED_ON: _l("Somebody else looks after it now, such as a GP or a family"),
    Outcome.SAFEGUARDING: _l("Safeguarding was told"),
    Outcome.NO_ACTION: _l("Nothing more was needed"),
}
STEPS: dict[StepKind, Words] = {
    StepKind.ACKNOWLEDGED: _l("Looks after it"),
    StepKind.NOTE: _l("Note"),
    StepKind.HANDED_ON: _l("Handed on"),
    StepKind.CLOSED: _l("Closed"),
}
REFUSALS: dict[str, Words] = {
    "closed": _l("Somebody has closed this already. Look at it again first."),
    "not_on_duty": _l("That person is not on duty any more. Choose somebody else."),
}
