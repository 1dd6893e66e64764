"""What people read for the kinds and states of the pathway, the board and support."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from portal.facilitators.models import (
    InterestState,
    MarkHow,
    OpportunityKind,
    SlotState,
    Stage,
    SupportKind,
    TimeCounts,
)
from portal.plugin_api.types import Words

PARTS: Mapping[Stage, Words] = {
    Stage.CHECKS: _l("Checks"),
    Stage.TRAINED: _l("Learning"),
    Stage.SHADOWING: _l("Being there"),
}
# To the person themselves: where they are, in a sentence.
WHERE: Mapping[Stage, Words] = {
    Stage.INTERESTED: _l(
        "You told us that you would like to. Nothing is decided, and nothing is due."
    ),
    Stage.CHECKS: _l("The checks are under way. Much of it is waiting, and none of it is a test."),
    Stage.TRAINED: _l("You have learned what you need. Next you may come along to sessions."),
    Stage.SHADOWING: _l("You are coming along to sessions. Tell us when you feel ready."),
    Stage.ACTIVE: _l("You lead sessions."),
    Stage.RESTING: _l("You are having a rest. Nobody asks you to lead until you say so."),
    Stage.LEFT: _l("You have stopped. Thank you for all you gave. The door stays open."),
}
HOW: Mapping[MarkHow, Words] = {
    MarkHow.DONE: _l("It is done"),
    MarkHow.NOT_NEEDED: _l("It is not needed: they bring it with them"),
}
KINDS: Mapping[OpportunityKind, Words] = {
    OpportunityKind.VOLUNTEER: _l("Volunteer"),
    OpportunityKind.SESSIONAL: _l("Paid by the session"),
    OpportunityKind.EMPLOYED: _l("Employed"),
}
# General words, never advice about somebody's own case: that is what independent advisers are for.
BENEFITS: Mapping[OpportunityKind, Words] = {
    OpportunityKind.VOLUNTEER: _l(
        "You can volunteer while you get benefits. Money that only pays back what you spent, such as a "
        "bus fare, does not count as income. The office that pays your benefit wants to know that you do."
    ),
    OpportunityKind.SESSIONAL: _l(
        "Pay for a session counts as earnings, and most benefits change with what you earn. Often you keep "
        "more than you lose, but not always. Find out before you say yes; we wait."
    ),
    OpportunityKind.EMPLOYED: _l(
        "Wages count as earnings. Some benefits end, others become smaller, and some help with starting "
        "work. Find out before you say yes; we wait."
    ),
}
INTERESTS: Mapping[InterestState, tuple[Words, str]] = {
    InterestState.WAITING: (_l("waits for a time to talk"), "wait"),
    InterestState.PROPOSED: (_l("a time is named, no answer yet"), "wait"),
    InterestState.AGREED: (_l("a time to talk is agreed"), "good"),
    InterestState.GOES_ON: (_l("goes on"), "good"),
    InterestState.NOT_NOW: (_l("not now"), "quiet"),
    InterestState.WITHDRAWN: (_l("changed their mind"), "quiet"),
}
OUTCOMES: Mapping[InterestState, Words] = {
    InterestState.GOES_ON: _l("They go on with it"),
    InterestState.NOT_NOW: _l("Not now: we both think so"),
    InterestState.WITHDRAWN: _l("They have changed their mind"),
}
SUPPORT: Mapping[SupportKind, Words] = {
    SupportKind.SUPERVISION: _l("Supervision"),
    SupportKind.REFLECTION: _l("Reflecting together"),
    SupportKind.PREPARATION: _l("Preparing a session"),
    SupportKind.DEBRIEF: _l("Looking back at a session"),
}
SUPPORT_HINTS: Mapping[SupportKind, Words] = {
    SupportKind.SUPERVISION: _l("A quiet talk with somebody about how it is for you"),
    SupportKind.REFLECTION: _l("A small group looks at what happens in sessions"),
    SupportKind.PREPARATION: _l("Time to plan, alone or with whoever leads with you"),
    SupportKind.DEBRIEF: _l("Time afterwards, alone or with whoever led with you"),
}
COUNTS: Mapping[TimeCounts, Words] = {
    TimeCounts.PAID: _l("Paid"),
    TimeCounts.RECOGNISED: _l("Not paid; it counts in “My contributions”"),
}
SLOTS: Mapping[SlotState, tuple[Words, str]] = {
    SlotState.PLANNED: (_l("planned"), "wait"),
    SlotState.HELD: (_l("took place"), "good"),
    SlotState.CANCELLED: (_l("cancelled"), "quiet"),
}
# What a history says: what was done, and the name of each field.
CHANGED: Mapping[str, Words] = {
    "created": _l("Written"),
    "changed": _l("Changed"),
    "published": _l("Put on the board"),
    "closed": _l("Taken off the board"),
}
FIELDS: Mapping[str, Words] = {
    "title": _l("Name"),
    "asks": _l("What it asks"),
    "why": _l("Why"),
    "how_long": _l("How long it takes"),
    "who_helps": _l("Who helps"),
    "stage": _l("Part"),
    "place": _l("Place in that part"),
    "times": _l("How often"),
    "clearance": _l("What it puts on record"),
    "months": _l("Months for which that counts"),
    "used": _l("Asked of people"),
    "kind": _l("Kind"),
    "what": _l("What it is"),
    "hours": _l("Hours"),
    "support": _l("Support"),
    "money": _l("Money"),
    "leads": _l("It is leading sessions"),
    "last_day": _l("Last day on the board"),
}
