"""Rows that the core's own revisions rewrite: up, down and up again, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import create_app, migrate
from portal.accounts.models import Authenticator, Login, Person
from portal.accounts.services.second_step import add_authenticator, open_key
from portal.app import Portal
from portal.config import load_settings
from portal.courses.models import CourseSession
from portal.db import db, unit_of_work
from portal.enrolment.models import Enrolment, PlaceDraft
from portal.enrolment.queries.needs import drafted_words
from portal.facilitators.models import Reference
from portal.facilitators.queries.people import hands_of, notes_by
from portal.facilitators.services.references import reference_words
from portal.plugin_api import SYSTEM
from portal.plugin_api.testing import Lab
from portal.vault import VaultError, key_file
from tests.factories.accounts import make_login, make_person
from tests.factories.courses import make_session
from tests.factories.enrolment import all_shared, fill, make_group, make_student
from tests.factories.stored import files_of

SESSIONS = [datetime(2027, 3, day, 10, 0, tzinfo=UTC) for day in (1, 8, 15, 22)]
FIRST, SECOND, THIRD, FOURTH = SESSIONS
KEY = "JBSWY3DPEHPK3PXP"  # of an app
LONG_BEFORE = FIRST - timedelta(weeks=4)
BEFORE_SEALING = "core_0023"


@pytest.fixture
def app(portal_lab: Lab, engine_name: str, tmp_path: Path) -> Iterator[Portal]:
    database = portal_lab.migrated(engine_name, tmp_path, f"portal_rows_{id(tmp_path)}")
    settings = load_settings(
        environment="test",
        secret_key="a secret of the tests that is long enough",
        database_url=database.url,
        data_dir=database.folder,
        plugins=[],
    )
    yield create_app(settings, plugins=[])
    database.drop()


def go(app: Portal, revision: str) -> None:
    """Bring the core down to a revision."""
    with app.app_context():
        db.engine.dispose()
    migrate._run(app, lambda config: command.downgrade(config, revision))


def numbers(app: Portal) -> list[int]:
    with app.app_context(), unit_of_work() as session:
        rows = session.execute(sa.text("SELECT from_number FROM enrolment ORDER BY id"))
        return list(rows.scalars())


def instants(app: Portal) -> list[datetime]:
    with app.app_context(), unit_of_work() as session:
        return list(session.scalars(sa.select(Enrolment.from_at).order_by(Enrolment.id)))


def test_places_count_from_the_instant_of_the_session_they_were_for(app: Portal) -> None:
    # When they joined, their session's number, and what they count from. The second was moved to the end.
    cases = [
        (LONG_BEFORE, 1, LONG_BEFORE, 1),
        (SECOND + timedelta(hours=1), 3, SECOND + timedelta(hours=1), 2),
        (THIRD + timedelta(hours=1), 3, THIRD, 2),  # walked in while it was on
        (THIRD + timedelta(days=1), 2, THIRD + timedelta(days=1), 2),  # the third was over
        (LONG_BEFORE, 9, LONG_BEFORE, 1),  # there is no such session any more
    ]
    with app.app_context(), unit_of_work() as session:
        run = make_group(session, sessions=4)
        places = fill(session, run.id, len(cases))
        for place, (joined, _, _, _) in zip(places, cases, strict=True):
            session.get_one(Enrolment, place).created_at = joined
        second = session.scalars(sa.select(CourseSession).where(CourseSession.number == 2)).one()
        second.starts_at = FOURTH + timedelta(weeks=1)
        second.ends_at = second.starts_at + timedelta(hours=2)
    go(app, "core_0011")
    with app.app_context(), unit_of_work() as session:
        for place, (_, number, _, _) in zip(places, cases, strict=True):
            session.execute(
                sa.text("UPDATE enrolment SET from_number = :number WHERE id = :place"),
                {"number": number, "place": place},
            )

    migrate.upgrade(app)

    assert instants(app) == [since for _, _, since, _ in cases]
    go(app, "core_0011")
    assert numbers(app) == [number for _, _, _, number in cases]
    migrate.upgrade(app)
    assert migrate.is_current(app)
    assert migrate.faults(app) == []


def plain_needs(app: Portal) -> list[tuple[str | None, ...]]:
    """What stood in the two tables before anything was sealed."""
    with app.app_context(), unit_of_work() as session:
        shared = session.execute(sa.text("SELECT words FROM shareable_need ORDER BY id"))
        drafted = session.execute(sa.text("SELECT needs FROM place_draft ORDER BY id"))
        return [*(tuple(row) for row in shared), *(tuple(row) for row in drafted)]


def places_like(session: Session, first: int, many: int) -> list[int]:
    """A place and copies of it, for guests: to ask for a thousand would take longer than all the rest."""
    known = [column["name"] for column in sa.inspect(session.connection()).get_columns("enrolment")]
    same = ", ".join(name for name in known if name not in {"id", "person_id", "guest_name"})
    copy = sa.text(
        f"INSERT INTO enrolment (person_id, guest_name, {same}) "
        f"SELECT NULL, 'Guest', {same} FROM enrolment WHERE id = :first RETURNING id"
    )
    return [first, *(session.execute(copy, {"first": first}).scalar_one() for _ in range(many - 1))]


def share(app: Portal, words: list[str]) -> None:
    """Write as the portal did before: in the clear; and three drafts, one of which is not so far yet."""
    with app.app_context(), unit_of_work() as session:
        run = make_group(session, len(words))
        (first,) = fill(session, run.id, 1)
        for number, place in enumerate(places_like(session, first, len(words))):
            session.execute(
                sa.text(
                    "INSERT INTO shareable_need (enrolment_id, words, updated_at) "
                    "VALUES (:place, :words, '2027-01-11 12:00:00')"
                ),
                {"place": place, "words": words[number]},
            )
        for needs in (words[0], "", None):
            session.execute(
                sa.text(
                    "INSERT INTO place_draft (by_id, run_id, needs, guest_name, updated_at) "
                    "VALUES (:person, :run, :needs, '', '2027-01-11 12:00:00')"
                ),
                {"person": make_student(session), "run": run.id, "needs": needs},
            )
    with app.app_context():
        db.engine.dispose()


def opened_needs(app: Portal) -> list[str | None]:
    with app.app_context(), unit_of_work() as session:
        drafted = session.scalars(sa.select(PlaceDraft).order_by(PlaceDraft.id)).all()
        return [
            *all_shared(session),
            *(drafted_words(session, one.uid, one.needs) for one in drafted),
        ]


def in_files(app: Portal, words: str) -> list[str]:
    """Where they can be read: files of the database, or a dump of it."""
    return [name for name, content in files_of(app).items() if words.encode() in content]


def test_needs_are_sealed_and_nothing_of_them_stays_in_the_clear(app: Portal) -> None:
    go(app, BEFORE_SEALING)
    words = [f"kanarienvogel {number} " + "long " * (number % 40) for number in range(1_100)]
    share(app, words)
    assert in_files(app, "kanarienvogel"), "the look into the files finds what is there"
    before = plain_needs(app)

    migrate.upgrade(app)

    assert in_files(app, "kanarienvogel") == []
    assert opened_needs(app) == [*words, words[0], "", None]
    assert migrate.faults(app) == []
    go(app, BEFORE_SEALING)
    assert plain_needs(app) == before
    migrate.upgrade(app)
    assert opened_needs(app) == [*words, words[0], "", None]


def test_needs_stay_as_they_are_when_there_is_no_key_to_seal_them(app: Portal) -> None:
    go(app, BEFORE_SEALING)
    share(app, ["By the door"])
    before = plain_needs(app)
    with app.app_context():
        db.engine.dispose()
    keys = key_file(app.settings)
    keys.write_text("# no key\n")

    with pytest.raises(VaultError, match="There is no key"):
        migrate.upgrade(app)

    assert plain_needs(app) == before
    keys.unlink()
    migrate.upgrade(app)
    assert opened_needs(app) == ["By the door", "By the door", "", None]


def around_sessions(app: Portal) -> list[str]:
    """What stands in the two tables of what whoever leads writes, as the portal opens it."""
    with app.app_context(), unit_of_work() as session:
        who = session.scalar(sa.select(sa.func.max(Person.id))) or 0
        hands, notes = hands_of(session, who), notes_by(session, who)
        return [*(words for _row, words in hands), *(words for _row, words in notes)]


def test_notes_and_raised_hands_are_sealed_and_back_again(app: Portal) -> None:
    go(app, "core_0029")
    with app.app_context(), unit_of_work() as session:
        about = {"session": make_session(session).id, "person": make_person(session).id}
        for sql in (
            "INSERT INTO raised_hand (session_id, person_id, about, words, raised_at) "
            "VALUES (:session, :person, 'talk', :words, '2027-01-11 12:00:00')",
            "INSERT INTO debrief_note (session_id, person_id, words, at) "
            "VALUES (:session, :person, :words, '2027-01-11 12:00:00')",
        ):
            session.execute(sa.text(sql), {**about, "words": "kanarienvogel"})
    with app.app_context():
        db.engine.dispose()
    assert in_files(app, "kanarienvogel"), "the look into the files finds what is there"
    for _round in range(2):
        migrate.upgrade(app)
        assert in_files(app, "kanarienvogel") == []
        assert around_sessions(app) == ["kanarienvogel", "kanarienvogel"]
        assert migrate.faults(app) == []
        go(app, "core_0029")
        with app.app_context(), unit_of_work() as session:
            for table in ("raised_hand", "debrief_note"):
                words = session.scalars(sa.text(f"SELECT words FROM {table}"))
                assert words.all() == ["kanarienvogel"]


def references_said(app: Portal) -> list[str]:
    """What the references say, as the portal opens them."""
    with app.app_context(), unit_of_work() as session:
        found = session.scalars(sa.select(Reference).order_by(Reference.id))
        return [reference_words(session, one) for one in found]


def test_references_are_sealed_and_back_again(app: Portal) -> None:
    go(app, "core_0032")
    with app.app_context(), unit_of_work() as session:
        about = {"person": make_person(session).id, "at": "2027-01-11 12:00:00"}
        for state, words, signed in (
            ("signed", "kanarienvogel", "Kim"),
            ("asked", "", ""),
            ("withdrawn", "", ""),
        ):
            session.execute(
                sa.text(
                    "INSERT INTO reference (person_id, purpose, state, asked_at, words, signed_as, "
                    "signed_office, signed_at, gifts, minutes) VALUES (:person, 'A job', :state, :at, "
                    ":words, :signed, '', :at, 0, 0)"
                ),
                {**about, "state": state, "words": words, "signed": signed},
            )
    with app.app_context():
        db.engine.dispose()
    assert in_files(app, "kanarienvogel"), "the look into the files finds what is there"
    for _round in range(2):
        migrate.upgrade(app)
        assert in_files(app, "kanarienvogel") == []
        assert references_said(app) == ["kanarienvogel", "", ""]
        assert migrate.faults(app) == []
        with pytest.raises(IntegrityError), app.app_context(), unit_of_work() as session:
            session.execute(sa.text("UPDATE reference SET words = NULL"))
        go(app, "core_0032")
        with app.app_context(), unit_of_work() as session:
            words = session.scalars(sa.text("SELECT words FROM reference ORDER BY id"))
            assert words.all() == ["kanarienvogel", "", ""]


def test_keys_of_authenticator_apps_are_sealed_and_back_again(app: Portal) -> None:
    with app.app_context(), unit_of_work() as session:
        first, second = make_login(session), make_login(session)
        add_authenticator(session, SYSTEM, first, KEY, 7)
        add_authenticator(session, SYSTEM, second, KEY, 7)
        numbers = first.id, second.id
    go(app, "core_0022")
    with app.app_context(), unit_of_work() as session:
        kept = sa.text("SELECT secret FROM authenticator ORDER BY login_id")
        encrypted = session.scalars(kept).all()
        assert KEY not in "".join(encrypted)
        assert all('"enckey"' in one for one in encrypted)
        # As after a new signing secret: nobody can say what it was.
        session.execute(
            sa.text("UPDATE authenticator SET secret = :other WHERE login_id = :login"),
            {"other": encrypted[1].replace('"k":"', '"k":"AAAA'), "login": numbers[1]},
        )

    migrate.upgrade(app)

    with app.app_context(), unit_of_work() as session:
        apps = session.scalars(sa.select(Authenticator).order_by(Authenticator.login_id)).all()
        opened = [open_key(session, one.login_id, one.secret) for one in apps]
        assert opened[0] == KEY
        assert opened[1] != KEY
        assert [one.last_counter for one in apps] == [7, 7]
        assert session.scalars(sa.select(Login.short_password)).all() == [False, False]
    assert migrate.is_current(app)
    assert migrate.faults(app) == []
