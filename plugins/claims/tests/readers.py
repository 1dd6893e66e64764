"""Who may read which words, beside those whom they are about: decided by people, not taken from the code."""

from __future__ import annotations

from collections.abc import Mapping

from portal.plugin_api.trials import EVERYBODY

DECIDE = frozenset({"coordinator", "treasurer"})
OFFER, PAY = frozenset({"coordinator"}), frozenset({"treasurer"})
READERS: Mapping[str, frozenset[str]] = {
    # A rate is a fact, with who says so.
    "claims_rate.source": EVERYBODY,
    "claims_claim.what": DECIDE,
    "claims_claim.appeal": DECIDE,
    "claims_line.reason": DECIDE,
    "claims_adjustment.reason": DECIDE,
    "claims_advance.what": DECIDE,
    "claims_advance.reason": DECIDE,
    "claims_question.words": DECIDE,
    "claims_question.answer": DECIDE,
    "claims_fact.words": EVERYBODY,
    "claims_fact.source": EVERYBODY,
    # Whoever sets up an activity chooses a budget by its title, and sees no sum of it.
    "claims_budget.title": OFFER | PAY,
    "claims_activity.title": OFFER | PAY,
    "claims_activity.covered": OFFER,
    # What somebody takes is for them and for whoever pays, and for nobody else.
    "claims_recognition_choice.charity": PAY,
    "claims_time_credit.words": PAY,
    "claims_column.heading": PAY,
    "claims_layout.name": PAY,
}
