"""The portal under test: the tutorial's plugin and five made-up ones, over a college of any size."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Blueprint
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portal.plugin_api import Card, NavItem, plugin_base, public
from tests.bench.servers import NOTICEBOARD
from tests.plugins import Plugin, make_plugin

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from portal.app import Portal

SECRET = "for-measuring-only-it-guards-nothing"
ZONE = "Europe/London"
MADE_UP = ("meals", "lifts", "books", "walks", "songs")  # with the notice board: six plugins
PLUGINS = ("noticeboard", *MADE_UP)
WITH_IDEAS = (*PLUGINS, "proposals")
WITH_CLAIMS = (*PLUGINS, "claims")
NOTES, SHOWN = 1_000, 3  # rows of each made-up plugin, and how many its card shows
NOTICES = 20
BATCH = 5_000  # rows written with one statement

TOPICS = ("Self-management", "Creative", "Life skills", "Recovery journey", "Digital & work")
SUBJECTS = (
    "Sleep", "Painting", "Money", "Hope", "Walking", "Anxiety", "Cooking", "Voices", "Poetry", "Rest",
    "Singing", "Gardening", "Grief", "Friendship", "Stress", "Confidence", "Clay", "Boundaries", "Film",
)  # fmt: skip
WAYS = (
    "together",
    "for beginners",
    "in small steps",
    "& us",
    "at your own pace",
    "out of doors",
    "by the sea",
)
# A summary is one of each, so that no two cards of a page say the same (and compress to nothing).
WHO_FOR = (
    "For anybody whose nights are long.", "For people who would like to try something new.",
    "For everyone, whatever brought you here.", "If you have ever felt alone with it, come and see.",
    "A gentle first step.", "For those who care for somebody.", "You need no experience, only curiosity.",
)  # fmt: skip
WHAT = (
    "We look at what helps, and at what gets in the way, and try small steps together.",
    "Bring a story, or none: there is tea, clay and good company.",
    "Half talking, half doing; you choose how much you say.",
    "We share what worked for us and make a plan that fits your own week.",
    "With sketches, short walks by the water and time to be quiet.",
    "Learn how stress shows in the body, and three ways to let it pass.",
    "A space to practise saying no, kindly.", "Music from everywhere, played badly and with joy.",
    "How money worries grow, where free advice is, and what to ask.",
    "We cook one good meal each time and eat it together.",
    "Poems, letters and lists: writing that nobody marks.",
)  # fmt: skip
HOW = (
    "Led by two people, one of whom has been there.", "You can stop whenever you like.",
    "Come once or come every week.", "There is a quiet room next door.", "Breaks are long.",
    "Bring somebody along if that helps.", "We end on time, always.", "Cameras may stay off.",
    "Everything can be done sitting down.", "Nobody will ask why you came.", "Notes are sent round after.",
    "The door stays open.", "Dogs are welcome.",
)  # fmt: skip
CARD = (
    '<h2>{{ title }}</h2><ul class="rc-plain">{% for note in notes %}<li><a href="{{ note.url }}">'
    '{{ note.title }}</a>, <time datetime="{{ note.due | iso }}">{{ note.due | day }}</time></li>'
    "{% endfor %}</ul>"
)


@dataclass(frozen=True, slots=True)
class Note:
    """A line of a made-up card: a plain object, which Jinja reads quickest."""

    title: str
    due: date
    url: str


_models: dict[str, type[DeclarativeBase]] = {}


def _model(name: str) -> Any:
    """The table of a made-up plugin, made once per process."""
    if name not in _models:

        class Row(plugin_base(name)):  # type: ignore[misc]  # a base made on the spot
            __tablename__ = f"{name}_note"
            __table_args__ = (sa.Index(f"ix_{name}_note", "owner", "due"),)

            id: Mapped[int] = mapped_column(primary_key=True)
            owner: Mapped[int]  # no foreign key: nobody's data is in here
            title: Mapped[str] = mapped_column(sa.String(100))
            due: Mapped[date]

        _models[name] = Row
    return _models[name]


def _made_up(name: str, folder: Path) -> Plugin:
    templates = folder / "templates" / name
    (templates / name).mkdir(parents=True, exist_ok=True)
    (templates / name / "card.html").write_text(CARD)
    views = Blueprint(name, __name__, template_folder=str(templates))
    table = _model(name).__table__
    title = _l(name.title())
    wanted = (
        sa.select(table.c.id, table.c.title, table.c.due)
        .where(table.c.owner == sa.bindparam("owner"))
        .order_by(table.c.due)
        .limit(SHOWN)
    )

    @views.get("/")
    @public
    def index() -> str:
        return name

    def nav_items() -> list[NavItem]:
        return [NavItem(title, f"{name}.index", order=75)]

    def dashboard_cards(session: Session) -> list[Card]:
        rows = session.execute(wanted, {"owner": 1})
        notes = [Note(row[1], row[2], f"/{name}/{row[0]}") for row in rows]
        return [Card(f"{name}/card.html", {"title": title, "notes": notes})]

    return make_plugin(
        name, blueprints=lambda: [views], nav_items=nav_items, dashboard_cards=dashboard_cards
    )


def plugins(folder: Path) -> list[tuple[str, ModuleType]]:
    """The six plugins; their templates are written to the folder."""
    if str(NOTICEBOARD) not in sys.path:
        sys.path.append(str(NOTICEBOARD))
    import noticeboard  # type: ignore[import-not-found]  # the tutorial's, from its folder

    return [("noticeboard", noticeboard), *(_made_up(name, folder) for name in MADE_UP)]


def settings_of(folder: Path, url: str, names: Sequence[str] = PLUGINS) -> dict[str, str]:
    """The settings as a college's own machine would have them, as environment variables."""
    return {
        "PORTAL_ENVIRONMENT": "production",
        "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_DATABASE_URL": url,
        "PORTAL_MAIL_URL": "",
        "PORTAL_PLUGINS": ",".join(names),
    }


