"""What takes somebody up: times for support; and times of the week on days when the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import Mode, Perspective
from portal.courses.services import leaders
from portal.facilitators.models import (
    Away,
    SupportKind,
    SupportSlot,
    TimeCounts,
)
from portal.facilitators.policies import Why
from portal.facilitators.services import matching, support
from portal.facilitators.services.errors import RefusedError
from portal.facilitators.services.support import SlotGiven
from portal.plugin_api import SYSTEM, Veto
from portal.plugin_api.dispatch import gather_commitments
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment, make_run, make_session
from tests.factories.facilitators import make_meeting, make_peer

DAY = date(2027, 2, 18)
LIVED = Perspective.LIVED


class TestSupport:
    """A time for support takes somebody up, without the way to it: preparing is where the session is."""

    def planned(
        self, session: Session, person_id: int, at: time, minutes: int = 30, **values: int
    ) -> SlotGiven:
        starts_at = clock.wall_to_utc(datetime.combine(DAY, at), "Europe/London")
        given = SlotGiven(SupportKind.PREPARATION, starts_at, minutes, TimeCounts.PAID, **values)
        support.plan(session, SYSTEM, person_id, given)
        return given

    @pytest.mark.parametrize(
        ("at", "minutes", "why"),
        [
            (time(9, 30), 30, None),
            (time(9, 30), 31, Why.NOT_THEN),
            (time(11, 59), 30, Why.NOT_THEN),
            (time(12), 30, None),
            (time(4), 360, None),
            (time(4), 361, Why.NOT_THEN),
        ],
    )
    def test_it_is_as_if_they_were_away_then(
        self, session: Session, at: time, minutes: int, why: Why | None
    ) -> None:
        meeting, peer = make_meeting(session, DAY), make_peer(session)
        self.planned(session, peer, at, minutes)
        found = matching.match(session, meeting.id)
        assert [one.why for one in (*found.fits, *found.others)] == [why]
        if why is None:
            leaders.assign(session, SYSTEM, meeting.id, peer, LIVED)
        else:
            with pytest.raises(Veto, match="Preparing a session"):
                leaders.assign(session, SYSTEM, meeting.id, peer, LIVED)

    def test_whoever_supports_is_taken_up_too_until_it_is_cancelled(self, session: Session) -> None:
        meeting, peer, other = make_meeting(session, DAY), make_peer(session), make_peer(session)
        session.add(Away(person_id=other, first_day=DAY, last_day=DAY))
        self.planned(session, other, time(11), with_id=peer)
        found = matching.match(session, meeting.id)
        assert {one.person_id: one.why for one in found.others} == {
            peer: Why.NOT_THEN,
            other: Why.NOT_THEN,
        }
        slot = session.scalars(sa.select(SupportSlot)).one()
        support.cancel(session, SYSTEM, other, slot.id)
        assert [one.person_id for one in matching.match(session, meeting.id).fits] == [peer]

    def test_it_stands_among_what_takes_somebody_up(self, session: Session) -> None:
        peer, coach = make_peer(session), make_person(session).id
        given = self.planned(session, peer, time(9, 30), with_id=coach)
        for person in (peer, coach):
            found = gather_commitments(
                session, person, given.starts_at, given.starts_at + timedelta(minutes=1)
            )
            assert [str(one.title) for one in found.items] == ["Preparing a session"]
            ends = given.starts_at + timedelta(minutes=30)
            assert gather_commitments(session, person, ends, ends + timedelta(hours=1)).items == ()

    def test_none_is_planned_while_one_of_the_two_leads(self, session: Session) -> None:
        peer, coach = make_peer(session, "Ama"), make_peer(session, "Coach")
        make_assignment(session, make_session(session, local_date=DAY).id, coach)
        with pytest.raises(RefusedError) as refused:
            self.planned(session, peer, time(11, 59), with_id=coach)
        assert refused.value.field == "at"
        assert str(refused.value.reason).startswith("Coach leads “")
        assert "10am to midday" in str(refused.value.reason)
        self.planned(session, peer, time(12), with_id=coach)


class TestClocks:
    """On 28 March 2027 an hour is missing, on 31 October one is there twice."""

    @pytest.mark.parametrize("on", [date(2027, 3, 28), date(2027, 10, 31)])
    @pytest.mark.parametrize(
        ("at", "until", "why"),
        [
            ("10:00", "12:00", None),
            ("10:00", "11:59", Why.NOT_THEN),
            ("10:01", "12:00", Why.NOT_THEN),
        ],
    )
    def test_times_of_the_week_are_those_on_the_wall(
        self, session: Session, on: date, at: str, until: str, why: Why | None
    ) -> None:
        make_peer(session, weekly=[[6, at, until]])
        found = matching.match(session, make_meeting(session, on).id)
        assert [one.why for one in (*found.fits, *found.others)] == [why]

    @pytest.mark.parametrize("on", [date(2027, 3, 29), date(2027, 11, 1)])
    def test_a_week_begins_on_monday_at_the_college(self, session: Session, on: date) -> None:
        """A session at a quarter past midnight on Monday is of the new week, in summer time too."""
        peer = make_peer(session, max_a_week=1)
        first = make_session(session, local_date=on, local_time=time(0, 15), minutes=60)
        make_assignment(session, first.id, peer)
        same, before = (
            make_meeting(session, on + timedelta(days=6)),
            make_meeting(session, on - timedelta(days=1)),
        )
        assert [one.why for one in matching.match(session, same.id).others] == [Why.LOAD]
        assert [one.person_id for one in matching.match(session, before.id).fits] == [peer]

    @pytest.mark.parametrize(
        ("minutes", "clashes"),
        [(60, False), (61, True)],
        ids=["ends as it begins", "a minute more"],
    )
    @pytest.mark.parametrize("second", [1, 2])
    def test_the_hour_that_is_there_twice_is_two_hours(
        self, session: Session, minutes: int, clashes: bool, second: int
    ) -> None:
        """From 1am in summer time an hour long ends when 1am in winter time begins: nobody is in both."""
        summer = datetime(2027, 10, 31, 0, tzinfo=UTC)  # 1am
        winter = summer + timedelta(hours=second)
        peer = make_peer(session)
        run = make_run(session, mode=Mode.ONLINE, venue_id=None)
        on = {"local_date": date(2027, 10, 31), "run_id": run.id}
        first = make_session(
            session,
            number=1,
            local_time=time(1),
            minutes=minutes,
            starts_at=summer,
            ends_at=summer + timedelta(minutes=minutes),
            **on,
        )
        make_assignment(session, first.id, peer)
        other = make_session(
            session,
            number=2,
            local_time=time(second),
            starts_at=winter,
            ends_at=winter + timedelta(hours=1),
            **on,
        )
        clashes = clashes and second == 1
        found = matching.match(session, other.id)
        assert [one.why for one in (*found.fits, *found.others)] == [Why.LEADS if clashes else None]
