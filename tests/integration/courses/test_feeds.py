"""Calendars, the JSON feed, schema.org data and the sitemap."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from portal.courses.models import CourseState, Mode, Run, RunState, SessionState
from portal.courses.services.history import bump_catalogue
from tests.factories import courses as make

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def run(session: Session) -> Run:
    """Six Mondays at 10:00 from 1 March 2027, on both sides of the clock change."""
    venue = make.make_venue(session, name="The Boathouse", address="Quay Lane", postcode="SE1 1AA")
    course = make.make_course(session, slug="rest", title="Rest & sleep")
    made = make.make_run(
        session, course_id=course.id, reference="rest-1", venue_id=venue.id, sessions=6
    )
    session.commit()
    return made


def events(client: FlaskClient, path: str) -> list[Any]:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.data)
    return list(calendar.walk("VEVENT"))


@pytest.mark.usefixtures("run")
def test_ten_stays_ten_across_the_clock_change(client: FlaskClient) -> None:
    starts = [event.decoded("dtstart") for event in events(client, "/courses/rest/rest-1.ics")]
    assert [start.replace(tzinfo=None).time() for start in starts] == [time(10)] * 6
    assert [start.astimezone(UTC).hour for start in starts] == [10, 10, 10, 10, 9, 9]
    raw = client.get("/courses/rest/rest-1.ics").text
    assert "DTSTART;TZID=Europe/London:20270329T100000" in raw
    assert "BEGIN:VTIMEZONE" in raw


def test_ten_stays_ten_when_the_clocks_go_back(session: Session, client: FlaskClient) -> None:
    course = make.make_course(session, slug="rest")
    autumn = make.make_run(session, course_id=course.id, reference="rest-2")
    for number, day in enumerate((date(2027, 10, 25), date(2027, 11, 1)), 1):
        one = make.make_session(session, run_id=autumn.id, number=number, local_date=day)
        autumn.first_starts_at = autumn.first_starts_at or one.starts_at
        autumn.last_ends_at = one.ends_at
    session.commit()
    starts = [event.decoded("dtstart") for event in events(client, "/courses/rest/rest-2.ics")]
    assert [start.astimezone(LONDON).hour for start in starts] == [10, 10]
    assert [start.astimezone(UTC).hour for start in starts] == [9, 10]


@pytest.mark.parametrize(
    ("day", "at", "minutes", "starts", "ends"),
    [
        # The clocks go forward at 01:00 UTC on 28 March 2027: 01:00 to 01:59 is never on the wall.
        (date(2027, 3, 28), time(0, 30), 60, "00:30", "01:30"),
        (date(2027, 3, 28), time(2), 60, "01:00", "02:00"),
        # They go back at 01:00 UTC on 31 October 2027: 01:00 to 01:59 is there twice, first in summer time.
        (date(2027, 10, 31), time(0, 30), 60, "23:30", "00:30"),
        (date(2027, 10, 31), time(1, 30), 60, "00:30", "01:30"),
        (date(2027, 10, 31), time(1), 150, "00:00", "02:30"),
        (date(2027, 10, 31), time(2), 30, "02:00", "02:30"),
    ],
)
def test_sessions_in_the_odd_hours_keep_their_instants(
    day: date,
    at: time,
    minutes: int,
    starts: str,
    ends: str,
    session: Session,
    client: FlaskClient,
) -> None:
    course = make.make_course(session, slug="rest")
    night = make.make_run(session, course_id=course.id, reference="night")
    make.make_session(
        session, run_id=night.id, number=1, local_date=day, local_time=at, minutes=minutes
    )
    session.commit()
    calendar = Calendar.from_ical(client.get("/courses/rest/night.ics").data)
    (zone,) = calendar.walk("VTIMEZONE")
    (event,) = calendar.walk("VEVENT")
    # Read with the rules in the file, as a calendar does that knows none of its own.
    for name, expected in (("DTSTART", starts), ("DTEND", ends)):
        assert f"{_by_the_rules(event[name], zone):%H:%M}" == expected


def _by_the_rules(value: Any, zone: Any) -> datetime:
    """The instant of a time, by the observance that begins last before it (RFC 5545, 3.6.5)."""
    text = value.to_ical().decode()
    if text.endswith("Z"):
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    wall = datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall time
    onsets = []
    for part in zone.subcomponents:
        before, after = (part.decoded(name) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
        rdates = [one.dt for one in part["RDATE"].dts] if "RDATE" in part else []
        onsets += [(onset, before, after) for onset in (part.decoded("DTSTART"), *rdates)]
    past = [(onset - before, after) for onset, before, after in onsets if onset <= wall]
    _instant, offset = max(past)
    return (wall - offset).replace(tzinfo=UTC)


@pytest.mark.usefixtures("run")
def test_clocks_change_when_they_do(client: FlaskClient) -> None:
    calendar = Calendar.from_ical(client.get("/courses/rest/rest-1.ics").data)
    (zone,) = calendar.walk("VTIMEZONE")
    onsets = {
        onset - part.decoded("TZOFFSETFROM")
        for part in zone.subcomponents
        if "RDATE" in part
        for onset in (part.decoded("DTSTART"), *(one.dt for one in part["RDATE"].dts))
    }
    assert {datetime(2027, 3, 28, 1), datetime(2027, 10, 31, 1)} <= onsets  # noqa: DTZ001 - as written
    assert {one.hour for one in onsets} == {1}


@pytest.mark.usefixtures("run")
def test_event_says_what_where_and_which(session: Session, client: FlaskClient) -> None:
    (event,) = events(client, "/courses/rest/rest-1/1.ics")
    assert event["SUMMARY"] == "Rest & sleep"
    assert event["LOCATION"] == "The Boathouse, Quay Lane, SE1 1AA"
    assert event["STATUS"] == "CONFIRMED"
    assert event["SEQUENCE"] == 0
    assert event["URL"].endswith("/courses/rest/rest-1/1")
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=2)


def test_moved_session_keeps_its_uid_and_counts_up(
    session: Session, client: FlaskClient, run: Run
) -> None:
    (before,) = events(client, "/courses/rest/rest-1/2.ics")
    one = session.get_one(Run, run.id)
    session.refresh(one, ["sessions"])
    meeting = one.sessions[1]
    meeting.state, meeting.version, meeting.reason = SessionState.MOVED, 1, "The room is taken."
    meeting.starts_at += timedelta(hours=3)
    meeting.ends_at += timedelta(hours=3)
    bump_catalogue(session)
    session.commit()
    (after,) = events(client, "/courses/rest/rest-1/2.ics")
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.decoded("dtstart") - before.decoded("dtstart") == timedelta(hours=3)


def test_cancelled_session_and_run_are_cancelled_in_calendars(
    session: Session, client: FlaskClient, run: Run
) -> None:
    one = session.get_one(Run, run.id)
    session.refresh(one, ["sessions"])
    one.sessions[0].state, one.sessions[0].reason = SessionState.CANCELLED, "Snow."
    one.sessions[0].version = 1
    bump_catalogue(session)
    session.commit()
    first, second, *_ = events(client, "/courses/rest/rest-1.ics")
    assert (first["STATUS"], first["SUMMARY"]) == ("CANCELLED", "Cancelled: Rest & sleep")
    assert "Snow." in first["DESCRIPTION"]
    assert (second["STATUS"], second["SEQUENCE"]) == ("CONFIRMED", 0)
    one.state, one.cancelled_reason, one.version = RunState.CANCELLED, "Too few.", 2
    bump_catalogue(session)
    session.commit()
    all_of_them = events(client, "/courses/rest/rest-1.ics")
    assert {event["STATUS"] for event in all_of_them} == {"CANCELLED"}
    assert all_of_them[1]["SEQUENCE"] > second["SEQUENCE"]


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    "path", ["/courses/none.ics", "/courses/rest/none.ics", "/courses/rest/rest-1/9.ics"]
)
def test_calendar_of_nothing_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.usefixtures("run")
def test_calendar_is_answered_not_modified(session: Session, client: FlaskClient) -> None:
    bump_catalogue(session)
    session.commit()
    first = client.get("/courses/rest.ics")
    again = client.get("/courses/rest.ics", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_feed_pages_through_all_courses(session: Session, client: FlaskClient) -> None:
    topic = make.make_topic(session, slug="rest")
    for number in range(45):
        make.make_course(session, title=f"Course {number:02}", topic_id=topic.id)
    make.make_course(session, title="Another topic")
    session.commit()
    seen, path = [], "/courses.json?topic=rest"
    for _ in range(3):
        page = client.get(path).get_json()
        assert page["total"] == 45
        seen += [course["title"] for course in page["courses"]]
        path = page["next"]
    assert path is None
    assert seen == [f"Course {number:02}" for number in range(45)]


@pytest.mark.usefixtures("run")
def test_feed_has_the_documented_shape(client: FlaskClient) -> None:
    page = client.get("/courses.json?from=2027-02-01").get_json()
    assert set(page) == {
        "version", "title", "home_page_url", "feed_url", "total", "more_than_100", "next", "courses"
    }  # fmt: skip
    (course,) = page["courses"]
    assert set(course) == {
        "id", "url", "title", "summary", "topic", "state", "drop_in", "self_paced", "for_supporters",
        "neighbour", "sessions", "minutes", "next_run",
    }  # fmt: skip
    starts = datetime.fromisoformat(course["next_run"].pop("starts_at"))
    assert starts == datetime(2027, 3, 1, 10, tzinfo=UTC)
    assert course["next_run"] == {
        "reference": "rest-1",
        "url": f"{course['url']}/rest-1",
        "state": "open",
        "mode": "in_person",
        "sessions": 6,
        "venue": "The Boathouse",
        "step_free": True,
        "places_free": 12,
    }


@pytest.mark.usefixtures("run")
def test_course_data_is_schema_org(client: FlaskClient) -> None:
    response = client.get("/courses/rest.jsonld")
    assert response.content_type == "application/ld+json"
    data = json.loads(response.data)
    assert (data["@type"], data["name"], data["isAccessibleForFree"]) == (
        "Course",
        "Rest & sleep",
        True,
    )
    (instance,) = data["hasCourseInstance"]
    assert instance["courseMode"] == "onsite"
    assert instance["courseSchedule"]["repeatCount"] == 6
    assert instance["startDate"] == "2027-03-01T10:00:00+00:00"
    assert instance["endDate"] == "2027-04-05T12:00:00+01:00"  # midday on the wall, in summer too
    assert '<link rel="alternate" type="application/ld+json"' in client.get("/courses/rest").text


class DataBlocks(HTMLParser):
    """The data blocks of a page, as a search engine reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and "src" not in dict(attrs):
            assert dict(attrs) == {"type": "application/ld+json"}
            self._inside = True

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)
            self._inside = False


