"""What names a record in an address: every one of them is tried when its record is gone."""

from __future__ import annotations

from collections.abc import Mapping

# The name in the address, and the column that finds the record by it.
RECORDS: Mapping[str, str] = {"line_id": "claims_line.id", "ref": "claims_claim.ref"}
NO_RECORDS: frozenset[str] = frozenset()
