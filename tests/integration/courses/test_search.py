"""Search that forgives spelling, on both databases: the same answers, and an index that is never behind."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import portal.courses
from portal.app import Portal
from portal.courses.api import search_courses
from portal.courses.ddl import course_word, create_search, drop_search, renew_search
from portal.courses.models import Course
from portal.courses.queries import catalogue, search
from portal.courses.queries.filters import Filters
from portal.db import db, unit_of_work
from portal.plugin_api.testing import SECRET, Lab
from tests.factories import courses as make

FACTS = Path(portal.courses.__file__).parent / "data" / "prospectus_facts.csv"


@pytest.fixture(scope="module")
def published(portal_lab: Lab) -> Callable[[str], Portal]:
    """`published("sqlite")`: all titles of the published prospectus, live; made once, then only looked at."""

    @cache
    def make_it(engine_name: str) -> Portal:
        app = portal_lab.app(engine_name, [], secret_key=f"{SECRET}:prospectus")
        with (
            app.app_context(),
            unit_of_work() as session,
            FACTS.open(encoding="utf-8", newline="") as file,
        ):
            topic = make.make_topic(session)
            for row in csv.DictReader(file):
                make.make_course(session, title=row["title"][:200], topic_id=topic.id, summary="")
        return app

    return make_it


@pytest.fixture
def prospectus(published: Callable[[str], Portal], engine_name: str) -> Iterator[Session]:
    """A session where the prospectus is; nothing of it is kept."""
    with published(engine_name).app_context(), db.sessionmaker() as session:
        yield session


def ask(session: Session, text: str) -> catalogue.Listing:
    return catalogue.find(
        session,
        Filters(),
        today=date(2027, 3, 1),
        zone="Europe/London",
        query=search.parse(text),
    )


@pytest.mark.parametrize(
    ("typed", "meant", "first"),
    [
        ("anxeity", ("anxiety",), "Anxiety"),
        ("mindfullness", ("mindfulness",), "Mindfulness"),
        ("sleap", ("sleep",), "Sleep"),
        ("self esteme", ("self", "esteem"), "Self-Esteem"),
        ("selfesteem", ("self", "esteem"), "Self-Esteem"),
        ("yoag", ("yoga",), "Yoga"),
        ("depresion", ("depression",), "Depression"),
        ("medicaton", ("medication",), "Medication"),
        ("wellbieng", ("wellbeing",), "Wellbeing"),
        ("photografy", ("photography",), "Photography"),
    ],
)
def test_misspelt_word_finds_what_was_meant_and_says_so(
    prospectus: Session, typed: str, meant: tuple[str, ...], first: str
) -> None:
    listing = ask(prospectus, typed)
    assert listing.found is not None
    assert listing.found.approximate
    assert listing.found.words == meant
    assert first.lower() in listing.cards[0].title.lower()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sleep", "Getting a Good Night's Sleep"),
        ("SLEEP", "Getting a Good Night's Sleep"),
        ("good night's", "Getting a Good Night's Sleep"),
        ("bi polar", "Living with Bipolar"),
        ("IT", "IT Skills"),
        ("assert", "Assertiveness"),
        ("yoga", "Yoga"),
    ],
)
def test_word_that_is_there_is_found_as_it_is(prospectus: Session, typed: str, first: str) -> None:
    listing = ask(prospectus, typed)
    assert listing.found is not None
    assert not listing.found.approximate
    assert listing.cards[0].title == first


def test_every_word_counts_before_some_of_them(prospectus: Session) -> None:
    both = ask(prospectus, "anxiety mood")
    assert [card.title for card in both.cards] == ["Managing Anxiety and Low Mood"]
    some = ask(prospectus, "anxiety course for beginners near me")
    assert some.found is not None
    assert some.found.approximate
    assert "Anxiety" in some.cards[0].title


@pytest.mark.parametrize("typed", ["zzzzqqqq", "'", '"', "()", "--", "\x00", "ſ", "🙂", "1"])
def test_nothing_like_it_finds_nothing_or_all(prospectus: Session, typed: str) -> None:
    listing = ask(prospectus, typed)
    if search.parse(typed).words:
        assert listing.cards == ()
    else:
        assert listing.found is None
        assert listing.total is None


@pytest.mark.parametrize(
    "typed",
    [
        'sleep" OR "yoga',
        "sleep*",
        "title:sleep",
        "sleep NOT yoga",
        "NEAR(sleep yoga)",
        "sleep'); DROP TABLE course; --",
        "%",
        "sle_p",
        "^sleep",
        "sleep" * 60,
    ],
)
def test_hostile_text_is_only_words(prospectus: Session, typed: str) -> None:
    ask(prospectus, typed)
    assert ask(prospectus, "sleep").cards


@pytest.mark.parametrize("typed", ["café", "cafe", "CAFÉ", "cafés", "cafe\u0301"])
@pytest.mark.parametrize("title", ["Café mornings", "Cafe mornings", "CAFÉ MORNINGS"])
def test_marks_on_letters_make_no_difference(session: Session, typed: str, title: str) -> None:
    make.make_course(session, title=title)
    listing = ask(session, typed)
    assert [card.title for card in listing.cards] == [title]
    assert listing.found is not None
    assert listing.found.approximate == (typed == "cafés")


def test_marks_in_a_summary_make_no_difference_either(session: Session) -> None:
    course = make.make_course(
        session, title="Mornings", summary="Yn y caffi: tŷ bach twt, naïve art"
    )
    for typed in ("ty bach", "naive", "tŷ BACH"):
        assert [card.title for card in ask(session, typed).cards] == ["Mornings"]
    course.summary = "Gone"
    session.flush()
    assert ask(session, "naive").cards == ()


def test_figures_are_read_as_the_letters_they_stand_for(session: Session) -> None:
    make.make_course(session, title="Sleep")
    make.make_course(session, title="Pain")
    assert [card.title for card in ask(session, "sl33p").cards] == ["Sleep"]
    assert [card.title for card in ask(session, "payn").cards] == ["Pain"]
    assert [card.title for card in ask(session, "p41n").cards] == ["Pain"]


def test_word_that_only_a_summary_has_is_not_dropped(session: Session) -> None:
    make.make_course(session, title="Management", summary="For bosses.")
    make.make_course(session, title="Keeping calm", summary="When anger comes.")
    found = ask(session, "anger managment")
    assert found.found is not None
    assert found.found.words == ("anger", "management")
    assert {card.title for card in found.cards} == {"Management", "Keeping calm"}


def test_word_of_a_description_is_found_behind_titles_and_summaries(session: Session) -> None:
    topic = make.make_topic(session)
    for title, summary, description in (
        ("Mornings", "", "There is a **harpsichord**, and naïve tea."),
        ("Evenings", "With a harpsichord.", ""),
        ("Harpsichords", "", "Come and see."),
        ("Nights", "", "Nothing of the sort."),
    ):
        make.make_course(
            session, title=title, summary=summary, description=description, topic_id=topic.id
        )

    found = ask(session, "harpsichord")

    assert [card.title for card in found.cards] == ["Harpsichords", "Evenings", "Mornings"]
    assert found.found is not None
    assert not found.found.approximate
    for typed in (
        "naive harpsichord",
        "mornings harpsi",
        "MORNINGS tea",
    ):  # wherever each of them is
        assert [card.title for card in ask(session, typed).cards] == ["Mornings"], typed
    narrowed = catalogue.find(
        session,
        Filters(topics=(topic.id,)),
        today=date(2027, 3, 1),
        zone="Europe/London",
        query=search.parse("harpsichord"),
    )
    assert len(narrowed.cards) == 3


def test_description_is_found_however_it_was_written(session: Session) -> None:
    course = make.make_course(session, title="Mornings", summary="", description="A kettle.")
    assert [card.id for card in ask(session, "kettle").cards] == [course.id]
    course.description = "A samovar."
    session.flush()
    assert ask(session, "kettle").cards == ()
    assert [card.id for card in ask(session, "samovar").cards] == [course.id]
    session.execute(sa.update(Course).values(title="Noons"))
    assert [card.id for card in ask(session, "noons samovar").cards] == [course.id]
    session.execute(sa.update(Course).values(description=""))
    assert ask(session, "samovar").cards == ()
    session.execute(sa.update(Course).values(description="A balalaika."))
    renew_search(session.connection())
    assert [card.id for card in ask(session, "balalaika").cards] == [course.id]
    session.execute(sa.delete(Course))
    assert ask(session, "balalaika").cards == ()


def test_word_that_only_a_description_has_is_not_dropped(session: Session) -> None:
    make.make_course(session, title="Management", summary="For bosses.")
    make.make_course(session, title="Keeping calm", description="When anger comes.")
    found = ask(session, "anger managment")
    assert found.found is not None
    assert found.found.words == ("anger", "management")


def test_search_is_made_anew_for_courses_that_are_there(session: Session) -> None:
    make.make_course(session, title="Café, café", summary="Tea")
    connection = session.connection()
    renew_search(connection)
    assert words(session) == {"cafe": 2}
    assert ask(session, "tea").cards
    session.execute(sa.update(Course).values(title="Garden", summary=""))
    assert words(session) == {"garden": 1}
    assert ask(session, "tea").cards == ()


def words(session: Session) -> dict[str, int]:
    chosen = sa.select(course_word.c.word, course_word.c.uses).where(course_word.c.uses > 0)
    return {row.word: row.uses for row in session.execute(chosen)}


def test_index_follows_every_way_of_writing(session: Session) -> None:
    course = make.make_course(session, title="Sleep – well, sleep", summary="")
    assert words(session) == {"sleep": 2, "well": 1}
    course.title = "Rest well"
    session.flush()
    assert words(session) == {"rest": 1, "well": 1}
    assert ask(session, "sleep").cards == ()
    assert [card.id for card in ask(session, "rest").cards] == [course.id]
    session.execute(sa.update(Course).values(title="Garden", summary="with a kettle"))
    assert [card.id for card in ask(session, "kettle").cards] == [course.id]
    assert words(session) == {"garden": 1}
    session.execute(sa.update(Course).values(what_to_bring="Boots"))
    assert words(session) == {"garden": 1}
    session.execute(sa.delete(Course))
    assert words(session) == {}
    assert ask(session, "garden").cards == ()


def test_index_forgets_what_was_rolled_back(session: Session) -> None:
    make.make_course(session, title="Garden")
    session.commit()
    make.make_course(session, title="Kettle")
    session.rollback()
    assert words(session) == {"garden": 1}
    assert ask(session, "kettle").cards == ()


def test_search_can_be_taken_down_and_set_up_again(session: Session) -> None:
    connection = session.connection()
    drop_search(connection)
    make.make_course(session, title="Unseen")
    assert words(session) == {}
    session.execute(sa.delete(Course))
    create_search(connection)
    make.make_course(session, title="Seen")
    assert words(session) == {"seen": 1}


def test_page_explains_that_the_match_is_close(session: Session, client: FlaskClient) -> None:
    make.make_course(session, title="Understanding anxiety")
    session.commit()
    page = client.get("/courses?q=anxeity").text
    assert "No course has “anxeity” in it. Showing results close to “anxiety”." in page
    assert "close to" not in client.get("/courses?q=anxiety").text


def test_search_of_the_whole_portal_finds_courses(session: Session, client: FlaskClient) -> None:
    course = make.make_course(session, title="Understanding anxiety")
    make.make_course(session, title="Anxiety, once", state="retired")
    session.commit()
    assert [card.id for card in search_courses(session, "anxeity")] == [course.id]
    assert f'href="/courses/{course.slug}"' in client.get("/search?q=anxeity").text


def test_pages_of_a_search_show_every_course_once(session: Session) -> None:
    topic = make.make_topic(session)
    for number in range(45):
        make.make_course(session, title=f"Sleep {number:02}", topic_id=topic.id)
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        listing = catalogue.find(
            session,
            Filters(),
            today=date(2027, 3, 1),
            zone="Europe/London",
            query=search.parse("sleep"),
            cursor=cursor,
        )
        assert listing.total == 45
        seen += [card.title for card in listing.cards]
        cursor = listing.following
    assert cursor is None
    assert seen == [f"Sleep {number:02}" for number in range(45)]


def test_search_of_very_many_shows_titles_first(session: Session) -> None:
    topic = make.make_topic(session)
    for number in range(search.CANDIDATES):
        make.make_course(
            session, title=f"Group {number}", summary="With some pottery.", topic_id=topic.id
        )
    for number in range(3):
        make.make_course(session, title=f"Pottery {number}", topic_id=topic.id)
    found = ask(session, "pottery")
    assert [card.title for card in found.cards[:3]] == ["Pottery 0", "Pottery 1", "Pottery 2"]
    assert found.total is None


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_older_sqlite_can_open_the_database(app: Portal) -> None:
    """The system's own library reads the schema, as its command line on a college's server must."""
    path = app.settings.sqlalchemy_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM course").fetchone() == (0,)
