"""The demo college: its sizes, its states, and that it hangs together."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import DemoPeople, demo_people, demo_sign_ins
from portal.accounts.demo import KEY, seed_people
from portal.accounts.models import ContactRoute, Login, Person, RoleGrant, RouteKind
from portal.accounts.passwords import verify_password
from portal.accounts.policies import ROLES
from portal.app import Portal
from portal.courses.demo import FACTS, seed_courses
from portal.courses.demo.catalogue import read_words
from portal.courses.demo.terms import terms_around
from portal.courses.models import (
    Assignment,
    Course,
    CourseChange,
    CourseSession,
    CourseState,
    Mode,
    PairWaiver,
    Perspective,
    Run,
    RunState,
    SessionState,
    Term,
    Venue,
)
from portal.courses.services import prospectus
from portal.plugin_api import SYSTEM
from portal.plugin_api.testing import ENGINES, Lab
from tests.factories.demo import College, engine_or_skip, looked_at, make_college

ZONE = "Europe/London"
TODAY = datetime(
    2027, 3, 10, 12, tzinfo=UTC
)  # the present term goes across Easter and the clock change


def _seed(session: Session) -> DemoPeople:
    people = seed_people(session)
    seed_courses(session, people, zone=ZONE)
    return people


@pytest.fixture(scope="module", params=ENGINES)
def college(request: pytest.FixtureRequest, portal_lab: Lab) -> College:
    """The people and courses of a demo college, made once for all tests that only look at it."""
    return make_college(portal_lab, engine_or_skip(request.param), "courses", TODAY, _seed)


@pytest.fixture
def people(college: College) -> DemoPeople:
    return college.people


@pytest.fixture
def session(college: College) -> Iterator[Session]:
    """Of the shared college. Tests that make one of their own use `portal_session`."""
    with looked_at(college) as session:
        session.info[KEY] = college.people
        yield session


def _count(session: Session, model: type, *where: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0


def test_people_are_as_many_as_a_college_has(people: DemoPeople, session: Session) -> None:
    assert (len(people.students), len(people.peers), len(people.professionals)) == (400, 18, 14)
    assert set(people.peers) < set(people.students)
    with_email = sa.select(ContactRoute.person_id).where(ContactRoute.kind == RouteKind.EMAIL)
    without = _count(session, Person, Person.id.in_(people.students), Person.id.not_in(with_email))
    assert without == 48  # 12%
    reached = set(session.scalars(sa.select(ContactRoute.person_id)))
    assert reached == set(session.scalars(sa.select(Person.id)))
    names = session.scalars(sa.select(Person.name)).all()
    assert len(set(names)) == len(names)
    assert max(map(len, names)) > 55
    assert any("\u0600" <= letter <= "\u06ff" for name in names for letter in name)
    assert any("\u0590" <= letter <= "\u05ff" for name in names for letter in name)
    assert 80 < _count(session, Person, Person.pronouns != "") < 180
    assert demo_people(session) == people


def test_each_role_has_a_sign_in_that_works(people: DemoPeople, session: Session) -> None:
    sign_ins = demo_sign_ins()
    assert {role for role, _email, _password in sign_ins} == set(ROLES)
    at = clock.now()
    for role, email, password in sign_ins:
        login = session.scalars(sa.select(Login).where(Login.email == email)).one()
        assert login.active
        assert login.confirmed_at is not None
        assert verify_password(password, login.password)
        if role != "student":
            assert _count(
                session,
                RoleGrant,
                RoleGrant.person_id == login.person_id,
                RoleGrant.role == role,
                RoleGrant.valid_from <= at,
            )
    assert _count(session, Login) == len(sign_ins)


def test_terms_runs_and_sessions_have_the_sizes_of_a_college(
    people: DemoPeople, session: Session
) -> None:
    assert _count(session, Term) == 3
    per_term = (
        session.execute(sa.select(sa.func.count(Run.id)).group_by(Run.term_id)).scalars().all()
    )
    assert per_term == [40, 40, 40]
    assert 400 <= _count(session, CourseSession) <= 600
    assert set(session.scalars(sa.select(Run.learning_cap))) == {12}


def test_every_state_can_be_seen(people: DemoPeople, session: Session) -> None:
    runs = Counter(session.scalars(sa.select(Run.state)))
    assert set(runs) == set(RunState)
    courses = Counter(session.scalars(sa.select(Course.state)))
    assert set(courses) == set(CourseState) - {CourseState.RETIRED}
    assert set(session.scalars(sa.select(CourseSession.state))) == set(SessionState)
    assert set(session.scalars(sa.select(Run.mode))) == set(Mode)
    assert _count(session, PairWaiver) >= 1
    at = clock.now()
    assert _count(session, CourseSession, CourseSession.starts_at > at) > 100
    assert _count(session, CourseSession, CourseSession.ends_at < at) > 100
    hidden = _count(session, Run, Run.published_at.is_(None))
    assert hidden == _count(session, Run, Run.state == RunState.PLANNED) > 0
    assert _count(session, Venue, Venue.step_free.is_(False)) >= 1


def test_sessions_are_led_by_a_pair_but_for_a_few_at_risk(
    people: DemoPeople, session: Session
) -> None:
    led: dict[int, set[Perspective]] = {}
    for assignment in session.scalars(sa.select(Assignment)):
        led.setdefault(assignment.session_id, set()).add(assignment.perspective)
    assert set(led) == set(session.scalars(sa.select(CourseSession.id)))
    alone = [one for one, perspectives in led.items() if len(perspectives) == 1]
    waived = set(session.scalars(sa.select(PairWaiver.session_id)))
    assert 3 <= len(set(alone) - waived) <= 60
    assert waived <= set(alone)
    peers = set(
        session.scalars(
            sa.select(Assignment.person_id).where(Assignment.perspective == Perspective.LIVED)
        )
    )
    assert peers == set(people.peers)


def test_nobody_and_no_room_is_in_two_places_at_once(people: DemoPeople, session: Session) -> None:
    on = session.execute(
        sa.select(CourseSession, Run.venue_id)
        .join(Run, Run.id == CourseSession.run_id)
        .where(CourseSession.state.in_([SessionState.SCHEDULED, SessionState.DELIVERED]))
    ).all()
    rooms = Counter((venue, one.starts_at) for one, venue in on if venue is not None)
    assert max(rooms.values()) == 1
    starts = {one.id: one.starts_at for one, _venue in on}
    busy = Counter(
        (assignment.person_id, starts[assignment.session_id])
        for assignment in session.scalars(sa.select(Assignment))
        if assignment.session_id in starts
    )
    assert max(busy.values()) == 1


def test_sessions_keep_their_wall_time_and_leave_out_bank_holidays(
    people: DemoPeople, session: Session
) -> None:
    for one in session.scalars(sa.select(CourseSession)):
        wall = clock.utc_to_wall(one.starts_at, one.zone).replace(tzinfo=None)
        assert wall == datetime.combine(one.local_date, one.local_time)
        assert one.local_date not in clock.bank_holidays(one.local_date.year)
    offsets = {one.starts_at.hour for one in session.scalars(sa.select(CourseSession))}
    assert {9, 10} <= offsets  # ten o'clock before and after the clocks change


def test_catalogue_is_the_published_facts_in_the_colleges_own_words(
    people: DemoPeople, session: Session
) -> None:
    courses = session.scalars(sa.select(Course)).all()
    assert len(courses) == 178
    assert all(course.summary and course.description for course in courses)
    assert all(course.source_name and course.source_url for course in courses)
    own = [course for course in courses if not course.adjacent]
    assert len(own) == 174
    assert all("\n- " in course.description for course in own)
    live = [course.title.casefold() for course in own if course.state is CourseState.LIVE]
    assert len(live) == len(set(live))
    # No other college, nor its town, is named in what ours says of itself.
    for course in own:
        said = f"{course.title} {course.summary} {course.description} {course.what_to_expect}"
        assert course.source_name.split(",")[0].split(" (")[0] not in said
    assert _count(session, CourseChange, CourseChange.action == "edited") == 174


def test_importing_the_facts_again_keeps_the_colleges_own_words(
    people: DemoPeople, session: Session
) -> None:
    with prospectus.check(session, FACTS) as checked:
        report = prospectus.apply(session, SYSTEM, checked)
    assert (report.unchanged, report.written) == (178, False)


def _rows(session: Session) -> list[object]:
    """What can be compared of a college: ids only by how they follow each other."""
    first = session.scalar(sa.select(sa.func.min(Person.id))) or 0
    return [
        tuple(row)
        for statement in (
            sa.select(Person.name, Person.pronouns, Person.created_at).order_by(Person.id),
            sa.select(Course.slug, Course.title, Course.state).order_by(Course.id),
            sa.select(Run.reference, Run.state).order_by(Run.id),
            sa.select(CourseSession.uid, CourseSession.starts_at).order_by(CourseSession.id),
            sa.select(Assignment.person_id - first).order_by(Assignment.id),
        )
        for row in session.execute(statement)
    ]


def test_same_seed_and_day_give_the_same_college(
    app: Portal, portal_session: Session, college: College
) -> None:
    with app.app_context(), time_machine.travel(TODAY, tick=False):
        _seed(portal_session)
        made = _rows(portal_session)

    with looked_at(college) as session:
        assert made == _rows(session)


@pytest.mark.parametrize("weeks", range(0, 60, 5))
def test_terms_have_names_of_their_own_whatever_the_day(app: Portal, weeks: int) -> None:
    today = date(2026, 11, 22) + timedelta(weeks=weeks)
    with app.app_context():
        terms = terms_around(today)
    assert len({name for name, _first, _last in terms}) == 3
    past, present, coming = terms
    assert past[2] < present[1] <= today <= present[2] < coming[1]


@pytest.mark.parametrize("weeks", [0, 4, 17, 30])
def test_demo_college_can_be_made_on_any_day(
    app: Portal, portal_session: Session, weeks: int
) -> None:
    session = portal_session
    moment = datetime(2026, 12, 20, 12, tzinfo=UTC) + timedelta(weeks=weeks)
    with app.app_context(), time_machine.travel(moment, tick=False):
        _seed(session)
        assert _count(session, Run) == 120
        assert set(session.scalars(sa.select(Run.state))) == set(RunState)
        assert set(session.scalars(sa.select(CourseSession.state))) == set(SessionState)


def test_demo_college_is_made_in_less_than_five_seconds(
    app: Portal, portal_session: Session
) -> None:
    with app.app_context():
        begun = time.process_time()  # its own work: others may be busy on this machine
        _seed(portal_session)
        portal_session.commit()
        assert time.process_time() - begun < 5


def test_every_title_that_is_rewritten_stands_in_the_facts() -> None:
    with FACTS.open(encoding="utf-8", newline="") as file:
        titles = {row["title"] for row in csv.DictReader(file)}
    assert set(read_words()["titles"]) <= titles
