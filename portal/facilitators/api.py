"""The front door of facilitators: what somebody gave, put together from all who know of it, and on paper."""

from portal.facilitators.paper import can_typeset
from portal.facilitators.papers import paper_file, record_paper
from portal.facilitators.services.giving import ContributionRecord, contribution_record

__all__ = [
    "ContributionRecord",
    "can_typeset",
    "contribution_record",
    "paper_file",
    "record_paper",
]
