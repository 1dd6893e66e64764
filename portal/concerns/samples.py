"""How to call each page of this room with success: for the generated access tests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.api import create_person, grant_role
from portal.concerns.models import Concern
from portal.concerns.policies import DUTY
from portal.concerns.services.raising import raise_concern
from portal.plugin_api import ANONYMOUS, SYSTEM, RouteSample

_ROLES = (DUTY,)


def _concern(session: Session) -> Mapping[str, Any]:
    key = uuid.uuid4().hex
    raise_concern(session, ANONYMOUS, form_key=key, words="A sample", named=False)
    newest = sa.select(Concern.uid).order_by(Concern.id.desc()).limit(1)
    return {"uid": session.scalars(newest).one()}


def _concern_and_colleague(session: Session) -> Mapping[str, Any]:
    """Beside it somebody else on duty, whom the payload names."""
    person = create_person(session, SYSTEM, name="Alex")
    grant_role(session, SYSTEM, person, DUTY, reason="for a sample")
    return {**_concern(session), "colleague": person}


def _to_colleague(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"to": str(values["colleague"]), "words": ""}


SAMPLES = (
    RouteSample("concerns.tell", "GET", public=True),
    RouteSample("concerns.tell", "POST", payload={"words": "A sample"}, public=True),
    RouteSample("concerns.sent", "GET", public=True),
    RouteSample("concerns.duty", "GET", roles=_ROLES),
    RouteSample("concerns.concern", "GET", _concern, roles=_ROLES),
    RouteSample("concerns.take", "POST", _concern, roles=_ROLES),
    RouteSample("concerns.note", "GET", _concern, roles=_ROLES),
    RouteSample("concerns.note", "POST", _concern, {"words": "A sample"}, _ROLES),
    RouteSample("concerns.hand_on", "GET", _concern_and_colleague, roles=_ROLES),
    RouteSample("concerns.hand_on", "POST", _concern_and_colleague, _to_colleague, _ROLES),
    RouteSample("concerns.close", "GET", _concern, roles=_ROLES),
    RouteSample(
        "concerns.close", "POST", _concern, {"outcome": "supported", "words": "All well"}, _ROLES
    ),
    RouteSample("concerns.emergency", "GET", roles=("student",)),
    RouteSample("concerns.emergency", "POST", payload={"words": "A sample"}, roles=("student",)),
)
