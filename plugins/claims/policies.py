"""Permissions: for those who decide about the claims of others, keep the rates, or pay."""

from __future__ import annotations

KEEP_RATES = "claims:rate:keep"
DECIDE = "claims:claim:decide"
PAY = "claims:payment:make"
