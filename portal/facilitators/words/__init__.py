"""What people read for the room's states and choices."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from portal.facilitators.models import AskState, ClearanceKind, HandAbout, Stage
from portal.facilitators.policies import Why
from portal.plugin_api.types import Words

STAGES: Mapping[Stage, Words] = {
    Stage.INTERESTED: _l("Interested"),
    Stage.CHECKS: _l("Checks under way"),
    Stage.TRAINED: _l("Trained"),
    Stage.SHADOWING: _l("Shadowing"),
    Stage.ACTIVE: _l("Leads sessions"),
    Stage.RESTING: _l("Resting"),
    Stage.LEFT: _l("Left"),
}
CLEARANCES: Mapping[ClearanceKind, Words] = {
    ClearanceKind.DBS: _l("DBS check"),
    ClearanceKind.TRAINING: _l("Training"),
    ClearanceKind.INDUCTION: _l("Introduction"),
}
# To a coordinator, about somebody who does not fit a session.
WHY: Mapping[Why, Words] = {
    Why.NOT_ACTIVE: _l("does not lead sessions yet"),
    Why.RESTING: _l("resting"),
    Why.CLEARANCE: _l("something to be renewed before that day"),
    Why.NOT_THEN: _l("not available then"),
    Why.LEADS: _l("leads another session then"),
    Why.TRAVEL: _l("leads elsewhere, too near in time"),
    Why.LOAD: _l("has as many sessions that week as they want"),
}
ASKS: Mapping[AskState, Words] = {
    AskState.WAITING: _l("asked, no answer yet"),
    AskState.YES: _l("said yes"),
    AskState.NO: _l("said no this time"),
    AskState.TAKEN: _l("others were found first"),
    AskState.HANDED_BACK: _l("does not lead it any more"),
}
HANDS: Mapping[HandAbout, Words] = {
    HandAbout.TALK: _l("wants to talk about a session"),
    HandAbout.CANCEL: _l("asks to cancel a session"),
}
WEEKDAYS: tuple[Words, ...] = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
