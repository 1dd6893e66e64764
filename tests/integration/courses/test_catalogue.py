"""The public catalogue: what is listed, in which order, narrowed how, and at what cost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from portal.courses.models import CourseState, Mode, Perspective, RunState, SessionState
from portal.courses.queries import catalogue, search
from portal.courses.queries.cards import Cursor, Part
from portal.courses.queries.catalogue import Listing
from portal.courses.queries.filters import Filters
from portal.courses.services.history import bump_catalogue
from portal.db import db
from tests.factories import courses as make

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from portal.app import Portal

pytestmark = pytest.mark.both_databases

TODAY = make.FIRST_DAY  # Monday 1 March 2027
ZONE = make.ZONE
SOAK = os.environ.get("SOAK", "0") not in {"", "0"}


@pytest.fixture(autouse=True)
def on_the_first_day() -> Iterator[None]:
    with time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=UTC), tick=False):
        yield


def offer(
    session: Session, title: str, day: date = TODAY, at: time = time(10), **values: Any
) -> Any:
    """A course with one open run of one session; values named `run_…` go to the run."""
    run_values = {
        name.removeprefix("run_"): values.pop(name) for name in list(values) if name[:4] == "run_"
    }
    sessions = run_values.pop("sessions", 1)
    course = make.make_course(session, title=title, **values)
    run = make.make_run(session, course_id=course.id, **run_values)
    for index in range(sessions):
        made = make.make_session(
            session,
            run_id=run.id,
            number=index + 1,
            local_date=day + timedelta(weeks=index),
            local_time=at,
        )
        run.first_starts_at = run.first_starts_at or made.starts_at
        run.last_ends_at = made.ends_at
    session.flush()
    return course


def find(session: Session, **values: Any) -> Listing:
    asked = {
        name: values.pop(name)
        for name in ("by_title", "cursor", "query", "limit")
        if name in values
    }
    return catalogue.find(session, Filters(**values), today=TODAY, zone=ZONE, **asked)


def titles(listing: Listing) -> list[str]:
    return [card.title for card in listing.cards]


def test_dated_courses_come_soonest_first_then_undated_by_title(session: Session) -> None:
    make.make_course(session, title="Yoga")
    make.make_course(session, title="Art")
    offer(session, "Later", TODAY + timedelta(9))
    offer(session, "Sooner", TODAY + timedelta(2))
    listing = find(session)
    assert titles(listing) == ["Sooner", "Later", "Art", "Yoga"]
    assert [card.part for card in listing.cards] == [Part.DATED] * 2 + [Part.UNDATED] * 2
    assert listing.total == 4


def test_course_is_listed_once_with_its_next_run(session: Session) -> None:
    course = offer(session, "Twice", TODAY + timedelta(20))
    soon = make.make_run(session, course_id=course.id)
    first = make.make_session(session, run_id=soon.id, local_date=TODAY + timedelta(3))
    soon.first_starts_at, soon.last_ends_at = first.starts_at, first.ends_at
    session.flush()
    (card,) = find(session).cards
    assert card.run is not None
    assert card.run.reference == soon.reference


def test_run_that_began_is_not_joined_but_a_drop_in_is(session: Session) -> None:
    offer(session, "Began", TODAY - timedelta(7), run_sessions=4)
    offer(session, "Drop in", TODAY - timedelta(7), run_sessions=4, drop_in=True)
    listing = find(session)
    assert [(card.title, card.part) for card in listing.cards] == [
        ("Drop in", Part.DATED),
        ("Began", Part.UNDATED),
    ]
    run = listing.cards[0].run
    assert run is not None
    assert run.starts_at == datetime(2027, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "values",
    [
        {"run_published_at": None},
        {"run_state": RunState.CANCELLED, "run_cancelled_reason": "Ill"},
        {"run_state": RunState.FINISHED},
    ],
)
def test_run_that_nobody_can_join_is_not_the_next(session: Session, values: dict[str, Any]) -> None:
    offer(session, "Hidden", TODAY + timedelta(2), **values)
    (card,) = find(session).cards
    assert card.run is None


@pytest.mark.parametrize(
    ("state", "listed", "when_asked"),
    [
        (CourseState.IDEA, False, True),
        (CourseState.CO_PRODUCTION, False, True),
        (CourseState.PILOT, True, True),
        (CourseState.APPROVED, True, True),
        (CourseState.LIVE, True, True),
        (CourseState.RESTING, True, True),
        (CourseState.RETIRED, False, False),
    ],
)
def test_course_state_decides_whether_it_is_listed(
    session: Session, state: CourseState, listed: bool, when_asked: bool
) -> None:
    make.make_course(session, title="One", state=state)
    assert bool(find(session).cards) is listed
    assert bool(find(session, making=True).cards) is when_asked
    assert bool(find(session, making=True, by_title=True).cards) is when_asked


def _by_run(field: str, wanted: Any, other: Any) -> Callable[[Session], dict[str, Any]]:
    def arrange(session: Session) -> dict[str, Any]:
        offer(session, "Fits", TODAY + timedelta(1), **{field: wanted})
        offer(session, "Does not", TODAY + timedelta(1), **{field: other})
        return {}

    return arrange


def _venues(**facts: Any) -> Callable[[Session], dict[str, Any]]:
    def arrange(session: Session) -> dict[str, Any]:
        fits = make.make_venue(session, **facts)
        plain = make.make_venue(session, step_free=False)
        offer(session, "Fits", run_venue_id=fits.id)
        offer(session, "Does not", run_venue_id=plain.id)
        return {"venue": fits.id}

    return arrange


def _topics(session: Session) -> dict[str, Any]:
    topic = make.make_topic(session)
    offer(session, "Fits", topic_id=topic.id)
    offer(session, "Does not")
    return {"topics": (topic.id,)}


def _terms(session: Session) -> dict[str, Any]:
    term = make.make_term(session)
    offer(session, "Fits", run_term_id=term.id)
    offer(session, "Does not")
    return {"term": term.id}


def _days(session: Session) -> dict[str, Any]:
    offer(session, "Fits", TODAY + timedelta(6))  # a Sunday
    offer(session, "Does not", TODAY + timedelta(5))
    return {}


def _times(session: Session) -> dict[str, Any]:
    offer(session, "Fits", at=time(17))
    offer(session, "Does not", at=time(16, 59))
    return {}


FILTERS: dict[str, tuple[Callable[[Session], dict[str, Any]], dict[str, Any]]] = {
    "topic": (_topics, {}),
    "venue": (_venues(), {}),
    "term": (_terms, {}),
    "online": (_by_run("run_mode", Mode.ONLINE, Mode.IN_PERSON), {"how": Mode.ONLINE}),
    "both is online too": (_by_run("run_mode", Mode.BOTH, Mode.IN_PERSON), {"how": Mode.ONLINE}),
    "weekday": (_days, {"days": (6,)}),
    "evening": (_times, {"times": ("evening",)}),
    "one session": (_by_run("run_sessions", 1, 2), {"length": "one"}),
    "two to four": (_by_run("run_sessions", 4, 5), {"length": "few"}),
    "five and more": (_by_run("run_sessions", 5, 4), {"length": "many"}),
    "own pace": (_by_run("self_paced", True, False), {"length": "own"}),
    "places free": (_by_run("run_seats_taken", 11, 12), {"free": True}),
    "supporters": (_by_run("for_supporters", True, False), {"supporters": True}),
    "step-free": (_venues(step_free=True), {"step_free": True, "venue": None}),
    "quiet": (_venues(step_free=False, quiet_room=True), {"quiet": True, "venue": None}),
}


@pytest.mark.parametrize("by_title", [False, True])
@pytest.mark.parametrize("name", FILTERS)
def test_filter_keeps_what_fits_and_counts_it(session: Session, name: str, by_title: bool) -> None:
    arrange, chosen = FILTERS[name]
    listing = find(session, **{**arrange(session), **chosen}, by_title=by_title)
    assert (titles(listing), listing.total) == (["Fits"], 1)


def test_start_from_a_day_leaves_out_what_is_before(session: Session) -> None:
    offer(session, "Before", TODAY + timedelta(9))
    offer(session, "On the day", TODAY + timedelta(10))
    assert titles(find(session, start=TODAY + timedelta(10))) == ["On the day"]


@pytest.mark.parametrize("by_title", [False, True])
def test_pages_cut_by_key_show_every_course_once(session: Session, by_title: bool) -> None:
    for number in range(5):
        offer(session, f"Same {number % 2}", TODAY + timedelta(number % 2))
        make.make_course(session, title=f"Undated {number % 2}")
    whole = [card.id for card in find(session, by_title=by_title).cards]
    seen: list[int] = []
    cursor: Cursor | None = None
    for _ in range(20):
        listing = find(session, by_title=by_title, cursor=cursor, limit=3)
        seen += [card.id for card in listing.cards]
        assert listing.total == 10
        cursor = listing.following
        if cursor is None:
            break
    assert seen == whole
    assert len(set(seen)) == 10


def test_total_is_counted_up_to_a_hundred(session: Session) -> None:
    topic = make.make_topic(session)
    for number in range(101):
        make.make_course(session, title=f"Course {number:03}", topic_id=topic.id)
    assert find(session).total is None
    session.execute(sa.text("DELETE FROM course WHERE title = 'Course 000'"))
    assert find(session).total == 100


@contextmanager
def counted(app: Portal) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("address", ["/courses", "/courses?q=slep&sort=title&free=1"])
def test_list_asks_as_many_queries_for_three_courses_as_for_one(
    app: Portal, session: Session, client: FlaskClient, address: str
) -> None:
    client.get(address)  # what a process asks once is asked
    counts = []
    for number in (1, 2):
        for _ in range(number):
            offer(session, "Sleep well")
        bump_catalogue(session)
        session.commit()
        client.get("/courses?sort=title")  # the form's choices at this version
        with counted(app) as statements:
            assert client.get(address).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 3


def test_same_page_is_answered_not_modified_until_the_catalogue_changes(
    session: Session, client: FlaskClient
) -> None:
    offer(session, "First")
    bump_catalogue(session)
    session.commit()
    first = client.get("/courses")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get("/courses", headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/courses?free=1", headers=tag).status_code == 200
    offer(session, "Second")
    bump_catalogue(session)
    session.commit()
    changed = client.get("/courses", headers=tag)
    assert changed.status_code == 200
    assert "Second" in changed.text


def test_same_page_looks_new_with_other_display_settings_and_on_another_day(
    session: Session, client: FlaskClient
) -> None:
    bump_catalogue(session)
    session.commit()
    tag = {"If-None-Match": client.get("/courses").headers["ETag"]}
    assert client.get("/courses", headers=tag).status_code == 304
    client.set_cookie("display", "contrast-dark")
    assert client.get("/courses", headers=tag).status_code == 200
    client.delete_cookie("display")
    with time_machine.travel(datetime(2027, 3, 2, 8, tzinfo=UTC), tick=False):
        assert client.get("/courses", headers=tag).status_code == 200


def test_signed_in_page_is_not_stored(
    sign_in: Callable[..., FlaskClient], client: FlaskClient
) -> None:
    visitor = client.get("/courses").headers.get("ETag", "")
    student = sign_in("student")
    page = student.get("/courses", headers={"If-None-Match": visitor})
    assert page.status_code == 200
    assert page.headers["Cache-Control"].startswith("no-store")
    assert "ETag" not in page.headers


def test_page_shows_choices_with_links_that_take_them_back(
    session: Session, client: FlaskClient
) -> None:
    topic = make.make_topic(session, slug="sleep", name="Sleep and rest")
    offer(session, "Good nights", topic_id=topic.id)
    session.commit()
    page = client.get("/courses?topic=sleep&day=mon&nonsense=1&length=forever").text
    assert 'href="/courses?day=mon"' in page
    assert 'href="/courses?topic=sleep"' in page
    assert "Good nights" in page


def test_empty_list_says_what_to_do(client: FlaskClient) -> None:
    assert "The first courses are being made" in client.get("/courses").text
    page = client.get("/courses?free=1").text
    assert "No course fits all of that" in page
    assert "See all courses" in page


@pytest.mark.parametrize(
    "address", ["/courses/nobody", "/courses/x%00y", "/courses/a/b", "/venues/%FF", "/prospectus/x"]
)
def test_unknown_address_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (CourseState.IDEA, "This is an idea"),
        (CourseState.CO_PRODUCTION, "A group is making this course right now"),
        (CourseState.PILOT, "It runs for the first time"),
        (CourseState.RESTING, "It is not running now. Tell us you are interested"),
        (CourseState.RETIRED, "We no longer run this course"),
    ],
)
def test_course_page_says_where_the_course_stands(
    session: Session, client: FlaskClient, state: CourseState, words: str
) -> None:
    make.make_course(session, slug="one", state=state)
    session.commit()
    assert words in client.get("/courses/one").text


def test_cancelled_and_moved_sessions_are_said_plainly(
    session: Session, client: FlaskClient
) -> None:
    course = make.make_course(session, slug="rest")
    run = make.make_run(session, course_id=course.id, reference="rest-1", sessions=2)
    make.make_session(
        session,
        run_id=run.id,
        number=3,
        local_date=TODAY + timedelta(21),
        state=SessionState.CANCELLED,
        reason="The room is flooded.",
    )
    make.make_session(
        session,
        run_id=run.id,
        number=4,
        local_date=TODAY + timedelta(30),
        state=SessionState.MOVED,
        moved_from=datetime(2027, 3, 29, 9, tzinfo=UTC),
        reason="Easter.",
    )
    session.commit()
    page = client.get("/courses/rest/rest-1").text
    assert "The room is flooded." in page
    assert "It was Monday 29 March 2027, 10am." in page
    one = client.get("/courses/rest/rest-1/3").text
    assert "This session will not take place. The room is flooded." in one
    assert "Add to my calendar" not in one


def test_unpublished_run_and_online_link_are_not_shown(
    session: Session, client: FlaskClient
) -> None:
    course = make.make_course(session, slug="rest")
    make.make_run(session, course_id=course.id, reference="secret-1", published_at=None)
    shown = make.make_run(session, course_id=course.id, reference="rest-1", sessions=0)
    one = make.make_session(session, run_id=shown.id, online_link="https://meet.example/private")
    shown.first_starts_at, shown.last_ends_at = one.starts_at, one.ends_at
    session.commit()
    assert client.get("/courses/rest/secret-1").status_code == 404
    assert "secret-1" not in client.get("/courses/rest").text
    for path in ("", "/1", ".ics", "/1.ics"):
        assert "meet.example" not in client.get(f"/courses/rest/rest-1{path}").text


def test_names_of_leaders_are_for_people_who_are_signed_in(
    session: Session, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    from portal.accounts.api import create_person
    from portal.plugin_api import SYSTEM

    course = make.make_course(session, slug="rest")
    run = make.make_run(session, course_id=course.id, reference="rest-1", sessions=1)
    session_id = session.scalar(sa.text(f"SELECT id FROM course_session WHERE run_id = {run.id}"))
    person = create_person(session, SYSTEM, name="Amina Okafor")
    assert session_id is not None
    make.make_assignment(session, session_id, person, Perspective.LIVED)
    session.commit()
    visitor = client.get("/courses/rest/rest-1").text
    assert "Amina" not in visitor
    assert "has lived through hard times leads it" in visitor
    assert "Amina Okafor" in sign_in("student").get("/courses/rest/rest-1").text


def test_calendar_lists_by_local_day_across_the_clock_change(
    session: Session, client: FlaskClient
) -> None:
    course = make.make_course(session, title="Early")
    run = make.make_run(session, course_id=course.id)
    # 00:30 on Sunday 4 April is 23:30 UTC of the day before.
    make.make_session(session, run_id=run.id, local_date=date(2027, 4, 4), local_time=time(0, 30))
    session.commit()
    page = client.get("/calendar?from=2027-03-29").text
    assert '<time class="rc-date" datetime="2027-04-04">' in page
    assert "12:30am" in page
    assert client.get("/calendar?from=never").status_code == 200


def test_prospectus_shows_the_term_by_topic(session: Session, client: FlaskClient) -> None:
    term = make.make_term(session, slug="spring", name="Spring term")
    topic = make.make_topic(session, name="Sleep and rest")
    offer(session, "Good nights", topic_id=topic.id, run_term_id=term.id)
    offer(session, "Elsewhere")
    session.commit()
    page = client.get("/prospectus/spring").text
    assert page.index("Sleep and rest") < page.index("Good nights")
    assert "Elsewhere" not in page


NAMES = (
    "q", "topic", "venue", "term", "how", "day", "time", "from", "length", "free", "quiet",
    "step_free", "supporters", "making", "sort", "after",
)  # fmt: skip
LIKELY = (
    "1", "0", "-1", "1-1", "2-999999999", "3-0", "4-20", "9-9", "in_person", "online", "both", "mon",
    "evening", "2027-02-29", "2027-03-01", "9999-12-31", "few", "own", "title", "sleep", '"', "' OR 1",
    "sle*", "NEAR(a b)", "a AND", "title:x", "\x00", "%", "_", "\\", "ſ", "ﬁ", "🙂🙂🙂",
)  # fmt: skip
VALUES = st.one_of(st.sampled_from(LIKELY), st.text(max_size=300))
PATHS = st.sampled_from(["/courses", "/courses.json", "/calendar", "/search"])


@pytest.mark.soak
@settings(
    max_examples=5_000 if SOAK else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(path=PATHS, pairs=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6))
def test_any_query_string_is_answered(
    stocked: FlaskClient, path: str, pairs: list[tuple[str, str]]
) -> None:
    query = urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in pairs])
    assert stocked.get(f"{path}?{query}").status_code == 200


@pytest.fixture
def stocked(session: Session, client: FlaskClient) -> FlaskClient:
    """A visitor of a small college."""
    for number in range(25):
        offer(session, f"Sleep {number}", TODAY + timedelta(number))
    make.make_course(session, title="IT skills: don't worry")
    session.commit()
    return client


def test_search_reads_words_and_leaves_the_rest() -> None:
    assert search.parse("  How to SLEEP, better?\x00 ").words == ("sleep", "better")
    assert search.parse("to the").words == ("to", "the")
    assert search.parse("'\"*()").words == ()
