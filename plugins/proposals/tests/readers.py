"""Who may read which words, beside those whom they are about: decided by people, not taken from the code."""

from __future__ import annotations

from collections.abc import Mapping

from portal.plugin_api.trials import EVERYBODY

DECIDE = frozenset({"board_member", "co_chair"})
READERS: Mapping[str, frozenset[str]] = {
    # What is open for comments, and every answer to it with its reasons, is for everybody.
    "proposals_proposal.title": EVERYBODY,
    "proposals_section.words": EVERYBODY,
    "proposals_version.texts": EVERYBODY,
    "proposals_comment.words": EVERYBODY,
    "proposals_comment.thanks": EVERYBODY,
    "proposals_outcome.reasons": EVERYBODY,
    "proposals_outcome.change": EVERYBODY,
    "proposals_outcome.contact": EVERYBODY,
    "proposals_outcome.appeal": EVERYBODY,
    # Reviewers, and what interests they have, are known to whoever decides.
    "proposals_review.answers": DECIDE,
    "proposals_declaration.interests": DECIDE,
    "proposals_declaration.employer": DECIDE,
    "proposals_conversation.words": DECIDE,
    # Whoever arranges the support.
    "proposals_support_plan.words": frozenset({"coordinator"}),
}
