"""What became of somebody's money, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from plugins.claims.models import State
from plugins.claims.models_advances import AdvanceState, Move
from plugins.claims.models_paying import Way
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
