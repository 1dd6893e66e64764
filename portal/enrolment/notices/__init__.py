"""What this room tells people: each notice reads everything again when it leaves, and falls silent when it
is not true any more. Subjects, texts and what is left on a machine name no course.
"""

from __future__ import annotations

from portal.enrolment.notices import (
    along,
    blocks,
    helpers,
    missed_first,
    pauses,
    places,
    runs,
    sessions,
)
from portal.plugin_api import NoticeKind


def kinds() -> tuple[NoticeKind, ...]:
    """Every notice of this room."""
    return (
        *places.kinds(),
        *along.kinds(),
        *sessions.kinds(),
        *runs.kinds(),
        *missed_first.kinds(),
        *blocks.kinds(),
        *pauses.kinds(),
        *helpers.kinds(),
    )
