"""The tables of the room: places and lists, asking for one, breaks, stopping, the register."""

from __future__ import annotations

from portal.enrolment.models.asking import Agreement, AgreementCode, Company, PlaceDraft
from portal.enrolment.models.blocking import AppealOutcome, Block, BlockAppeal, BlockEnd
from portal.enrolment.models.missed import STANDING, MissedFirst, MissedState
from portal.enrolment.models.pausing import Pause, PauseEnd
from portal.enrolment.models.places import (
    LONGEST_NAME,
    AttendanceMark,
    CalendarFeed,
    Enrolment,
    EnrolmentState,
    How,
    Interest,
    KeepApart,
    Mark,
    Offer,
    OfferState,
    Party,
    PartyMember,
    Role,
    Seat,
    ShareableNeed,
    TakesPart,
    WaitBody,
    WaitEntry,
    WaitState,
)
from portal.enrolment.models.register import LONGEST_KEY, MarkChange, MarkedHow, Visitor

__all__ = [
    "LONGEST_KEY",
    "LONGEST_NAME",
    "STANDING",
    "Agreement",
    "AgreementCode",
    "AppealOutcome",
    "AttendanceMark",
    "Block",
    "BlockAppeal",
    "BlockEnd",
    "CalendarFeed",
    "Company",
    "Enrolment",
    "EnrolmentState",
    "How",
    "Interest",
    "KeepApart",
    "Mark",
    "MarkChange",
    "MarkedHow",
    "MissedFirst",
    "MissedState",
    "Offer",
    "OfferState",
    "Party",
    "PartyMember",
    "Pause",
    "PauseEnd",
    "PlaceDraft",
    "Role",
    "Seat",
    "ShareableNeed",
    "TakesPart",
    "Visitor",
    "WaitBody",
    "WaitEntry",
    "WaitState",
]
