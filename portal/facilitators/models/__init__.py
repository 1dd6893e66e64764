"""The tables of the room: people and what they need to lead; what they were asked; what they wrote."""

from portal.facilitators.models.asking import AskState, LeadAsk
from portal.facilitators.models.day import DebriefNote, HandAbout, RaisedHand, SessionPlan
from portal.facilitators.models.history import ChangedKind, LeadingChange
from portal.facilitators.models.opportunities import (
    InterestState,
    Opportunity,
    OpportunityInterest,
    OpportunityKind,
)
from portal.facilitators.models.pathway import (
    MarkHow,
    PathwayMark,
    PathwayMove,
    PathwayPause,
    PathwayStep,
)
from portal.facilitators.models.people import (
    Away,
    Clearance,
    ClearanceKind,
    Facilitator,
    Stage,
)
from portal.facilitators.models.references import Reference, ReferenceState
from portal.facilitators.models.support import (
    Adjustment,
    SlotState,
    SupportKind,
    SupportSlot,
    TimeCounts,
)

__all__ = [
    "Adjustment",
    "AskState",
    "Away",
    "ChangedKind",
    "Clearance",
    "ClearanceKind",
    "DebriefNote",
    "Facilitator",
    "HandAbout",
    "InterestState",
    "LeadAsk",
    "LeadingChange",
    "MarkHow",
    "Opportunity",
    "OpportunityInterest",
    "OpportunityKind",
    "PathwayMark",
    "PathwayMove",
    "PathwayPause",
    "PathwayStep",
    "RaisedHand",
    "Reference",
    "ReferenceState",
    "SessionPlan",
    "SlotState",
    "Stage",
    "SupportKind",
    "SupportSlot",
    "TimeCounts",
]
