"""What became of somebody's money, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugins.claims.models import AdvanceState, Move, State, Way
from plugins.claims.money.recognition import Basis
from plugins.claims.queries.own_payments import OwnPayment
from plugins.claims.queries.statement import PaidAs
from plugins.claims.words.offers import BASES
from portal.plugin_api import Words

MOVES: Mapping[Move, Words] = {
    Move.CLAIMED: _l("Counted against the money that was paid ahead"),
    Move.RETURNED: _l("Given back by you"),
    Move.WRITTEN_OFF: _l("Let go by the college: you owe nothing"),
}
CLOSED: Mapping[State | AdvanceState, Words] = {
    State.WITHDRAWN: _l("You withdrew it. Nothing is paid."),
    State.DECIDED: _l("Nothing of it was approved. Its page says why."),
    AdvanceState.DECLINED: _l("It was not paid ahead. You can still claim what you spend."),
}
WAYS: Mapping[Way, Words] = {
    Way.BANK: _l("Into your account"),
    Way.CASH: _l("In cash"),
    Way.HAND: _l("By hand"),
}
PAID_AS: Mapping[PaidAs, Words] = {
    PaidAs.EXPENSES: _l("Expenses"),
    PaidAs.MILES: _l("Miles"),
    PaidAs.RECOGNITION: _l("Recognition for time"),
    PaidAs.AHEAD: _l("Money ahead of an event"),
    PaidAs.CHARITY: _l("Recognition that went to a charity"),
}


def way_of(one: OwnPayment) -> str:
    """Which way a payment went."""
    if one.charity:
        return str(_("To the charity %(charity)s", charity=one.charity))
    if one.payroll:
        return str(BASES[Basis.PAYROLL])
    if one.way is Way.BANK and one.last_four:
        return str(_("Into your account that ends in %(digits)s", digits=one.last_four))
    return str(WAYS[one.way])
