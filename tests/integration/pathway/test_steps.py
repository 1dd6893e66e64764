"""Steps towards leading: put down, taken back, what follows, a pause, an end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.courses.models import Assignment, Perspective
from portal.facilitators.models import (
    Clearance,
    ClearanceKind,
    Facilitator,
    MarkHow,
    PathwayMark,
    PathwayPause,
    Stage,
)
from portal.facilitators.queries.pathway import people_on_way, way_of
from portal.facilitators.queries.steps import FIRST_STEPS, steps
from portal.facilitators.services import pathway
from portal.facilitators.services import steps as step_services
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.facilitators.services.pathway import Record
from portal.facilitators.services.steps import StepWords
from portal.plugin_api import SYSTEM, Actor
from portal.plugin_api.events import OutboxEvent
from tests.factories.courses import make_assignment, make_session
from tests.factories.pathway import make_beginner, put_all_down, put_down
from tests.factories.telling import send, told
from tests.integration.courses.managing import counting
from tests.integration.pathway.conftest import TODAY

pytestmark = pytest.mark.usefixtures("in_context")
SHADOWED = StepWords(
    title="Being there",
    asks="Come along.",
    why="To see.",
    how_long="Two hours",
    who_helps="Whoever leads",
    stage=Stage.SHADOWING,
    place=10,
    times=1,
    clearance=None,
    months=None,
    used=False,
)


def stage_of(session: Session, person_id: int) -> Stage:
    session.expire_all()
    return session.get_one(Facilitator, person_id).stage


def words_of_messages(session: Session) -> str:
    return " ".join(str(letter.text) for letter in send(session))


def test_a_step_that_clears_is_on_record_and_the_person_is_told(session: Session) -> None:
    ama = make_beginner(session)
    until = date(2030, 2, 9)

    put_down(session, ama, "dbs", TODAY, valid_to=until)

    (cleared,) = session.scalars(sa.select(Clearance).where(Clearance.person_id == ama))
    assert (cleared.kind, cleared.valid_to) == (ClearanceKind.DBS, until)
    assert told(session, ama) == ["facilitators:step"]
    way = way_of(session, ama)
    assert way is not None
    assert [one.step.key for one in way.steps if one.done] == ["dbs"]


def test_what_is_not_needed_puts_nothing_on_record(session: Session) -> None:
    ama = make_beginner(session)

    put_down(session, ama, "dbs", TODAY, MarkHow.NOT_NEEDED)

    assert session.scalars(sa.select(Clearance)).all() == []


def test_stages_follow_from_the_steps_and_leading_from_a_word(session: Session) -> None:
    ama = make_beginner(session)
    seen = []
    for key in ("references", "dbs", "introduction", "train_the_trainers", "shadow", "shadow"):
        put_down(session, ama, key, TODAY)
        seen.append(stage_of(session, ama))

    assert seen == [
        Stage.CHECKS,
        Stage.CHECKS,
        Stage.CHECKS,
        Stage.TRAINED,
        Stage.SHADOWING,
        Stage.SHADOWING,
    ]
    pathway.start_leading(session, SYSTEM, ama)
    assert stage_of(session, ama) is Stage.ACTIVE
    assert told(session, ama)[-1] == "facilitators:ready"


def test_nobody_leads_with_a_step_to_come(session: Session) -> None:
    ama = make_beginner(session)
    for key in ("references", "dbs", "introduction", "train_the_trainers", "shadow"):
        put_down(session, ama, key, TODAY)

    with pytest.raises(RefusedError):
        pathway.start_leading(session, SYSTEM, ama)

    assert stage_of(session, ama) is Stage.SHADOWING


def test_a_college_without_shadowing_goes_from_training_to_leading(session: Session) -> None:
    step_services.change_step(session, SYSTEM, "shadow", SHADOWED)
    ama = make_beginner(session)
    put_all_down(session, ama, TODAY)

    assert stage_of(session, ama) is Stage.TRAINED
    pathway.start_leading(session, SYSTEM, ama)
    assert stage_of(session, ama) is Stage.ACTIVE


def test_nobody_puts_down_their_own_steps(session: Session) -> None:
    ama = make_beginner(session)
    own, given = Actor(person_id=ama), Record(MarkHow.DONE, TODAY)

    with pytest.raises(RefusedError):
        pathway.put_down(session, own, ama, "dbs", given, today=TODAY)
    mark = put_down(session, ama, "dbs", TODAY)
    with pytest.raises(RefusedError):
        pathway.take_back(session, own, ama, mark)
    put_rest_down(session, ama)
    with pytest.raises(RefusedError):
        pathway.start_leading(session, own, ama)

    assert stage_of(session, ama) is Stage.TRAINED


def put_rest_down(session: Session, person_id: int) -> None:
    for step in steps(session):
        if step.key != "dbs" and step.stage is not Stage.SHADOWING:
            put_down(session, person_id, step.key, TODAY, MarkHow.NOT_NEEDED)


def test_a_slip_is_taken_back_with_what_it_cleared_and_is_not_told(session: Session) -> None:
    ama = make_beginner(session)
    mark = put_down(session, ama, "dbs", TODAY, valid_to=date(2030, 1, 1))

    pathway.take_back(session, SYSTEM, ama, mark)

    assert session.scalars(sa.select(Clearance)).all() == []
    assert session.scalars(sa.select(PathwayMark)).all() == []
    assert words_of_messages(session) == ""
    with pytest.raises(MissingRecordError):
        pathway.take_back(session, SYSTEM, make_beginner(session, "Bo"), mark)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"on_day": TODAY + timedelta(days=1)}, "on_day"),
        ({"valid_to": TODAY - timedelta(days=1)}, "valid_to"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(
    session: Session, values: dict[str, date], field: str
) -> None:
    ama = make_beginner(session)

    with pytest.raises(RefusedError) as refused:
        put_down(session, ama, "dbs", TODAY, **values)

    assert refused.value.field == field


def test_a_step_that_is_behind_somebody_is_not_put_down_again(session: Session) -> None:
    ama = make_beginner(session)
    put_down(session, ama, "dbs", TODAY)

    with pytest.raises(RefusedError):
        put_down(session, ama, "dbs", TODAY)

    assert len(session.scalars(sa.select(Clearance)).all()) == 1


class TestPause:
    """A pause, a rest and an end: at any point, without a reason."""

    @pytest.mark.parametrize("stage", [Stage.INTERESTED, Stage.CHECKS, Stage.SHADOWING])
    def test_pausing_twice_is_once_and_keeps_the_place(
        self, session: Session, stage: Stage
    ) -> None:
        ama = make_beginner(session)
        session.get_one(Facilitator, ama).stage = stage
        own = Actor(person_id=ama)

        pathway.pause(session, own, ama)
        pathway.pause(session, own, ama)

        assert stage_of(session, ama) is stage
        way = way_of(session, ama)
        assert way is not None
        assert way.paused_since == clock.now()
        pathway.come_back(session, own, ama)
        pathway.come_back(session, own, ama)
        assert session.scalars(sa.select(PathwayPause)).all() == []
        assert stage_of(session, ama) is stage

    def test_whoever_leads_rests_and_leads_again(self, session: Session) -> None:
        ama = make_beginner(session)
        session.get_one(Facilitator, ama).stage = Stage.ACTIVE

        pathway.pause(session, Actor(person_id=ama), ama)
        assert stage_of(session, ama) is Stage.RESTING
        pathway.come_back(session, Actor(person_id=ama), ama)
        assert stage_of(session, ama) is Stage.ACTIVE

    @pytest.mark.parametrize("stage", [one for one in Stage if one is not Stage.LEFT])
    def test_anybody_leaves_from_anywhere_and_may_begin_again(
        self, session: Session, stage: Stage
    ) -> None:
        ama = make_beginner(session)
        session.get_one(Facilitator, ama).stage = stage
        meeting = make_session(session, local_date=TODAY + timedelta(days=7))
        make_assignment(session, meeting.id, ama, Perspective.LIVED)
        session.execute(sa.delete(OutboxEvent))

        pathway.leave(session, Actor(person_id=ama), ama)

        assert stage_of(session, ama) is Stage.LEFT
        assert session.scalars(sa.select(Assignment).where(Assignment.person_id == ama)).all() == []
        assert "facilitators:left" in session.scalars(sa.select(OutboxEvent.type)).all()
        pathway.begin(session, Actor(person_id=ama), ama)
        assert stage_of(session, ama) is Stage.INTERESTED

    def test_the_record_keeps_no_reason(self, session: Session) -> None:
        ama = make_beginner(session)
        pathway.pause(session, Actor(person_id=ama), ama)
        pathway.leave(session, Actor(person_id=ama), ama)

        reasons = session.scalars(
            sa.select(AuditPayload.reason)
            .join(AuditEntry)
            .where(AuditEntry.kind.startswith("facilitators:pathway:"))
        ).all()
        assert set(reasons) == {""}


class TestOwnSteps:
    """The college's own steps."""

    def test_the_first_ones_stand_until_they_are_changed(self, session: Session) -> None:
        assert list(steps(session)) == list(FIRST_STEPS)

    def test_a_changed_step_keeps_what_is_behind_people(self, session: Session) -> None:
        ama = make_beginner(session)
        put_down(session, ama, "shadow", TODAY)
        put_down(session, ama, "shadow", TODAY)

        step_services.change_step(session, SYSTEM, "shadow", SHADOWED)

        assert "shadow" not in [one.key for one in steps(session)]
        assert "shadow" in [one.key for one in steps(session, all_of_them=True)]
        assert len(session.scalars(sa.select(PathwayMark)).all()) == 2

    def test_steps_of_one_name_are_two(self, session: Session) -> None:
        first = step_services.add_step(session, SYSTEM, SHADOWED)
        second = step_services.add_step(session, SYSTEM, SHADOWED)

        assert first != second

    def test_a_step_that_does_not_exist_is_not_changed(self, session: Session) -> None:
        with pytest.raises(MissingRecordError):
            step_services.change_step(session, SYSTEM, "nothing", SHADOWED)


def test_lists_ask_as_much_for_three_as_for_one(app: Portal, session: Session) -> None:
    def counted() -> int:
        with counting(app) as asked:
            people_on_way(session, [Stage.INTERESTED, Stage.CHECKS])
        return len(asked)

    put_down(session, make_beginner(session), "references", TODAY)
    one = counted()
    for name in ("Bo", "Cy"):
        put_down(session, make_beginner(session, name), "references", TODAY)

    assert counted() == one <= 3
