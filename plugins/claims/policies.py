"""Permissions: for those who decide about the claims of others, or keep the rates."""

from __future__ import annotations

KEEP_RATES = "claims:rate:keep"
DECIDE = "claims:claim:decide"
PUT_RIGHT = "claims:adjustment:approve"
KEEP_AHEAD = "claims:advance:keep"
