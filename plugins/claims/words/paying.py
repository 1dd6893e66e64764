"""What paying is called on a page, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _l

from plugins.claims.bankfiles.values import Dates, Field, FileKind
from plugins.claims.errors import Why
from plugins.claims.models import BatchState, CameBack, NameCheck
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.standing import Void
from portal.plugin_api import Words

PAYING: Mapping[Why, Words] = {
    Why.PAID: _l("Some of it is paid already, so it cannot be withdrawn."),
    Why.MODULUS: _l(
        "This account number does not belong to this sort code. Look at both once more: they stand on your "
        "card, or on a letter from your bank"
    ),
    Why.SAME_DETAILS: _l("These are the details that we have already. Nothing needs to change"),
    Why.NO_DETAILS: _l("We have no bank details for it."),
    Why.UNCONFIRMED: _l("The bank details were changed, and we wait for a yes from their person."),
    Why.CAME_BACK: _l("The last payment came back. Its person looks at their bank details first."),
    Why.HAS_DETAILS: _l("There are bank details, so it is paid into the account."),
    Why.MOVED: _l("This stands somewhere else by now. Look at it once more."),
    Why.EMPTY: _l("There is nothing in it that can go."),
    Why.SIGNED: _l("You signed first. Now somebody else signs, too."),
    Why.LAYOUT: _l("First write down the college’s own account and its Bacs number."),
    Why.FILE_GONE: _l("This file is not kept any more."),
    Why.OWN_MONEY: _l("This is your own money, so somebody else pays it."),
    Why.PART_IN_IT: _l("You have a part in it, so somebody else pays it."),
    Why.APPROVED_IT: _l("You approved it, so somebody else pays it."),
    Why.CALLED: _l("You noted the call about these bank details, so somebody else pays it."),
    Why.AGAIN: _l("It is approved once more before it is paid."),
    Why.PART_AGAIN: _l("You have a part in this, so somebody else approves it."),
}
VOIDS: Mapping[Void, Words] = {
    Void.DETAILS: _l("Their bank details were changed after it was approved."),
    Void.PART: _l("Somebody who approved it has a part in it by now."),
}
WHATS: Mapping[What, Words] = {
    What.CLAIM: _l("Claim"),
    What.CHOICE: _l("Recognition"),
    What.ADVANCE: _l("Money ahead of an event"),
}
BATCHES: Mapping[BatchState, Words] = {
    BatchState.OPEN: _l("Being put together"),
    BatchState.LOCKED: _l("Ready for its file"),
    BatchState.EXPORTED: _l("With the bank"),
    BatchState.CONFIRMED: _l("All of it arrived"),
    BatchState.PART_FAILED: _l("Some of it came back"),
    BatchState.ABANDONED: _l("Given up"),
}
BATCH_TONES: Mapping[BatchState, str] = {
    BatchState.OPEN: "wait",
    BatchState.LOCKED: "wait",
    BatchState.EXPORTED: "wait",
    BatchState.CONFIRMED: "good",
    BatchState.PART_FAILED: "bad",
    BatchState.ABANDONED: "quiet",
}
OUTCOMES: Mapping[Outcome, Words] = {
    Outcome.SENT: _l("On its way"),
    Outcome.SETTLED: _l("Arrived"),
    Outcome.FAILED: _l("Came back"),
}
CAME_BACK: Mapping[CameBack, Words] = {
    CameBack.CLOSED: _l("The account is closed"),
    CameBack.NUMBERS: _l("There is no such account"),
    CameBack.NAME: _l("The name is not the one on the account"),
    CameBack.REFUSED: _l("Their bank did not take it"),
    CameBack.FILE: _l("Our own bank did not take it, or the file never went there"),
}
NAME_CHECKS: Mapping[NameCheck, Words] = {
    NameCheck.SAME: _l("The name is the one on the account"),
    NameCheck.CLOSE: _l("The name is nearly the one on the account"),
    NameCheck.OTHER: _l("Another name is on the account"),
    NameCheck.UNKNOWN: _l("The bank could not say"),
}
KINDS: Mapping[FileKind, Words] = {
    FileKind.CSV: _l("A table (CSV) with the columns below"),
    FileKind.STANDARD_18: _l("A Bacs file (Standard 18)"),
}
FIELDS: Mapping[Field, Words] = {
    Field.NAME: _l("The name on the account"),
    Field.SORT_CODE: _l("The sort code"),
    Field.ACCOUNT: _l("The account number"),
    Field.POUNDS: _l("The amount in pounds, such as 68.75"),
    Field.PENCE: _l("The amount in pence, such as 6875"),
    Field.REFERENCE: _l("The reference, which people read on their statement"),
    Field.DATE: _l("The day on which the file is made"),
}
DATES: Mapping[Dates, Words] = {
    Dates.SLASHES: _l("30/11/2026"),
    Dates.HYPHENS: _l("2026-11-30"),
    Dates.DIGITS: _l("20261130"),
}
# What somebody is told whose money is looked at once more: what helps them, and nothing of anybody else.
_ONCE_MORE: Mapping[Void, Words] = {
    Void.DETAILS: _l(
        "Your bank details were changed after it was approved, so somebody here looks at it once more before "
        "we pay it."
    ),
    Void.PART: _l("Somebody here looks at it once more before we pay it."),
}


def once_more(why: Collection[Void]) -> Words:
    """What is said to the person of money that is approved once more."""
    return _ONCE_MORE[Void.DETAILS if Void.DETAILS in why else Void.PART]
