"""Two records of somebody who leads, or is on the way, become one: nothing that is behind them is lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.services.merging import merge_people
from portal.facilitators.models import (
    Facilitator,
    LeadingChange,
    MarkHow,
    PathwayMark,
    PathwayPause,
    Stage,
)
from portal.facilitators.queries.pathway import way_of
from portal.facilitators.services import pathway
from portal.plugin_api import SYSTEM, Actor
from tests.factories.accounts import make_person
from tests.factories.facilitators import make_peer
from tests.factories.pathway import make_beginner, make_opportunity, put_down

TODAY = date(2027, 2, 10)
pytestmark = pytest.mark.usefixtures("in_context")


def merged(session: Session, kept: int, gone: int) -> Facilitator:
    merge_people(session, SYSTEM, kept, gone, reason="the same voice")
    session.expire_all()
    assert session.scalars(sa.select(Facilitator.person_id)).all() == [kept]
    return session.get_one(Facilitator, kept)


@pytest.mark.parametrize(
    ("kept", "gone", "stays"),
    [
        (Stage.INTERESTED, Stage.ACTIVE, Stage.ACTIVE),
        (Stage.ACTIVE, Stage.INTERESTED, Stage.ACTIVE),
        (Stage.LEFT, Stage.CHECKS, Stage.CHECKS),
        (Stage.SHADOWING, Stage.LEFT, Stage.SHADOWING),
    ],
)
def test_the_record_that_is_further_along_stays(
    session: Session, kept: Stage, gone: Stage, stays: Stage
) -> None:
    one = make_peer(session, stage=kept, max_a_week=1 + (kept is stays))
    other = make_peer(session, stage=gone, max_a_week=1 + (gone is stays))
    found = merged(session, one, other)
    assert (found.stage, found.max_a_week) == (stays, 2)


@pytest.mark.parametrize("rests_last", [True, False])
def test_of_a_rest_and_leading_what_was_said_last_counts(
    session: Session, rests_last: bool
) -> None:
    before, now = clock.now() - timedelta(days=9), clock.now()
    leads = make_peer(session, since=before if rests_last else now)
    rests = make_peer(session, stage=Stage.RESTING, since=now if rests_last else before)
    assert merged(session, leads, rests).stage is (Stage.RESTING if rests_last else Stage.ACTIVE)


def test_steps_of_both_count_and_a_break_ends_with_leading(session: Session) -> None:
    kept, gone = make_beginner(session), make_peer(session, "Leads")
    put_down(session, kept, "references", TODAY)
    pathway.pause(session, Actor(person_id=kept), kept)
    session.add(
        PathwayMark(
            person_id=gone,
            step_key="dbs",
            how=MarkHow.DONE,
            on_day=TODAY,
            recorded_by_id=None,
            recorded_at=clock.now(),
        )
    )
    session.flush()
    assert merged(session, kept, gone).stage is Stage.ACTIVE
    way = way_of(session, kept)
    assert way is not None
    assert {state.step.key for state in way.steps if state.done} == {"references", "dbs"}
    assert way.paused_since is None
    assert session.scalars(sa.select(PathwayPause)).all() == []


def test_what_somebody_changed_follows_them(session: Session) -> None:
    kept, gone = make_person(session, "Kim").id, make_person(session, "Kim").id
    make_opportunity(session)
    session.execute(sa.update(LeadingChange).values(actor_person_id=gone))
    merge_people(session, SYSTEM, kept, gone, reason="the same voice")
    assert set(session.scalars(sa.select(LeadingChange.actor_person_id))) == {kept}