def data_on(client: FlaskClient, path: str) -> Any:
    response = client.get(path)
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    (block,) = DataBlocks(response.text).found
    return json.loads(block)


@pytest.mark.usefixtures("run")
def test_course_page_carries_its_own_data(client: FlaskClient) -> None:
    data = data_on(client, "/courses/rest")
    assert data == json.loads(client.get("/courses/rest.jsonld").data)
    assert data["@context"] == "https://schema.org"
    assert data["provider"]["name"] == "Harbour Recovery College"
    assert (data["offers"]["price"], data["offers"]["priceCurrency"]) == (0, "GBP")
    (instance,) = data["hasCourseInstance"]
    assert instance["@type"] == "CourseInstance"
    for end in ("startDate", "endDate"):
        assert datetime.fromisoformat(instance[end]).utcoffset() is not None
    assert instance["location"] == {
        "@type": "Place",
        "name": "The Boathouse",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "Quay Lane",
            "postalCode": "SE1 1AA",
            "addressCountry": "GB",
        },
    }


def test_words_cannot_end_the_data_block(session: Session, client: FlaskClient) -> None:
    nasty = "</script><script>alert(1)</script><!--&"
    make.make_course(session, slug="odd", title=nasty, summary=nasty)
    session.commit()
    assert "<script>alert" not in client.get("/courses/odd").text
    assert data_on(client, "/courses/odd")["name"] == nasty


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [(Mode.ONLINE, ["VirtualLocation"]), (Mode.BOTH, ["Place", "VirtualLocation"])],
)
def test_online_run_has_its_page_for_a_place(
    session: Session, client: FlaskClient, mode: Mode, kinds: list[str]
) -> None:
    course = make.make_course(session, slug="afar")
    make.make_run(session, course_id=course.id, reference="afar-1", sessions=1, mode=mode)
    session.commit()
    (instance,) = data_on(client, "/courses/afar")["hasCourseInstance"]
    places = instance["location"]
    places = places if isinstance(places, list) else [places]
    assert [one["@type"] for one in places] == kinds
    assert places[-1]["url"].endswith("/courses/afar/afar-1")


def test_sitemap_names_public_courses(session: Session, client: FlaskClient) -> None:
    make.make_course(session, slug="here")
    make.make_course(session, slug="gone", state=CourseState.RETIRED)
    session.commit()
    tree = ET.fromstring(client.get("/sitemap.xml").data)
    places = [place.text or "" for place in tree.findall(".//{*}loc")]
    assert any(place.endswith("/courses/here") for place in places)
    assert not any("gone" in place for place in places)
