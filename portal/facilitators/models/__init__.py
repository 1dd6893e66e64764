"""The tables of the room: people and what they need to lead; what they were asked; what they wrote."""

from portal.facilitators.models.asking import AskState, LeadAsk
from portal.facilitators.models.day import DebriefNote, HandAbout, RaisedHand
from portal.facilitators.models.people import (
    Away,
    Clearance,
    ClearanceKind,
    Facilitator,
    Stage,
)

__all__ = [
    "AskState",
    "Away",
    "Clearance",
    "ClearanceKind",
    "DebriefNote",
    "Facilitator",
    "HandAbout",
    "LeadAsk",
    "RaisedHand",
    "Stage",
]
