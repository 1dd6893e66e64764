"""What names a record in an address: every one of them is tried when its record is gone."""

from __future__ import annotations

from collections.abc import Mapping

# The name in the address, and the column that finds the record by it.
RECORDS: Mapping[str, str] = {
    "adjustment_id": "claims_adjustment.id",
    "choice_id": "claims_recognition_choice.id",
    "consent_id": "claims_support_consent.id",
    "line_id": "claims_line.id",
    "payment_id": "claims_payment.id",
    "person_id": "person.id",
    "ref": "claims_claim.ref",
    "uid": "claims_bank_detail.uid",
    "what_id": "claims_claim.id",
}
_REFS: Mapping[str, str] = {
    "claims_activity": "activity make_offer",
    "claims_offer": "close_offer offer say_no",
    "claims_budget": "budget",
    "claims_advance": """
        advance withdraw_ahead spent_ahead decide_ahead settle_ahead cancelled_ahead
        """,
    "claims_batch": """
        batch lock_batch abandon_batch export_batch leave_out outcome payment batch_file
        """,
}
# Where the same name means another record.
ELSEWHERE: Mapping[tuple[str, str], str] = {
    (f"claims.{endpoint}", "ref"): f"{table}.ref"
    for table, endpoints in _REFS.items()
    for endpoint in endpoints.split()
}
# Words of an address, the secret of a link, which version was looked at, and a tax year.
NO_RECORDS: frozenset[str] = frozenset({"key", "version", "what", "year"})
