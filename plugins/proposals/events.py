"""What this plugin tells others, after the fact."""

from __future__ import annotations

from dataclasses import dataclass

from portal.plugin_api import Event


@dataclass(frozen=True, kw_only=True)
class ProposalMoved(Event):
    """A proposal stands somewhere else now; `stage` and `before` are spelled as in the database."""

    event_type = "proposals:moved"
    proposal_id: int
    stage: str
    before: str


@dataclass(frozen=True, kw_only=True)
class ProposalAdopted(Event):
    """A proposal has become a course that is being made."""

    event_type = "proposals:adopted"
    proposal_id: int
    course_id: int
