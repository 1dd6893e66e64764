"""How to call each page of this plugin with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from plugins.proposals.models import CommentKind, Credit, Proposal
from plugins.proposals.policies import STANDARD
from plugins.proposals.services import (
    coming_in,
    commenting,
    going_on,
    joining_two,
    judging,
    own_part,
    taking_part,
    writing,
)
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import Perspective, Stage
from portal.accounts.api import create_person
from portal.courses.api import sample_session, topics
from portal.plugin_api import SYSTEM, Actor, RouteSample, now

_LIVED, _LEARNER, _PROFESSIONAL, _SUBJECT = Perspective
_PART = {"perspective": "lived", "credit": "none", "agreed": "y"}
_ANSWERS = {f"band{n}": "2" for n in range(len(STANDARD))}
Values = Mapping[str, Any]


def _person(session: Session) -> int:
    return create_person(session, SYSTEM, name="Alex")


def _act(person_id: int) -> Actor:
    return Actor(person_id=person_id)


def _idea(session: Session, person_id: int | None = None) -> Proposal:
    whose = person_id or _person(session)
    part = Part(_LIVED, Credit.NONE)
    return taking_part.begin(session, _act(whose), "A sample", "Words of it", whose, part)


def _at(stage: Stage, session: Session, person_id: int | None = None) -> Proposal:
    row = _idea(session, person_id)
    first = own_part.my_part(session, row.id, person_id) if person_id else None
    lead = first.person_id if first and first.person_id else _person(session)
    for who, perspective in ((lead, _LIVED), (_person(session), _SUBJECT)):
        if who != person_id:
            taking_part.join(session, _act(who), row.id, who, Part(perspective, Credit.NONE))
    while row.stage is not stage:
        going_on.take_step(session, _act(lead), row.id)
    return row


def _ref(row: Proposal, **more: Any) -> Values:
    return {"ref": row.ref, **more}


def open_idea(session: Session) -> Values:
    """One that everybody may read."""
    return _ref(_at(Stage.OPEN, session))


def _two_versions(session: Session) -> Values:
    whose = _person(session)
    row = _at(Stage.OPEN, session, whose)
    writing.keep(session, _act(whose), row.id, whose, "idea", "Other words of it", base=1)
    return _ref(row, old=1, new=2)


def _in_review(session: Session, bands: tuple[int, ...] = ()) -> Values:
    row = _at(Stage.REVIEW, session)
    for perspective, band in zip(Perspective, bands, strict=False):
        who = _act(_person(session))
        judging.declare(session, who, row.id, perspective, interests="", employer="")
        judging.review(session, who, row.id, dict.fromkeys(STANDARD, (band, "")))
    return _ref(row)


def _ready(session: Session) -> Values:
    if not topics(session):
        sample_session(session, now().date() + timedelta(weeks=5))
    return {**_in_review(session, (2, 2, 2, 2)), "topic": next(iter(topics(session)))}


def _apart(session: Session) -> Values:
    return _in_review(session, (3, 3, 1, 1))


def _talking(session: Session) -> Values:
    values = _apart(session)
    judging.converse(session, SYSTEM, _id(session, values))
    return values


def _id(session: Session, values: Values) -> int:
    return session.query(Proposal).filter_by(ref=values["ref"]).one().id


def _adopted(session: Session) -> Values:
    values = _ready(session)
    decision = judging.Decision(Stage.ADOPTED, topic_id=int(values["topic"]))
    judging.decide(session, _act(_person(session)), _id(session, values), decision)
    return {"ref": values["ref"], "to": "delivery"}


def _someone(session: Session) -> Values:
    return {"person_id": _person(session)}


def _own(stage: Stage, **more: Any) -> Callable[[Session, int], Values]:
    """Something that the person makes, at a stage."""

    def arrange(session: Session, person_id: int) -> Values:
        row = _idea(session, person_id) if stage is Stage.IDEA else _at(stage, session, person_id)
        return _ref(row, **more)

    return arrange


def _own_asked(session: Session, person_id: int) -> Values:
    row = _idea(session, person_id)
    part = Part(_LEARNER, Credit.NONE)
    coming_in.ask_to_join(session, _act(_person(session)), row.id, part)
    asked = coming_in.waiting(session, row.id)
    return _ref(row, asked_id=asked[0], answer="yes")


def _own_both(session: Session, person_id: int) -> Values:
    row = _at(Stage.DRAFTING, session, person_id)
    kept = writing.keep(session, _act(person_id), row.id, person_id, "idea", "Other words", base=1)
    return _ref(row, key="idea", version=kept.version)


def _own_said(session: Session, person_id: int) -> Values:
    row = _at(Stage.OPEN, session, person_id)
    who = _act(_person(session))
    key = commenting.comment(session, who, row.id, "idea", CommentKind.COMMENT, "Good")
    return _ref(row, comment_id=key)


def _own_remark(session: Session, person_id: int) -> Values:
    row, kind = _at(Stage.OPEN, session), CommentKind.COMMENT
    words, named = "Good", Credit.NAME
    key = commenting.comment(session, _act(person_id), row.id, "idea", kind, words, named)
    return _ref(row, comment_id=key)


def _own_merge(session: Session, person_id: int) -> Values:
    row, other = _idea(session, person_id), _idea(session)
    relation = joining_two.ask(session, _act(person_id), row.id, other.id)
    return _ref(row, relation_id=relation, target=other.id)


def _own_no(session: Session, person_id: int) -> Values:
    row = _at(Stage.REVIEW, session, person_id)
    for perspective in Perspective:
        who = _act(_person(session))
        judging.declare(session, who, row.id, perspective, interests="", employer="")
        judging.review(session, who, row.id, dict.fromkeys(STANDARD, (1, "")))
    decision = judging.Decision(
        Stage.NOT_NOW, dict.fromkeys(STANDARD, "No room"), change="A room", contact="Alex"
    )
    judging.decide(session, _act(_person(session)), row.id, decision)
    return _ref(row)


def _invited(session: Session) -> Values:
    whose = _person(session)
    row = _idea(session, whose)
    return {"secret": coming_in.invite(session, _act(whose), row.id)}


def _mine(
    endpoint: str, arrange: Any, payload: Any = None, *, get: bool = True
) -> list[RouteSample]:
    """A page of those who make it: shown, and its button pressed."""
    name = f"proposals.{endpoint}"
    found = [RouteSample(name, "GET", arrange_own=arrange)] if get else []
    if payload is not None:
        found.append(RouteSample(name, "POST", arrange_own=arrange, payload=payload))
    return found


def _for(
    roles: tuple[str, ...], endpoint: str, arrange: Any, payload: Any = None, *, get: bool = True
) -> list[RouteSample]:
    """A page of some roles: shown, and its button pressed."""
    name = f"proposals.{endpoint}"
    found = [RouteSample(name, "GET", arrange, roles=roles)] if get else []
    if payload is not None:
        found.append(RouteSample(name, "POST", arrange, payload, roles))
    return found


def _nothing(_session: Session) -> Values:
    return {}


_REVIEWER, _CHAIR, _COORDINATOR = ("contributor",), ("co_chair",), ("coordinator",)
_STUDENT = ("student",)
_AUTHOR = {**_PART, "words": "Words of it", "how": "phone"}
_DECISION = {"outcome": "adopted"}

SAMPLES: tuple[RouteSample, ...] = (
    *(
        RouteSample(f"proposals.{name}", "GET", public=True)
        for name in ("index", "about", "stands")
    ),
    *(
        RouteSample(f"proposals.{name}", "GET", open_idea, public=True)
        for name in ("show", "versions", "sheet")
    ),
    RouteSample("proposals.versions_compared", "GET", _two_versions, public=True),
    RouteSample("proposals.my_ideas", "GET", roles=_STUDENT),
    *_for(_STUDENT, "start", _nothing, {"words": "Words of it"}),
    *_for(_STUDENT, "start_part", _nothing, {**_PART, "words": "Words of it"}, get=False),
    *_for(_STUDENT, "join", open_idea, _PART),
    *_for(_STUDENT, "take_back_asking", open_idea, {}, get=False),
    *_for(_STUDENT, "invited", _invited, _PART),
    *_for(
        _STUDENT,
        "say",
        lambda s: {**open_idea(s), "key": "idea"},
        {"kind": "comment", "words": "Good", "credit": "none"},
    ),
    *_mine("answer_asked", _own_asked, {}, get=False),
    *_mine("invite", _own(Stage.IDEA), {}),
    *_mine("my_part", _own(Stage.IDEA), {"credit": "none"}),
    *_mine("support", _own(Stage.IDEA), {"kind": "talking"}),
    *_mine("rungs", _own(Stage.IDEA), {"rung": "4"}),
    *_mine(
        "write", _own(Stage.DRAFTING, key="why"), {"words": "Because", "base": "1", "keep": "y"}
    ),
    *_mine("typing", _own(Stage.DRAFTING, key="why"), {"words": "Beca", "base": "1"}, get=False),
    *_mine("both", _own_both),
    *_mine("rename", _own(Stage.IDEA), {"title": "Another"}),
    *_mine("answer", _own_said, {"answer": "yes", "thanks": "Thank you"}),
    *_mine("take_name_off", _own_remark, {}, get=False),
    *_mine("do", _own(Stage.IDEA, step="pause"), {}),
    *_mine("join_with", _own_merge, lambda values: {"target": str(values["target"])}),
    *_mine("agree_to_join", _own_merge, {}, get=False),
    *_mine("take_back_join", _own_merge, {}, get=False),
    *_mine("said", _own(Stage.REVIEW)),
    *_mine("appeal", _own_no, {}),
    *_for(_REVIEWER, "to_review", _nothing),
    *_for(_REVIEWER, "declare", _in_review, {"perspective": "lived"}),
    *_for(_CHAIR, "decide", _ready, lambda v: {**_DECISION, "topic": str(v["topic"])}),
    *_for(_COORDINATOR, "find_author", _nothing),
    *_for(_COORDINATOR, "from_box", _nothing, {"words": "More walks", "add": "y"}),
    *_for(_COORDINATOR, "write_down_new", _nothing, {**_AUTHOR, "name": "Alex"}),
    *_for(_COORDINATOR, "write_down", _someone, _AUTHOR),
    *_for(_COORDINATOR, "after", _adopted, {}),
    *_for(_COORDINATOR, "begin_talk", _apart, {}, get=False),
    *_for(_COORDINATOR, "talk", _talking),
    *_for(_COORDINATOR, "end_talk", _talking, {"words": "We spoke"}, get=False),
)
