"""Looks at what people shared about themselves, as the page "Who looked at my record" finds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from portal.enrolment.models import Enrolment
from portal.plugin_api import Look


def _places_of(ids: Sequence[int]) -> sa.Select[Any]:
    return sa.select(Enrolment.id).where(Enrolment.person_id.in_(ids))


LOOKS = (
    Look(
        "enrolment:needs:read",
        _l("What you shared with those who lead your course"),
        subject="enrolment",
        theirs=_places_of,
    ),
)
