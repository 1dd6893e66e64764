"""Permissions: for those who decide about the claims of others."""

from __future__ import annotations

DECIDE = "claims:claim:decide"
