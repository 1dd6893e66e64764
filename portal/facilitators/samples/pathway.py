"""How to call the pages of the pathway, the board, support and references: for the generated access tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import create_person, grant_role
from portal.facilitators.models import (
    Adjustment,
    MarkHow,
    OpportunityKind,
    SupportKind,
    TimeCounts,
)
from portal.facilitators.queries.steps import steps
from portal.facilitators.services import opportunities, pathway, references, support
from portal.facilitators.services.opportunities import Chat, OpportunityWords
from portal.facilitators.services.pathway import Record
from portal.facilitators.services.support import SlotGiven
from portal.plugin_api import SYSTEM, Actor, RouteSample
from portal.vault import seal

_ROLES = ("coordinator",)
_ZONE = "Europe/London"
Values = Mapping[str, Any]


def _today() -> date:
    return clock.local_date(clock.now(), _ZONE)


def _parts(day: date) -> list[str]:
    return [str(day.day), str(day.month), str(day.year)]


_LATER = _parts(_today() + timedelta(weeks=3))
_WORDS = OpportunityWords(
    kind=OpportunityKind.VOLUNTEER,
    title="A sample",
    what="Help at sessions.",
    hours="Two a week; you decide.",
    support="Somebody beside you.",
    money="Travel is paid back.",
    leads=False,
    last_day=None,
)
_WRITTEN = {
    "kind": "volunteer",
    "title": "A sample",
    "what": "Help at sessions.",
    "hours": "Two a week; you decide.",
    "support": "Somebody beside you.",
    "money": "Travel is paid back.",
    "last_day": ["", "", ""],
}
_STEP = {
    "title": "A sample",
    "asks": "Come along.",
    "why": "To see.",
    "how_long": "An hour",
    "who_helps": "A coordinator",
    "stage": "shadowing",
    "place": "50",
    "times": "1",
    "clearance": "",
    "months": "",
    "used": "y",
}


def _opportunity(session: Session) -> Values:
    made = opportunities.create(session, SYSTEM, _WORDS)
    opportunities.publish(session, SYSTEM, made)
    return {"opportunity_id": made}


def _supporter(session: Session) -> int:
    person_id = create_person(session, SYSTEM, name="Sample Coach")
    grant_role(session, SYSTEM, person_id, "coach", reason="for a sample")
    return person_id


def _person(session: Session) -> int:
    return create_person(session, SYSTEM, name="Sample Person")


def _interest_of(session: Session, person_id: int) -> int:
    one = _opportunity(session)["opportunity_id"]
    return opportunities.like(session, SYSTEM, one, person_id, today=_today())


def _interest(session: Session) -> Values:
    return {"interest_id": _interest_of(session, _person(session))}


def _interest_and_coach(session: Session) -> Values:
    return {**_interest(session), "with_whom": _supporter(session)}


def _own_chat(session: Session, person_id: int) -> Values:
    interest_id = _interest_of(session, person_id)
    chat = Chat(clock.now() + timedelta(days=3), _supporter(session), "Quay House")
    opportunities.name_chat(session, SYSTEM, interest_id, chat, agreed=False)
    return {"interest_id": interest_id}


def _own_chat_number(session: Session, person_id: int) -> Values:
    return {**_own_chat(session, person_id), "number": 1}


def _named_chat(values: Values) -> Values:
    return {
        "on_day": _LATER,
        "at": "10am",
        "with_whom": str(values["with_whom"]),
        "place": "Quay House",
    }


def _on_way(session: Session) -> Values:
    person_id = _person(session)
    pathway.begin(session, SYSTEM, person_id)
    return {"person_id": person_id}


def _own_way(session: Session, person_id: int) -> Values:
    pathway.begin(session, SYSTEM, person_id)
    return {}


def _at_step(session: Session) -> Values:
    return {**_on_way(session), "key": "references"}


def _marked(session: Session) -> Values:
    person_id = _on_way(session)["person_id"]
    given = Record(MarkHow.DONE, _today())
    mark = pathway.put_down(session, SYSTEM, person_id, "references", given, today=_today())
    return {"person_id": person_id, "mark_id": mark}


def _ready(session: Session) -> Values:
    values = _on_way(session)
    for step in steps(session):
        given = Record(MarkHow.NOT_NEEDED, _today())
        pathway.put_down(session, SYSTEM, values["person_id"], step.key, given, today=_today())
    return values


def _slot(session: Session, at: datetime) -> Values:
    values = _on_way(session)
    given = SlotGiven(SupportKind.SUPERVISION, at, 60, TimeCounts.PAID)
    slot_id = support.plan(session, SYSTEM, values["person_id"], given)
    return {**values, "slot_id": slot_id}


def _slot_to_come(session: Session) -> Values:
    return _slot(session, clock.now() + timedelta(days=3))


def _slot_over(session: Session) -> Values:
    return _slot(session, clock.now() - timedelta(hours=2))


_SLOT = {
    "kind": "supervision",
    "on_day": _LATER,
    "at": "10am",
    "minutes": "60",
    "with_whom": "",
    "counts": "paid",
}


def _supported(session: Session, supporter_id: int) -> Values:
    """Somebody who named the caller as their supporter."""
    grant_role(session, SYSTEM, supporter_id, "coach", reason="for a sample")
    person_id = _person(session)
    words = seal(session, Adjustment.words, person_id, "A sample")
    session.add(
        Adjustment(
            person_id=person_id,
            supporter_id=supporter_id,
            words=words,
            updated_at=clock.now(),
        )
    )
    session.flush()
    return {"person_id": person_id}


def _reference(session: Session) -> Values:
    actor = Actor(person_id=_person(session))
    return {"reference_id": references.ask(session, actor, "A sample", today=_today())}


def _own_asked(session: Session, person_id: int) -> Values:
    made = references.ask(session, Actor(person_id=person_id), "A sample", today=_today())
    return {"reference_id": made}


def _own_signed(session: Session, person_id: int) -> Values:
    values = _own_asked(session, person_id)
    signer = Actor(person_id=_person(session))
    signature = references.Signature("They gave a lot.", "Coordinator")
    references.sign(session, signer, values["reference_id"], signature)
    return values


_REWRITTEN = {**_WRITTEN, "version": "1"}


def _own(
    name: str, arrange: Callable[[Session, int], Values], *methods: str, **payload: Any
) -> list[RouteSample]:
    return [
        RouteSample(f"facilitators.{name}", method, payload=payload, arrange_own=arrange)
        for method in methods or ("GET",)
    ]


def _staff(
    name: str,
    arrange: Callable[[Session], Values],
    *methods: str,
    payload: Values | Callable[[Values], Values] | None = None,
) -> list[RouteSample]:
    return [
        RouteSample(f"facilitators.{name}", method, arrange, payload or {}, _ROLES)
        for method in methods or ("GET",)
    ]


def _nothing(session: Session) -> Values:  # noqa: ARG001 - as the others
    return {}


_BOTH = ("GET", "POST")
SAMPLES = (
    RouteSample("facilitators.opportunities", "GET", public=True),
    RouteSample("facilitators.opportunity", "GET", _opportunity, public=True),
    RouteSample("facilitators.like", "POST", _opportunity, roles=("student",)),
    *_own("agree_to_chat", _own_chat_number, "POST"),
    *_own("another_time", _own_chat, *_BOTH, words="Mornings"),
    *_own("withdraw_interest", _own_chat, "POST"),
    RouteSample("facilitators.pathway", "GET", roles=("student",)),
    *_own("pathway_pause", _own_way, "POST"),
    *_own("pathway_back", _own_way, "POST"),
    *_own("pathway_leave", _own_way, *_BOTH),
    RouteSample("facilitators.support", "GET", roles=("student",)),
    *_own("ask_support", _own_way, *_BOTH, kind="supervision"),
    RouteSample("facilitators.adjustments", "GET", roles=("student",)),
    RouteSample(
        "facilitators.adjustments",
        "POST",
        payload=lambda values: {"supporter": str(values["supporter"]), "words": "A sample"},
        arrange_own=lambda session, _person: {"supporter": _supporter(session)},
    ),
    RouteSample("facilitators.remove_adjustments", "POST", roles=("student",)),
    RouteSample("facilitators.supporting", "GET", roles=("coach", "coordinator")),
    *_own("read_adjustments", _supported),
    RouteSample("facilitators.references", "GET", roles=("student",)),
    RouteSample("facilitators.ask_reference", "GET", roles=("student",)),
    RouteSample(
        "facilitators.ask_reference", "POST", payload={"purpose": "A job"}, roles=("student",)
    ),
    *_own("reference", _own_signed),
    *_own("reference_pdf", _own_signed),
    *_own("withdraw_reference", _own_asked, "POST"),
    *_staff("references_asked", _nothing),
    *_staff(
        "sign_reference", _reference, *_BOTH, payload={"words": "Good", "office": "Coordinator"}
    ),
    *_staff("board", _nothing),
    *_staff("new_opportunity", _nothing, *_BOTH, payload=_WRITTEN),
    *_staff("board_one", _opportunity),
    *_staff("edit_opportunity", _opportunity, *_BOTH, payload=_REWRITTEN),
    *_staff("publish_opportunity", _opportunity, "POST"),
    *_staff("close_opportunity", _opportunity, "POST"),
    *_staff(
        "like_for",
        lambda session: {**_opportunity(session), "person_id": _person(session)},
        *_BOTH,
        payload={"how": "phone"},
    ),
    *_staff("interest", _interest),
    *_staff("name_chat", _interest_and_coach, *_BOTH, payload=_named_chat),
    *_staff("settle_interest", _interest, *_BOTH, payload={"outcome": "goes_on"}),
    *_staff("ways", _nothing),
    *_staff("put_step_down", _at_step, *_BOTH, payload={"how": "done", "on_day": _parts(_today())}),
    *_staff("take_step_back", _marked, "POST"),
    *_staff("start_leading", _ready, *_BOTH),
    *_staff("plan_support", _on_way, *_BOTH, payload=_SLOT),
    *_staff("move_support", _slot_to_come, *_BOTH, payload=_SLOT),
    *_staff("hold_support", _slot_over, "POST"),
    *_staff("cancel_support", _slot_to_come, "POST"),
    *_staff("support_due", _nothing),
    *_staff("pathway_steps", _nothing),
    *_staff("new_step", _nothing, *_BOTH, payload=_STEP),
    *_staff("step_history", lambda _session: {"key": "shadow"}),
    *_staff("opportunity_history", _opportunity),
    *_staff("edit_step", lambda _session: {"key": "shadow"}, *_BOTH, payload=_STEP),
)
