"""Trials that a plugin's pages stand as the core's do, whoever wrote it: made from its `route_samples()`.

    def test_a_role_that_is_taken_opens_nothing(portal_app):
        for role in trials.roles_of(portal_app, "noticeboard"):
            assert trials.after_a_role_is_taken(portal_app, "noticeboard", role) == []

    def test_words_are_read_by_those_who_may(portal_app):
        assert trials.words_read(portal_app, "noticeboard") == {"noticeboard_notice.body": trials.EVERYBODY}

For tests on SQLite. The portal's own tests call them for every bundled plugin.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import url_for

from portal.plugin_api.models import NO_WORDS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.app import Portal
    from portal.plugin_api.types import RouteSample

EVERYBODY = frozenset({"everybody"})
SIGNED_IN = frozenset({"signed in"})
REFUSED, FIRST_ERROR, OK = frozenset({403, 404}), 400, 200
MARK = "canary"
A_MARK = re.compile(rf"{MARK}\d{{3,}}x")
# What any request of somebody who is signed in may write.
LAST_SEEN = frozenset({"login_session"})


@dataclass(frozen=True, slots=True)
class Made:
    """A sample with the address and form of something that was made for it."""

    sample: RouteSample
    address: str
    payload: Mapping[str, Any]
    values: Mapping[str, Any]


def samples_of(app: Portal, plugin: str) -> Sequence[RouteSample]:
    """How the plugin says that its pages are called."""
    from portal.plugin_host.boot import host_of

    found: Sequence[RouteSample] = host_of(app).registry.plugins[plugin].module.route_samples()
    return found


def make(app: Portal, samples: Collection[RouteSample], owner: int) -> Iterator[Made]:
    """What each sample needs, of this owner where it is somebody's own."""
    from portal.db import unit_of_work

    for sample in samples:
        with app.test_request_context():
            with unit_of_work() as session:
                own = sample.arrange_own
                values = own(session, owner) if own else sample.arrange(session)
            address = url_for(sample.endpoint, **_named(app, sample.endpoint, values))
        payload = sample.payload(values) if callable(sample.payload) else sample.payload
        yield Made(sample, address, payload, values)


def _named(app: Portal, endpoint: str, values: Mapping[str, Any]) -> dict[str, Any]:
    rule = next(one for one in app.url_map.iter_rules() if one.endpoint == endpoint)
    return {name: values[name] for name in rule.arguments if name in values}


def call(client: FlaskClient, one: Made) -> int:
    """The status of the answer."""
    if one.sample.method == "GET":
        return client.get(one.address).status_code
    return client.post(one.address, data=dict(one.payload)).status_code


def from_outside(folder: Path, script: str, *arguments: object) -> str:
    """What a Python script prints in a process of its own, with a college in a folder, as a host has one: for
    what begins with the settings, such as a plugin that is switched off.

    Raises:
        AssertionError: it failed; with what it said.
    """
    environment = {
        **os.environ,
        "PORTAL_ENVIRONMENT": "development",
        "PORTAL_DATA_DIR": str(folder / "data"),
    }
    done = subprocess.run(  # noqa: S603 - a script that the test brings
        [sys.executable, "-c", script, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],  # where plugins lie that are not installed
    )
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout


# A role that is taken away


def roles_of(app: Portal, plugin: str) -> list[str]:
    """The roles that open something of the plugin."""
    from portal.accounts.policies import GRANTABLE

    return [role for role in GRANTABLE if _opened_by(app, plugin, role)]


def _opened_by(app: Portal, plugin: str, role: str) -> list[RouteSample]:
    """Samples of routes that want a permission which the role carries."""
    from portal.plugin_host.boot import host_of

    registry = host_of(app).registry
    held = registry.role_permissions().get(role, frozenset())
    return [
        sample
        for sample in samples_of(app, plugin)
        if (rule := registry.access[sample.endpoint, sample.method]).kind == "requires"
        and rule.permission in held
    ]