def serve() -> Portal:
    """For gunicorn: the portal of the settings in the environment, with the plugins named there."""
    from portal import create_app
    from portal.config import load_settings

    settings = load_settings()
    return create_app(settings, plugins=plugins(settings.data_dir))


def make_app(folder: Path, url: str, names: Sequence[str] = PLUGINS) -> Portal:
    """The same portal in this process."""
    from portal import create_app
    from portal.config import load_settings

    settings = load_settings(
        environment="production",
        secret_key=SECRET,
        data_dir=folder,
        database_url=url,
        mail_url="",
        plugins=list(names),
    )
    return create_app(settings, plugins=plugins(folder))


def make_tables(app: Portal) -> None:
    """All tables, indexes and triggers, from the models (`make check` holds the migrations to them)."""
    from portal.db import db, metadata

    with app.app_context(), db.engine.begin() as connection:
        metadata.create_all(connection)


def fill(app: Portal, courses: int) -> None:
    """A college with this many courses; every other one has a run of three weekly sessions to come."""
    from portal.db import unit_of_work

    today = datetime.now(UTC).date()
    with app.app_context(), unit_of_work() as session:
        _fill_lists(session, today)
        _fill_courses(session, courses, today)
        _fill_plugins(session, today)
    analyse(app)


def analyse(app: Portal) -> None:
    """Let the engine count what is in its tables; this process lets go of its connections."""
    from portal.db import db

    with app.app_context():
        gather_figures(app)
        db.engine.dispose()


def gather_figures(app: Portal) -> None:
    """What a database knows of its own tables, within an app context."""
    from portal.db import db, unit_of_work
    from portal.plugin_host.jobs import refresh_statistics

    if _is_postgresql(app):  # as its own daemon does, within a minute or so
        autocommit = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with autocommit as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    else:  # as its nightly job does
        with unit_of_work() as session:
            refresh_statistics(session)


def _is_postgresql(app: Portal) -> bool:
    return app.settings.sqlalchemy_url.startswith("postgresql")


def _fill_lists(session: Session, today: date) -> None:
    from portal.courses.models import CatalogueVersion, Term, Topic, Venue

    session.execute(
        sa.insert(Topic),
        [
            {"id": number, "slug": f"topic-{number}", "name": name, "order": number}
            for number, name in enumerate(TOPICS, 1)
        ],
    )
    session.execute(
        sa.insert(Venue),
        [
            {
                "id": number,
                "slug": f"venue-{number}",
                "name": f"Boathouse, room {number}",
                "capacity": 16,
                "step_free": number % 2 == 0,
            }
            for number in range(1, 7)
        ],
    )
    ends = today + timedelta(days=400)
    session.add(Term(id=1, slug="this-year", name="This year", starts_on=today, ends_on=ends))
    if session.get(CatalogueVersion, 1) is None:
        session.add(CatalogueVersion(id=1, version=1))
    session.flush()


def _fill_courses(session: Session, courses: int, today: date) -> None:
    from portal.courses.models import Course, CourseSession, Run

    for first in range(1, courses + 1, BATCH):
        numbers = range(first, min(first + BATCH, courses + 1))
        # Asking for the ids makes it one statement, and PostgreSQL's search triggers fire per statement.
        made = session.execute(
            sa.insert(Course).returning(Course.id), [_course(number) for number in numbers]
        )
        made.close()
        dated = [number for number in numbers if number % 2 == 0]
        session.execute(sa.insert(Run), [_run(number, today) for number in dated])
        meetings = [_meeting(number, index, today) for number in dated for index in range(3)]
        session.execute(sa.insert(CourseSession), meetings)
    if session.get_bind().dialect.name == "postgresql":
        for table in ("topic", "venue", "term", "course", "run"):
            session.execute(
                sa.text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
            )


