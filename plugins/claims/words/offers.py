"""What offers, answers and hours are called on a page, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from plugins.claims.errors import Why
from plugins.claims.models import ActivityKind, Credit, Paying, Stage, Topic
from plugins.claims.money.recognition import Basis, Taken
from portal.plugin_api import Words

KINDS: Mapping[ActivityKind, Words] = {
    ActivityKind.DESIGN: _l("Making a course together"),
    ActivityKind.DELIVER: _l("Leading a course together"),
    ActivityKind.BOARD: _l("Meeting of a board"),
    ActivityKind.PANEL: _l("Interview panel"),
}
BASES: Mapping[Basis, Words] = {
    Basis.VOLUNTEER: _l("As a volunteer"),
    Basis.INVOLVEMENT: _l("Involvement"),
    Basis.PAYROLL: _l("Through the payroll"),
}
BASES_SAID: Mapping[Basis, Words] = {
    Basis.VOLUNTEER: _l(
        "You give your time freely. What you spend, you get back. There is no money for time."
    ),
    Basis.INVOLVEMENT: _l(
        "The college thanks you for your time. You are free to stop at any moment."
    ),
    Basis.PAYROLL: _l("You are paid as somebody who works for the college."),
}
STAGES: Mapping[Stage, Words] = {
    Stage.OPEN: _l("Open"),
    Stage.NO: _l("Not this time"),
    Stage.DONE: _l("It took place"),
    Stage.CANCELLED: _l("Cancelled by the college"),
    Stage.AWAY: _l("Went on without them"),
}
TAKEN: Mapping[Taken, Words] = {
    Taken.ALL: _l("I take all of it"),
    Taken.LESS: _l("I take less of it"),
    Taken.NOTHING: _l("I take none of it"),
    Taken.CHARITY: _l("It goes to a charity"),
}
PAYING: Mapping[Paying | None, Words] = {
    None: _l("Not paid yet"),
    Paying.BATCHED: _l("Being paid"),
    Paying.SENT: _l("On its way"),
    Paying.SETTLED: _l("Paid"),
    Paying.FAILED: _l("It came back"),
}
TOPICS: Mapping[Topic, Words] = {
    Topic.TAX: _l("Tax"),
    Topic.BENEFITS: _l("Benefits"),
    Topic.ADVICE: _l("Somebody to ask who is independent of us"),
}
CREDITS: Mapping[Credit, Words] = {
    Credit.EARNED: _l("Given for what you did"),
    Credit.SPENT: _l("Used"),
    Credit.ADJUSTED: _l("Put right"),
}
EXTRAS: Mapping[str, Words] = {
    "certificate": _l("A certificate"),
    "reference": _l("A reference"),
    "training": _l("A training"),
}
GIVEN: Mapping[str, Words] = {
    "voucher": _l("The voucher"),
    "credit": _l("The time credit"),
    **EXTRAS,
}
REFUSALS: Mapping[Why, Words] = {
    Why.MOVED_ON: _l("This offer stands somewhere else by now. Look at it once more."),
    Why.SELF: _l("This is for yourself, so somebody else does it"),
    Why.PART: _l("You have a part in this, so somebody else does it"),
    Why.NOBODY: _l("Choose one of these people"),
    Why.OFFERED: _l("They have an offer for this already"),
    Why.NO_MONEY: _l("For a volunteer there is no money for time and no voucher. Write 0"),
    Why.BUDGET: _l("There is not so much left in its budget. Talk to whoever keeps it"),
    Why.BUDGET_DAY: _l("Choose a last day that is not before the first one"),
    Why.SMALLER: _l("More than that is promised or paid already"),
    Why.NOT_YET: _l("Its day has not come yet"),
    Why.SECOND: _l(
        "It is a larger sum, and you made the offer: somebody else says what became of it"
    ),
    Why.ON_ITS_WAY: _l(
        "It is being paid already, so the answer stays as it is. Call us if it is wrong."
    ),
    Why.TAKE_LESS: _l("Write an amount that is more than nothing and less than what is offered"),
    Why.WHICH_CHARITY: _l("Write the name of the charity"),
    Why.HOURS: _l("There are not so many hours left"),
    Why.EARLIER_FACT: _l("Choose a later day: what is there now began on it, or after it"),
}
