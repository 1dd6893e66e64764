"""Times for support; and what somebody tells the one supporter they named, which nobody else reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import RoleGrant
from portal.accounts.services.roles import grant_role, revoke_role
from portal.audit.models import AuditEntry, AuditPayload
from portal.desk.models import DeskTask
from portal.facilitators.gifts import gifts
from portal.facilitators.models import (
    Adjustment,
    Facilitator,
    SlotState,
    Stage,
    SupportKind,
    SupportSlot,
    TimeCounts,
)
from portal.facilitators.queries.support import due_for
from portal.facilitators.services import support
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.facilitators.services.support import SlotGiven
from portal.plugin_api import SYSTEM, Actor
from tests.factories.accounts import make_person
from tests.factories.pathway import make_beginner
from tests.factories.telling import told
from tests.integration.pathway.conftest import NOW, TODAY

ZONE = "Europe/London"
NEEDS = "A seat by the door, and no mornings"
WEEKS = {SupportKind.SUPERVISION: 6, SupportKind.REFLECTION: 12}


def plan(
    session: Session, person_id: int, at: datetime, kind: SupportKind = SupportKind.SUPERVISION
) -> int:
    given = SlotGiven(kind, at, 60, TimeCounts.PAID)
    return support.plan(session, SYSTEM, person_id, given)


@pytest.fixture
def ama(session: Session, in_context: None) -> int:
    person = make_beginner(session)
    session.get_one(Facilitator, person).stage = Stage.ACTIVE
    session.flush()
    return person


class TestTimes:
    """When they are, how they count; never what is said."""

    def test_the_next_is_due_after_the_last_that_took_place(
        self, session: Session, ama: int
    ) -> None:
        slot = plan(session, ama, NOW - timedelta(weeks=2))
        plan(session, ama, NOW - timedelta(weeks=1))  # nobody said that it took place
        support.hold(session, SYSTEM, ama, slot)

        supervision, reflection = due_for(session, WEEKS, at=NOW, zone=ZONE, person_id=ama)

        assert supervision.kind is SupportKind.SUPERVISION
        assert supervision.due == TODAY + timedelta(weeks=4)
        assert supervision.last_on == TODAY - timedelta(weeks=2)
        assert reflection.due == TODAY + timedelta(weeks=12)
        assert reflection.last_on is None

    def test_nothing_is_due_of_whoever_rests_or_where_the_college_sets_none(
        self, session: Session, ama: int
    ) -> None:
        none = dict.fromkeys(WEEKS, 0)
        assert due_for(session, none, at=NOW, zone=ZONE) == []
        session.get_one(Facilitator, ama).stage = Stage.RESTING
        session.flush()
        assert due_for(session, WEEKS, at=NOW, zone=ZONE) == []

    def test_what_is_to_come_is_told_and_what_is_over_is_not(
        self, session: Session, ama: int
    ) -> None:
        plan(session, ama, NOW - timedelta(hours=1))
        assert told(session, ama) == []
        slot = plan(session, ama, NOW + timedelta(days=1))
        support.cancel(session, SYSTEM, ama, slot)
        assert told(session, ama) == ["facilitators:support", "facilitators:support"]

    def test_a_time_to_come_has_not_taken_place(self, session: Session, ama: int) -> None:
        slot = plan(session, ama, NOW + timedelta(hours=1))

        with pytest.raises(RefusedError):
            support.hold(session, SYSTEM, ama, slot)

        assert session.get_one(SupportSlot, slot).state is SlotState.PLANNED

    def test_nobody_supports_themselves(self, session: Session, ama: int) -> None:
        given = SlotGiven(SupportKind.SUPERVISION, NOW, 60, TimeCounts.PAID, with_id=ama)
        with pytest.raises(RefusedError):
            support.plan(session, SYSTEM, ama, given)

    def test_another_persons_time_is_not_there(self, session: Session, ama: int) -> None:
        slot = plan(session, ama, NOW - timedelta(hours=1))
        bo = make_beginner(session, "Bo")

        for change in (support.hold, support.cancel):
            with pytest.raises(MissingRecordError):
                change(session, SYSTEM, bo, slot)

    def test_preparing_and_looking_back_count_as_given(self, session: Session, ama: int) -> None:
        for kind in SupportKind:
            slot = plan(session, ama, NOW - timedelta(days=1), kind)
            support.hold(session, SYSTEM, ama, slot)
        plan(session, ama, NOW - timedelta(days=2), SupportKind.PREPARATION)  # not held

        found = list(gifts(session, ama))

        assert [(one.minutes, one.title) for one in found] == [
            (60, "Preparing a session"),
            (60, "Looking back at a session"),
        ]

    def test_asking_twice_is_one_task_with_its_day(self, session: Session, ama: int) -> None:
        own = Actor(person_id=ama)
        by = support.ask_for_time(session, own, SupportKind.DEBRIEF, today=TODAY)
        support.ask_for_time(session, own, SupportKind.DEBRIEF, today=TODAY)

        (due,) = session.scalars(sa.select(DeskTask.due))
        assert due == by == TODAY + timedelta(days=2)


class TestAdjustments:
    """Sealed, for one person's eyes, each look on record."""

    def looks(self, session: Session) -> list[tuple[int | None, str]]:
        session.rollback()
        rows = session.execute(
            sa.select(AuditPayload.actor_id, AuditPayload.subject_id)
            .join(AuditEntry)
            .where(AuditEntry.kind == "facilitators:adjustment:read")
            .order_by(AuditEntry.id)
        ).all()
        session.rollback()
        return [(row[0], row[1]) for row in rows]

    def test_only_the_named_supporter_reads_it_and_each_look_is_on_record(
        self, session: Session, sign_in: Callable[..., FlaskClient]
    ) -> None:
        owner, named = sign_in("facilitator"), sign_in("coach")
        whose, who = owner.person_id, named.person_id  # type: ignore[attr-defined]
        saved = owner.post("/me/support/adjustments", data={"supporter": str(who), "words": NEEDS})
        assert saved.status_code == 303
        (kept,) = session.scalars(sa.select(Adjustment.words))
        session.rollback()
        assert b"door" not in kept

        page = f"/manage/supporting/{whose}"
        others = [sign_in(role) for role in ("coach", "coordinator", "administrator", "student")]
        for other in others:
            answer = other.get(page)
            assert answer.status_code == 404
            assert NEEDS not in answer.text
        assert self.looks(session) == []
        assert page in named.get("/manage/supporting").text
        assert self.looks(session) == []
        answer = named.get(page)
        assert NEEDS in answer.text
        assert "no-store" in answer.headers["Cache-Control"]
        assert self.looks(session) == [(who, str(whose))]
        assert NEEDS in owner.get("/me/support/adjustments").text
        coordinator = others[1]
        for address in (f"/manage/pathway/people/{whose}", f"/manage/leading/people/{whose}"):
            assert NEEDS not in coordinator.get(address).text

    def test_another_supporter_reads_it_instead(
        self, session: Session, sign_in: Callable[..., FlaskClient]
    ) -> None:
        owner, first, second = sign_in("facilitator"), sign_in("coach"), sign_in("coach")
        page = f"/manage/supporting/{owner.person_id}"  # type: ignore[attr-defined]
        for supporter in (first, second):
            typed = {"supporter": str(supporter.person_id), "words": NEEDS}  # type: ignore[attr-defined]
            owner.post("/me/support/adjustments", data=typed)

        assert first.get(page).status_code == 404
        assert NEEDS in second.get(page).text
        owner.post("/me/support/adjustments/remove")
        assert second.get(page).status_code == 404
        assert session.scalars(sa.select(Adjustment)).all() == []

    def test_whoever_supports_nobody_any_more_reads_nothing(
        self, session: Session, in_context: None
    ) -> None:
        ama = make_beginner(session)
        coach = make_person(session, "Kim").id
        grant_role(session, SYSTEM, coach, "coach", reason="for a test")
        support.save_adjustments(session, Actor(person_id=ama), coach, NEEDS)
        assert support.read_adjustments(session, Actor(person_id=coach), ama) == NEEDS

        grant = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.person_id == coach)).one()
        revoke_role(session, SYSTEM, grant, reason="for a test")

        with pytest.raises(MissingRecordError):
            support.read_adjustments(session, Actor(person_id=coach), ama)

    def test_nobody_else_can_be_named(
        self, session: Session, sign_in: Callable[..., FlaskClient]
    ) -> None:
        owner, student = sign_in("facilitator"), sign_in("student")
        sign_in("coach")
        typed = {"supporter": str(student.person_id), "words": NEEDS}  # type: ignore[attr-defined]

        answer = owner.post("/me/support/adjustments", data=typed)

        assert answer.status_code == 422
        assert NEEDS in answer.text
        assert session.scalars(sa.select(Adjustment)).all() == []
