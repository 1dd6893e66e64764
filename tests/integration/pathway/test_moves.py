"""Somebody is moved on by hand: past a step that is to come never without a reason that they read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.services.merging import merge_people
from portal.courses.models import Perspective
from portal.courses.services import leaders
from portal.facilitators.models import Clearance, Facilitator, PathwayMove, Stage
from portal.facilitators.privacy.pathway import SOURCES
from portal.facilitators.queries.pathway import moves_of
from portal.facilitators.services import pathway
from portal.facilitators.services.errors import RefusedError
from portal.plugin_api import SYSTEM, Actor, Veto
from tests.factories.accounts import make_person
from tests.factories.facilitators import NEEDED, clear, make_meeting
from tests.factories.pathway import make_beginner, put_all_down, put_down
from tests.factories.telling import send, told
from tests.integration.facilitators.test_pages import send as fill_in
from tests.integration.pathway.conftest import NOW, TODAY
from tests.integration.pathway.test_steps import stage_of

WHY = "She led with us for years before there was a portal"


@pytest.fixture
def kim(session: Session) -> Actor:
    return Actor(person_id=make_person(session, "Kim").id)


def at(session: Session, stage: Stage, name: str = "Ama") -> int:
    """Somebody at a stage with no step behind them."""
    person = make_beginner(session, name)
    session.get_one(Facilitator, person).stage = stage
    session.flush()
    return person


PAST_STEPS = [
    (Stage.CHECKS, Stage.TRAINED, ["references", "dbs", "introduction", "train_the_trainers"]),
    (Stage.TRAINED, Stage.SHADOWING, ["references", "dbs", "introduction", "train_the_trainers"]),
    (
        Stage.TRAINED,
        Stage.ACTIVE,
        ["references", "dbs", "introduction", "train_the_trainers", "shadow"],
    ),
    (
        Stage.SHADOWING,
        Stage.ACTIVE,
        ["references", "dbs", "introduction", "train_the_trainers", "shadow"],
    ),
]


@pytest.mark.usefixtures("in_context")
class TestWhy:
    """Kept with the steps that were passed, and said."""

    @pytest.mark.parametrize(("since", "to", "passed"), PAST_STEPS)
    def test_past_a_step_to_come_it_is_asked_and_kept(
        self, session: Session, kim: Actor, since: Stage, to: Stage, passed: list[str]
    ) -> None:
        ama = at(session, since)
        with pytest.raises(RefusedError) as refused:
            pathway.move(session, kim, ama, to, why="  ")
        assert refused.value.field == "why"
        assert "Two people who know you" in str(refused.value.reason)
        assert stage_of(session, ama) is since

        pathway.move(session, kim, ama, to, why=f" {WHY} ")

        assert stage_of(session, ama) is to
        (kept,) = moves_of(session, ama)
        assert (kept.stage, list(kept.passed), kept.why) == (to, passed, WHY)
        assert (kept.at, kept.recorded_by_id) == (NOW, kim.person_id)
        notice = "ready" if to is Stage.ACTIVE else "moved_on"
        assert told(session, ama) == [f"facilitators:{notice}"]

    @pytest.mark.parametrize(
        ("since", "to"),
        [
            (Stage.INTERESTED, Stage.CHECKS),
            (Stage.ACTIVE, Stage.RESTING),
            (Stage.RESTING, Stage.ACTIVE),
            (Stage.SHADOWING, Stage.LEFT),
        ],
    )
    def test_of_what_passes_no_step_nobody_asks_why_and_nothing_is_kept(
        self, session: Session, kim: Actor, since: Stage, to: Stage
    ) -> None:
        ama = at(session, since)
        pathway.move(session, kim, ama, to, why="not to be kept")
        assert stage_of(session, ama) is to
        assert session.scalars(sa.select(PathwayMove.id)).all() == []
        assert told(session, ama) == []

    def test_only_what_is_still_to_come_is_passed(self, session: Session, kim: Actor) -> None:
        ama = make_beginner(session)
        for key in ("references", "dbs", "introduction", "train_the_trainers", "shadow"):
            put_down(session, ama, key, TODAY)
        pathway.move(session, kim, ama, Stage.ACTIVE, why=WHY)
        (kept,) = moves_of(session, ama)
        assert list(kept.passed) == ["shadow"]

    def test_with_all_steps_behind_them_nothing_is_passed(
        self, session: Session, kim: Actor
    ) -> None:
        ama = make_beginner(session)
        put_all_down(session, ama, TODAY)
        pathway.move(session, kim, ama, Stage.ACTIVE)
        assert moves_of(session, ama) == []
        assert told(session, ama)[-1] == "facilitators:ready"

    def test_nobody_moves_themselves_on_even_with_a_reason(self, session: Session) -> None:
        ama = at(session, Stage.SHADOWING)
        with pytest.raises(RefusedError):
            pathway.move(session, Actor(person_id=ama), ama, Stage.ACTIVE, why=WHY)
        assert stage_of(session, ama) is Stage.SHADOWING

    def test_what_is_asked_of_whoever_leads_is_looked_at_all_the_same(
        self, session: Session, kim: Actor
    ) -> None:
        """A reason opens the way, not the door: without a DBS check nobody is given a session."""
        ama, meeting = at(session, Stage.SHADOWING), make_meeting(session, date(2027, 2, 18))
        pathway.move(session, kim, ama, Stage.ACTIVE, why=WHY)
        with pytest.raises(Veto):
            leaders.assign(session, kim, meeting.id, ama, Perspective.LIVED)
        for kind in NEEDED:
            clear(session, ama, kind, None)
        leaders.assign(session, kim, meeting.id, ama, Perspective.LIVED)
        assert len(session.scalars(sa.select(Clearance.id)).all()) == len(NEEDED)

    def test_the_message_says_where_they_are_and_not_why(
        self, session: Session, kim: Actor
    ) -> None:
        ama = at(session, Stage.CHECKS)
        pathway.move(session, kim, ama, Stage.TRAINED, why=WHY)
        text = " ".join(str(letter.text) for letter in send(session))
        assert WHY not in text

    def test_it_is_given_back_merged_and_erased(self, session: Session, kim: Actor) -> None:
        (source,) = [one for one in SOURCES if one.table == "pathway_move"]
        ama, twin = at(session, Stage.CHECKS), make_person(session, "Ama").id
        pathway.move(session, kim, ama, Stage.TRAINED, why=WHY)
        assert [row["why"] for row in source.export(session, ama)] == [WHY]
        merge_people(session, SYSTEM, twin, ama, reason="the same voice")
        assert [row["why"] for row in source.export(session, twin)] == [WHY]
        source.erase(session, kim.person_id or 0, "delete")
        assert session.scalars(sa.select(PathwayMove.recorded_by_id)).all() == [None]
        assert source.erase(session, twin, "delete").erased == 1
        assert session.scalars(sa.select(PathwayMove.id)).all() == []


class TestPages:
    """The coordinator says why; the person reads it."""

    def test_reason_is_asked_at_its_field_and_read_by_the_person(
        self, session: Session, sign_in: Callable[..., FlaskClient]
    ) -> None:
        person, boss = sign_in("student"), sign_in("coordinator")
        ama = person.person_id  # type: ignore[attr-defined]
        session.add(Facilitator(person_id=ama, stage=Stage.CHECKS, since=NOW, max_a_week=2))
        session.commit()
        path = f"/manage/leading/people/{ama}"
        assert "Still to come:" in boss.get(path).text

        refused = fill_in(boss, path, stage="trained", why="")

        assert "There is a step to come: Two people who know you." in refused
        assert 'id="why-error"' in refused
        assert "Saved." in fill_in(boss, path, stage="trained", why=WHY)
        page = person.get("/me/pathway").text
        assert "Moved on by hand" in page
        assert WHY in page
        assert "A DBS check" in page
        assert WHY in boss.get(path).text
        assert WHY not in sign_in("student").get("/me/pathway").text