def after_a_role_is_taken(app: Portal, plugin: str, role: str) -> list[str]:
    """What still opens, or changes something, for somebody whose role was taken while they were signed in.

    And what did not open before: nothing is then proved. Empty when all is well.
    """
    from portal.accounts.testing import signed_in_client, take_roles

    signed_in_client(app, ["administrator"])  # the last one's role cannot be taken
    client = signed_in_client(app, [role])
    person_id: int = client.person_id  # type: ignore[attr-defined]
    made = list(make(app, _opened_by(app, plugin, role), person_id))
    wrong = [
        f"{one.address} did not open before: {status}"
        for one in made
        if one.sample.method == "GET" and (status := call(client, one)) >= FIRST_ERROR
    ]
    take_roles(app, person_id)
    before = rows_of(app)
    wrong += [
        f"{one.sample.method} {one.address} answered {status}"
        for one in made
        if (status := call(client, one)) not in REFUSED
    ]
    after = rows_of(app)
    return wrong + [f"{name} has changed" for name in before if before[name] != after[name]]


def rows_of(app: Portal) -> dict[str, str]:
    """What stands in every table, spelled out, but for when somebody was last seen.

    The driver is asked, and not SQLAlchemy: a trial looks at a hundred tables twice for each page.
    """
    from portal.db import db

    with app.app_context(), db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        names = driver.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return {
            name: repr(driver.execute(f'SELECT * FROM "{name}"').fetchall())  # noqa: S608 - its own
            for (name,) in names.fetchall()
            if name not in LAST_SEEN
        }


# Words, and who reads them


def words_read(app: Portal, plugin: str) -> dict[str, frozenset[str]]:
    """Who reads the words of each column of the plugin's tables somewhere: `EVERYBODY`, or `SIGNED_IN` for
    whoever is, or the names of roles. Columns that nobody reads but those whom they are about are not in it.

    A word of its own is put into each column of whatever the samples make and send. Then nobody, a student
    and somebody with every role open every page that these records have, and every page of the portal that
    needs no record; each role by itself opens those where there was something to read for only some. None of
    them has a part in what was made.
    """
    from portal.accounts.policies import GRANTABLE, ROLES
    from portal.accounts.testing import signed_in_client

    made = _lived_in(app, plugin)
    marks = _mark(app, plugin)
    addresses = list(dict.fromkeys(_addresses(app, plugin, made)))
    everybody = _read(app.test_client(), addresses, marks)
    others = {mark: column for mark, column in marks.items() if mark not in everybody}
    student = _read(signed_in_client(app), addresses, others)
    fewer = {mark: column for mark, column in others.items() if mark not in student}
    found = {marks[mark]: EVERYBODY for mark in everybody}
    found |= {marks[mark]: SIGNED_IN for mark in student}
    places = _read(signed_in_client(app, GRANTABLE), addresses, fewer)
    shown = sorted({address for there in places.values() for address in there})
    for role in ROLES:
        for mark in _read(signed_in_client(app, [role]), shown, fewer):
            found[marks[mark]] = found.get(marks[mark], frozenset()) | {role}
    return found


def _lived_in(app: Portal, plugin: str) -> list[Made]:
    """What the samples make, with every form of it sent, so that the tables hold what they hold in life."""
    from portal.accounts.policies import GRANTABLE
    from portal.accounts.testing import signed_in_client

    owner, staff = signed_in_client(app), signed_in_client(app, GRANTABLE)
    person_id: int = owner.person_id  # type: ignore[attr-defined]
    made = list(make(app, samples_of(app, plugin), person_id))
    for one in made:
        if one.sample.method == "POST":
            call(owner if one.sample.arrange_own else staff, one)
    return made


