"""What the room says about a person, and what is left when they are erased."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import Assignment, CourseChange, PairWaiver, Perspective
from portal.courses.privacy import SOURCES
from portal.courses.services import leaders
from portal.plugin_api import Actor
from tests.factories import courses as make
from tests.factories.accounts import make_person


def _person_who_did_everything(session: Session) -> int:
    person = make_person(session, "Noor Haddad")
    actor = Actor(person_id=person.id, name=person.name)
    one, other = make.make_session(session), make.make_session(session)
    leaders.assign(session, actor, one.id, person.id, Perspective.LIVED)
    leaders.assign(session, actor, one.id, make_person(session).id, Perspective.SUBJECT)
    leaders.waive_pair(session, actor, other.id, reason="A guest speaks")
    session.flush()
    return person.id


def test_export_holds_what_the_person_led_changed_and_allowed(session: Session) -> None:
    person_id = _person_who_did_everything(session)
    rows = {source.table: source.export(session, person_id) for source in SOURCES}
    assert [row["perspective"] for row in rows["assignment"]] == [Perspective.LIVED]
    assert [row["action"] for row in rows["course_change"]] == ["assigned", "assigned", "waived"]
    assert [row["reason"] for row in rows["pair_waiver"]] == ["A guest speaks"]
    assert all(not source.export(session, person_id + 1000) for source in SOURCES)


def test_erasing_takes_the_person_out_and_leaves_the_facts(session: Session) -> None:
    person_id = _person_who_did_everything(session)
    counts = {source.table: source.erase(session, person_id, "delete").erased for source in SOURCES}
    assert counts == {"assignment": 1, "course_change": 3, "pair_waiver": 1}
    assert all(not source.export(session, person_id) for source in SOURCES)
    assert session.scalars(sa.select(Assignment.perspective)).all() == [Perspective.SUBJECT]
    assert session.scalar(sa.select(sa.func.count(CourseChange.id))) == 3
    assert session.scalars(sa.select(PairWaiver.reason)).all() == ["A guest speaks"]
