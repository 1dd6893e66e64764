"""Why something cannot be done with a claim, or with an offer."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """What stands in the way."""

    STATE = "state"
    UNFINISHED = "unfinished"
    TOTAL = "total"
    FUTURE = "future"
    NO_RATE = "no_rate"
    EARLIER_RATE = "earlier_rate"
    CHANGED = "changed"
    OVER_LIMIT = "over_limit"
    LOOK = "look"
    CODE = "code"
    OWN_CODE = "own_code"
    PROPOSED = "proposed"
    WAITS = "waits"
    ADJUSTED_AMOUNT = "adjusted_amount"
    PAST = "past"
    EVENT_OVER = "event_over"
    ON_ITS_WAY = "on_its_way"
    AHEAD_AWAY = "ahead_away"
    MORE_THAN_OPEN = "more_than_open"
    REASON = "reason"
    AMOUNT = "amount"
    LESS_THAN_BEFORE = "less_than_before"
    RECEIPT_TOTAL = "receipt_total"
    RECEIPT_FULL = "receipt_full"
    RECEIPT_LESS = "receipt_less"
    RECEIPT_OTHER = "receipt_other"
    APPEALED = "appealed"
    NOTHING_REFUSED = "nothing_refused"
    PAYEE = "payee"
    SUBMITTER = "submitter"
    SUPPORTER = "supporter"
    CARER = "carer"
    ACCOUNT = "account"
    APPROVED = "approved"
    DECIDED_BEFORE = "decided_before"
    MOVED_ON = "moved_on"
    SELF = "self"
    NOBODY = "nobody"
    OFFERED = "offered"
    NO_MONEY = "no_money"
    BUDGET = "budget"
    BUDGET_DAY = "budget_day"
    SMALLER = "smaller"
    NOT_YET = "not_yet"
    SECOND = "second"
    PART = "part"
    TAKE_LESS = "take_less"
    WHICH_CHARITY = "which_charity"
    HOURS = "hours"
    EARLIER_FACT = "earlier_fact"
    PAID = "paid"
    STANDS = "stands"
    MODULUS = "modulus"
    SAME_DETAILS = "same_details"
    NO_DETAILS = "no_details"
    UNCONFIRMED = "unconfirmed"
    CAME_BACK = "came_back"
    HAS_DETAILS = "has_details"
    MOVED = "moved"
    EMPTY = "empty"
    SIGNED = "signed"
    LAYOUT = "layout"
    FILE_GONE = "file_gone"
    OWN_MONEY = "own_money"
    PART_IN_IT = "part_in_it"
    APPROVED_IT = "approved_it"
    CALLED = "called"
    AGAIN = "again"
    PART_AGAIN = "part_again"


class RefusedError(Exception):
    """It cannot be done now; nothing was changed. `line_id` is where: a line of the claim, or a
    payment of a batch; 0 for the whole of it.
    """

    def __init__(self, why: Why, line_id: int = 0) -> None:
        super().__init__(why.value)
        self.why = why
        self.line_id = line_id


class GoneError(Exception):
    """There is no such claim, or not for this person."""