def _read(
    client: FlaskClient, addresses: Collection[str], marks: Collection[str]
) -> dict[str, list[str]]:
    """The marks that somebody reads, and where."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        # Once through the page, however many marks there are.
        for mark in set(A_MARK.findall(_words_of(client.get(address)))).intersection(marks):
            found.setdefault(mark, []).append(address)
    return found


def _words_of(answer: Any) -> str:
    """What an answer says; of a file what stands in it as letters."""
    words: str = answer.data.decode("utf-8", "replace")
    return f"{words} {answer.headers}"


def _addresses(app: Portal, plugin: str, made: Sequence[Made]) -> Iterator[str]:
    """Every page of the plugin for every record that was made, what it gave the desk to do, and every page of
    the portal that needs no record.
    """
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    with app.test_request_context():
        for rule in rules:
            if not rule.arguments:
                yield f"{url_for(rule.endpoint)}?q={MARK}&name={MARK}"
            elif rule.endpoint.startswith(f"{plugin}."):
                for one in made:
                    if one.sample.endpoint == rule.endpoint or _is_one_more(rule, one):
                        yield url_for(rule.endpoint, **_named(app, rule.endpoint, one.values))
        for key in _tasks(plugin):
            yield url_for("desk.task", task_id=key)


def _tasks(plugin: str) -> Sequence[int]:
    from portal.db import db, metadata

    task = metadata.tables["desk_task"]
    return db.session.scalars(
        sa.select(task.c.id).where(task.c.kind.startswith(f"{plugin}:"))
    ).all()


def _is_one_more(rule: Any, one: Made) -> bool:
    """A page of the same record, which the sample of another page has made."""
    return bool(rule.arguments <= one.values.keys())


def word_columns(plugin: str) -> list[sa.Column[Any]]:
    """The columns of a plugin's tables that hold people's words: which are not said to be `no_words`."""
    from portal.db import metadata

    return [
        column
        for table in metadata.sorted_tables
        if table.info.get("branch") == plugin
        for column in table.columns
        if isinstance(column.type, sa.String | sa.JSON)
        and not isinstance(column.type, sa.Enum)
        and NO_WORDS not in column.info
        and not column.foreign_keys
    ]


def columns_without_words(app: Portal, plugin: str) -> list[str]:
    """After `words_read`: the columns of which no sample made a row, so nothing could be found."""
    from portal.db import db

    with app.app_context(), db.engine.connect() as connection:
        return [
            str(column)
            for column in word_columns(plugin)
            if not connection.scalar(
                sa.select(sa.func.count()).where(sa.cast(column, sa.Text).contains(MARK))
            )
        ]


def _how_many(column: sa.Column[Any]) -> sa.Select[int]:
    return sa.select(sa.func.count()).where(sa.cast(column, sa.Text).contains(MARK))


def _mark(app: Portal, plugin: str) -> dict[str, str]:
    """A word of its own in each column; the word → the column's name."""
    from portal.db import db

    marks = {}
    with app.app_context(), db.engine.begin() as connection:
        let_rewrite(connection)
        for number, column in enumerate(word_columns(plugin)):
            mark = f"{MARK}{number:03}x"
            marks[mark] = str(column)
            _fill(connection, column, mark)
    return marks


def let_rewrite(connection: sa.Connection) -> None:
    """Append-only tables are written to as well: this is a database that somebody has broken into."""
    triggers = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for name in connection.scalars(triggers).all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def _fill(connection: sa.Connection, column: sa.Column[Any], mark: str) -> None:
    rowid: sa.ColumnElement[int] = sa.literal_column("rowid")
    for row, value in connection.execute(sa.select(rowid, column).select_from(column.table)).all():
        words = f"{mark}{row}"
        if isinstance(column.type, sa.JSON):
            words = with_words(value, words)
        change = sa.update(column.table).where(rowid == row).values({column.name: words})
        connection.execute(change)


def with_words(value: Any, words: str) -> Any:
    """A stored value with these words in the place of each of its own; the names of its parts stay."""
    if isinstance(value, str):
        return words
    if isinstance(value, dict):
        return {name: with_words(part, words) for name, part in value.items()}
    if isinstance(value, list):
        return [with_words(part, words) for part in value]
    return value
