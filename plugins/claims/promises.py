"""What the college promises: the keys of its settings, and what is the same everywhere."""

from __future__ import annotations

DECIDED_IN = "claims:decided_in"
PAID_IN = "claims:paid_in"
TWO_ABOVE = "claims:two_above"
NO_RECEIPT = "claims:no_receipt"

ZONE = "Europe/London"  # England's bank holidays, England's days
POUND = 100  # pence