def _pick(what: str, number: int, count: int) -> int:
    """One of `count`, spread evenly and unlike any other choice made for the same number."""
    return zlib.crc32(f"{what} {number}".encode()) % count


def _course(number: int) -> dict[str, Any]:
    from portal.courses.models import CourseState, Mode

    subject = SUBJECTS[_pick("subject", number, len(SUBJECTS))]
    way = WAYS[_pick("way", number, len(WAYS))]
    then = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        "id": number,
        "slug": f"course-{number}",
        "title": f"{subject} {way}",
        "summary": " ".join(part[number % len(part)] for part in (WHO_FOR, WHAT, HOW)),
        "topic_id": _pick("topic", number, len(TOPICS)) + 1,
        "state": CourseState.LIVE,
        "planned_sessions": 3,
        "planned_minutes": 120,
        "planned_mode": Mode.IN_PERSON,
        "created_at": then,
        "updated_at": then,
    }


def _starts(number: int, index: int, today: date) -> tuple[date, time]:
    day = today + timedelta(days=1 + _pick("day", number, 180) + 7 * index)
    return day, time((10, 14, 18)[_pick("time", number, 3)], 0)


def _instant(day: date, at: time) -> datetime:
    from portal import clock

    return clock.wall_to_utc(datetime.combine(day, at), ZONE)


def _run(number: int, today: date) -> dict[str, Any]:
    from portal.courses.models import Mode, RunState

    then = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        "id": number,
        "reference": f"run-{number}",
        "course_id": number,
        "term_id": 1,
        "state": RunState.OPEN,
        "mode": (Mode.IN_PERSON, Mode.BOTH, Mode.ONLINE)[_pick("mode", number, 3)],
        "venue_id": _pick("venue", number, 6) + 1,
        "learning_cap": 12,
        "seats_taken": _pick("seats", number, 13),
        "places_free": 12 - _pick("seats", number, 13),
        "first_starts_at": _instant(*_starts(number, 0, today)),
        "last_ends_at": _instant(*_starts(number, 2, today)) + timedelta(hours=2),
        "published_at": then,
        "created_at": then,
    }


def _meeting(number: int, index: int, today: date) -> dict[str, Any]:
    day, at = _starts(number, index, today)
    starts_at = _instant(day, at)
    return {
        "run_id": number,
        "number": index + 1,
        "local_date": day,
        "local_time": at,
        "zone": ZONE,
        "minutes": 120,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "uid": f"session-{number}-{index}@college.example",
    }


def _fill_plugins(session: Session, today: date) -> None:
    from noticeboard.models import Notice  # type: ignore[import-not-found]  # as above

    for name in MADE_UP:
        rows = [
            {
                "owner": number % 100 + 1,
                "title": f"Something about {name}, number {number}",
                "due": today + timedelta(days=number % 90),
            }
            for number in range(NOTES)
        ]
        session.execute(sa.insert(_model(name)), rows)
    until = datetime.now(UTC) + timedelta(days=30)
    session.execute(
        sa.insert(Notice),
        [
            {
                "title": f"Notice {number} & more",
                "body": f"The *kitchen* is open on day {number}.\n\nBring a **cup** & a friend.",
                "until": until + timedelta(hours=number),
            }
            for number in range(NOTICES)
        ],
    )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in: their name, and the header that their browser sends."""

    name: str
    headers: Mapping[str, str]
    client: FlaskClient


def sign_in(app: Portal, *roles: str) -> Person:
    """A new person with these roles, signed in."""
    from portal.accounts.models import Person as Row
    from portal.accounts.testing import signed_in_client
    from portal.db import db

    client = signed_in_client(app, roles)
    client.get("/me")  # the first page begins what the cookie holds, such as the form's token
    with app.app_context():
        name = db.session.get_one(Row, client.person_id).name  # type: ignore[attr-defined]
    cookie = client.get_cookie("session")
    if cookie is None:
        raise AssertionError("a signed-in client has a cookie")
    return Person(name, {"Cookie": f"session={cookie.value}"}, client)


def forget(app: Portal) -> None:
    """Drop the pages and lists that the portal keeps in memory, so that the next answer is made anew."""
    from portal.courses.views import kept
    from portal.ui import conditional, pieces

    app.extensions.pop(kept.KEY, None)
    app.extensions.pop(pieces.KEY, None)
    app.extensions.pop(conditional.PAGES, None)


@contextmanager
def counting(app: Portal) -> Iterator[list[str]]:
    """Every statement that reaches the database inside the block, but for how a transaction begins."""
    from portal.db import db

    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
