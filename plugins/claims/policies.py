"""Permissions: for those who decide about claims of others, make offers, keep rates and budgets, or pay."""

from __future__ import annotations

KEEP_RATES = "claims:rate:keep"
DECIDE = "claims:claim:decide"
OFFER = "claims:offer:make"
KEEP_BUDGETS = "claims:budget:keep"
RECOGNISE = "claims:recognition:pay"
PAY = "claims:payment:make"
PUT_RIGHT = "claims:adjustment:approve"
KEEP_AHEAD = "claims:advance:keep"
