"""The front door of facilitators: what somebody gave, put together from all who know of it, and on paper."""

from portal.facilitators.papers import record_paper
from portal.facilitators.services.giving import ContributionRecord, contribution_record

__all__ = [
    "ContributionRecord",
    "contribution_record",
    "record_paper",
]
