"""Permissions: for those who decide about claims of others, make offers, keep rates and budgets, or pay."""

from __future__ import annotations

from collections.abc import Collection

from plugins.claims.money.batches import What
from portal.plugin_api import Actor

KEEP_RATES = "claims:rate:keep"
DECIDE = "claims:claim:decide"
OFFER = "claims:offer:make"
KEEP_BUDGETS = "claims:budget:keep"
RECOGNISE = "claims:recognition:pay"
PAY = "claims:payment:make"
PUT_RIGHT = "claims:adjustment:approve"
KEEP_AHEAD = "claims:advance:keep"


def again_kinds(actor: Actor) -> Collection[What]:
    """What somebody may approve once more before it is paid: what they may approve in the first place."""
    kinds = ((What.CLAIM, DECIDE), (What.ADVANCE, DECIDE), (What.CHOICE, OFFER))
    return [what for what, permission in kinds if actor.can(permission)]
