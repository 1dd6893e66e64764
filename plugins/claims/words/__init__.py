"""What the plugin's own terms are called on a page, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from plugins.claims.errors import Why
from plugins.claims.models import AdjustmentKind, AdvanceState, Category, Decision, Proof, State
from plugins.claims.money.mileage import Vehicle
from plugins.claims.money.receipts import Like
from plugins.claims.words import offers as words_offers
from plugins.claims.words.paying import PAYING
from portal.plugin_api import Words

STATES: Mapping[State, Words] = {
    State.DRAFT: _l("Not sent yet"),
    State.SUBMITTED: _l("Being looked at"),
    State.QUERIED: _l("We asked you something"),
    State.DECIDED: _l("Decided"),
    State.BATCHED: _l("About to be paid"),
    State.SENT: _l("On its way"),
    State.SETTLED: _l("Paid"),
    State.FAILED: _l("The money came back"),
    State.WITHDRAWN: _l("Withdrawn"),
}
TONES: Mapping[State, str] = {
    State.DRAFT: "quiet",
    State.SUBMITTED: "wait",
    State.QUERIED: "bad",
    State.DECIDED: "good",
    State.BATCHED: "good",
    State.SENT: "good",
    State.SETTLED: "good",
    State.FAILED: "wait",
    State.WITHDRAWN: "quiet",
}
CATEGORIES: Mapping[Category, Words] = {
    Category.TRANSPORT: _l("Train, bus or tram"),
    Category.TAXI: _l("Taxi"),
    Category.CAR: _l("Miles in my own car"),
    Category.MOTORCYCLE: _l("Miles on my motorcycle"),
    Category.BICYCLE: _l("Miles on my bicycle"),
    Category.PASSENGER: _l("Miles with somebody from the college in my car"),
    Category.CARE: _l("Care for a child or for somebody else"),
    Category.FOOD: _l("Food and drink"),
    Category.OTHER: _l("Something else"),
}
VEHICLES: Mapping[Vehicle, Words] = {
    Vehicle.CAR: _l("My own car"),
    Vehicle.MOTORCYCLE: _l("A motorcycle"),
    Vehicle.BICYCLE: _l("A bicycle"),
    Vehicle.PASSENGER: _l("For somebody who comes with me, beside my own miles"),
}
RATES: Mapping[str, Words] = {
    "car-first": _l("Car"),
    "car-over": _l("Car, each mile beyond that"),
    "motorcycle": _l("Motorcycle"),
    "bicycle": _l("Bicycle"),
    "passenger": _l("Somebody who comes with you"),
}
PROOFS: Mapping[Proof, Words] = {
    Proof.FILE: _l("A picture of the receipt"),
    Proof.NONE: _l("There was no receipt"),
    Proof.LOST: _l("The receipt is lost, which happens"),
}
ALIKE: Mapping[Like, Words] = {
    Like.SAME: _l("The same picture stands in another line"),
    Like.NEAR: _l("This looks like the picture in another line"),
    Like.EQUAL: _l("Another line has the same day, kind and amount"),
}
ALIKE_TO_PAYEE: Mapping[Like, Words] = {
    Like.SAME: _l(
        "The same picture stands in another line. That may be right, as with a taxi that was shared. "
        "Whoever decides sees it."
    ),
    Like.NEAR: _l(
        "This looks like the picture in another line. That may be right, as with a taxi that was shared. "
        "Whoever decides sees it."
    ),
    Like.EQUAL: _l(
        "You have another line with the same day, kind and amount. That may be right. If it is one too many, "
        "take it away."
    ),
}
KINDS: Mapping[AdjustmentKind, Words] = {
    AdjustmentKind.TOP_UP: _l("A better rate became known, or fewer miles count before these"),
    AdjustmentKind.ANEW: _l("Fewer miles count in that year, so it is counted anew"),
    AdjustmentKind.BACK: _l("A journey that is taken back"),
    AdjustmentKind.AMOUNT: _l("Another amount"),
}
DECISIONS: Mapping[Decision, Words] = {
    Decision.APPROVED: _l("Yes, all of it"),
    Decision.REDUCED: _l("Yes, less of it"),
    Decision.DECLINED: _l("No"),
}
DECIDED: Mapping[Decision, Words] = {
    Decision.APPROVED: _l("Yes"),
    Decision.REDUCED: _l("Less"),
    Decision.DECLINED: _l("No"),
}
ADVANCES: Mapping[AdvanceState, Words] = {
    AdvanceState.ASKED: _l("Being looked at"),
    AdvanceState.APPROVED: _l("Approved"),
    AdvanceState.DECLINED: _l("Not approved"),
    AdvanceState.WITHDRAWN: _l("Withdrawn"),
}
ADVANCE_TONES: Mapping[AdvanceState, str] = {
    AdvanceState.ASKED: "wait",
    AdvanceState.APPROVED: "good",
    AdvanceState.DECLINED: "quiet",
    AdvanceState.WITHDRAWN: "quiet",
}
_PART = _l("You have a part in this, so somebody else decides about it.")
REFUSALS: Mapping[Why, Words] = {
    Why.STATE: _l("This claim stands somewhere else by now, so this cannot be done."),
    Why.UNFINISHED: _l("Something has no answer yet. Look for “Not answered yet” below."),
    Why.TOTAL: _l("It comes to another sum now. Look at it once more, then send it."),
    Why.FUTURE: _l("Choose a day that has come already"),
    Why.NO_RATE: _l("The college knows no rate for one of these days. Call us, and we mend that."),
    Why.EARLIER_RATE: _l("Choose a later day: the rate that is there now began on it, or after it"),
    Why.CHANGED: _l("The claim has changed since you opened it. Look at it once more."),
    Why.OVER_LIMIT: _l("It is a larger sum, so it is looked at by itself, by two people."),
    Why.LOOK: _l("There is something to look at in it, so it is decided by itself."),
    Why.CODE: _l(
        "Look at the code once more. It works once, for seven days; they can make a new one."
    ),
    Why.OWN_CODE: _l("This is your own code: give it to somebody else"),
    Why.PROPOSED: _l("You proposed it, or approved it first, so somebody else approves it."),
    Why.WAITS: _l("A change of this line waits to be approved already."),
    Why.ADJUSTED_AMOUNT: _l(
        "With it, the line would be less than nothing, or more than was claimed"
    ),
    Why.PAST: _l("Choose today or a later day. What you have spent already, you claim."),
    Why.STANDS: _l(
        "A part of it was approved, and that stands as it is. Say in your answer what we should know."
    ),
    Why.EVENT_OVER: _l(
        "Its day is over, so it cannot be paid ahead any more. Say no, and ask them to claim what they spent."
    ),
    Why.AHEAD_AWAY: _l("The money is on its way. Give back what you do not need: call us."),
    Why.MORE_THAN_OPEN: _l("Write an amount of more than nothing, and no more than is open"),
    Why.REASON: _l("Say why, in plain words"),
    Why.AMOUNT: _l("Write an amount that is more than nothing and less than what is claimed"),
    Why.LESS_THAN_BEFORE: _l("What was approved before stays approved: it cannot become less"),
    Why.RECEIPT_TOTAL: _l(
        "The same receipt stands in another line, too. Say what it comes to in all, then send this."
    ),
    Why.RECEIPT_FULL: _l(
        "That is more than is left of this receipt. If that cannot be right, call us, and we look at it."
    ),
    Why.RECEIPT_LESS: _l("Write at least as much as you claim of it"),
    Why.RECEIPT_OTHER: _l(
        "Somebody who shares this receipt wrote another sum. Look once more, or call us"
    ),
    Why.APPEALED: _l("Somebody else has looked at it again already."),
    Why.NOTHING_REFUSED: _l("All of it was approved."),
    Why.PAYEE: _l("This is your own claim, so somebody else decides about it."),
    Why.SUBMITTER: _PART,
    Why.SUPPORTER: _PART,
    Why.CARER: _PART,
    Why.ACCOUNT: _PART,
    Why.APPROVED: _l("You have approved it. Now somebody else looks at it, too."),
    Why.DECIDED_BEFORE: _l("You decided about it before, so this time somebody else does."),
    **words_offers.REFUSALS,
    **PAYING,
}
