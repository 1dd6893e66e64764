"""What names a record in an address: every one of them is tried when its record is gone."""

from __future__ import annotations

from collections.abc import Mapping

# The name in the address, and the column that finds the record by it.
RECORDS: Mapping[str, str] = {
    "asked_id": "proposals_invitation.id",
    "comment_id": "proposals_comment.id",
    "new": "proposals_version.number",
    "old": "proposals_version.number",
    "person_id": "person.id",
    "ref": "proposals_proposal.ref",
    "relation_id": "proposals_relation.id",
    "version": "proposals_version.number",
}
# Where the same name means another record.
ELSEWHERE: Mapping[tuple[str, str], str] = {}
# Words of an address, and the secret of a link: one that is used up leads to a page that says so.
NO_RECORDS = frozenset({"answer", "key", "secret", "step", "to"})
