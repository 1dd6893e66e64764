"""The floors: what one would write by hand with Flask, SQLAlchemy and Jinja, and nothing else.

They are written as a good tutorial would: no caching, no tricks, nothing that their page does not need.
(b) is a public list, (d) a signed-in page; `insert_rows` is the floor of an import.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, abort, g, redirect, render_template, request, session

HERE = str(Path(__file__).parent)
DATABASE = "BENCH_FLOOR_DATABASE"  # environment: the URL of the floors' own database
SECRET = "for-measuring-only-it-guards-nothing"
ROWS = 10_000  # of the table that the list reads
SHOWN = 20
SECTIONS = ("courses", "notices", "claims", "surveys", "papers", "people")
SECTION_ROWS = 1_000
GROUPS = 50  # that can be booked
KEY = "a key that only this browser knows"

metadata = sa.MetaData()
item = sa.Table(
    "item",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(80), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("topic", sa.String(80), nullable=False),
    sa.Column("venue", sa.String(80), nullable=False),
    sa.Column("starts_at", sa.DateTime, nullable=False, index=True),
    sa.Column("places", sa.Integer, nullable=False),
)
person = sa.Table(
    "person",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
)
login_session = sa.Table(
    "login_session",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("person_id", sa.ForeignKey("person.id"), nullable=False),
    sa.Column("ended_at", sa.DateTime),
)
group = sa.Table("group_", metadata, sa.Column("id", sa.Integer, primary_key=True))
booking = sa.Table(
    "booking",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("group_id", sa.ForeignKey("group_.id"), nullable=False, index=True),
    sa.Column("who", sa.String(80), nullable=False),
)
sections = {
    name: sa.Table(
        f"section_{name}",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("due", sa.DateTime, nullable=False),
        sa.Index(f"ix_section_{name}", "person_id", "due"),
    )
    for name in SECTIONS
}


def make_engine(url: str) -> sa.Engine:
    """An engine on the drivers that the portal uses."""
    from portal.db import sqlite_module

    if sa.make_url(url).get_backend_name() == "sqlite":
        return sa.create_engine(url, module=sqlite_module())
    return sa.create_engine(url)


def fill(url: str) -> None:
    """Make the floors' tables, with their rows."""
    engine = make_engine(url)
    first = datetime(2027, 1, 4, 10, tzinfo=UTC).replace(tzinfo=None)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        metadata.create_all(connection)
        connection.execute(
            sa.insert(item),
            [
                {
                    "slug": f"sleep-and-rest-{number}",
                    "title": f"Sleep & rest, group {number}",
                    "summary": "What helps when nights are long: small steps, tried out together.",
                    "topic": "Living well",
                    "venue": "The Old Boathouse",
                    "starts_at": first + timedelta(hours=number),
                    "places": number % 12,
                }
                for number in range(ROWS)
            ],
        )
        groups = [{"id": number} for number in range(1, GROUPS + 1)]
        connection.execute(sa.insert(group), groups)
        connection.execute(sa.insert(person), [{"id": 1, "name": "Sam O'Neill"}])
        token = hashlib.sha256(KEY.encode()).hexdigest()
        connection.execute(sa.insert(login_session), [{"token_hash": token, "person_id": 1}])
        for name, table in sections.items():
            rows = [
                {
                    "person_id": number % 100 + 1,
                    "title": f"Something about {name}, number {number}",
                    "due": first + timedelta(days=number),
                }
                for number in range(SECTION_ROWS)
            ]
            connection.execute(sa.insert(table), rows)
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def list_app() -> Flask:
    """Floor (b): one view, one indexed query of 20 rows, a page of about 16 kB. Nothing else."""
    app = Flask("floor_b", root_path=HERE)
    engine = make_engine(os.environ[DATABASE])
    wanted = (
        sa.select(item)
        .where(item.c.starts_at >= datetime(2027, 2, 1, tzinfo=UTC).replace(tzinfo=None))
        .order_by(item.c.starts_at)
        .limit(SHOWN)
    )

    @app.get("/")
    def index() -> str:
        with engine.connect() as connection:
            rows = connection.execute(wanted).all()
        return render_template("floor/list.html", rows=rows)

    @app.get("/items/<slug>")
    def show(slug: str) -> str:
        return slug

    @app.get("/items/<slug>/calendar")
    def calendar(slug: str) -> str:
        return slug

    @app.get("/robots.txt")
    def robots() -> str:
        return "User-agent: *\n"

    return app


def page_app() -> Flask:
    """Floor (d): a signed-in page of seven queries: who asks, and six short lists of theirs.

    Its words can be translated and its dates are written in the reader's language, as the portal's are.
    """
    from flask_babel import Babel
    from flask_wtf import CSRFProtect

    app = Flask("floor_d", root_path=HERE)
    app.config["SECRET_KEY"] = SECRET
    Babel(app)
    CSRFProtect(app)
    engine = make_engine(os.environ[DATABASE])
    whose = (
        sa.select(person.c.id, person.c.name)
        .join(login_session, login_session.c.person_id == person.c.id)
        .where(
            login_session.c.token_hash == sa.bindparam("token"), login_session.c.ended_at.is_(None)
        )
    )
    lists = {
        name: sa.select(table.c.id, table.c.title, table.c.due)
        .where(table.c.person_id == sa.bindparam("person_id"))
        .order_by(table.c.due)
        .limit(3)
        for name, table in sections.items()
    }

    @app.get("/me")
    def me() -> str:
        token = hashlib.sha256(session.get("key", "").encode()).hexdigest()
        with engine.connect() as connection:
            g.person = connection.execute(whose, {"token": token}).one_or_none()
            if g.person is None:
                abort(401)
            mine = {
                name: connection.execute(statement, {"person_id": g.person.id}).all()
                for name, statement in lists.items()
            }
        return render_template("floor/me.html", mine=mine)

    @app.get("/<section>/<int:number>")
    def show(section: str, number: int) -> str:
        return f"{section} {number}"

    @app.get("/<section>")
    def section(section: str) -> str:
        return section

    @app.post("/sign-out")
    def sign_out() -> str:
        session.clear()
        return ""

    @app.after_request
    def secure(response: Response) -> Response:
        from portal.ui.headers import FIXED

        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    return app


def booking_app() -> Flask:
    """The floor of a booking: one row locked, one row inserted, committed as safely as the portal does."""
    app = Flask("floor_booking", root_path=HERE)
    engine = make_engine(os.environ[DATABASE])
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _as_safe_as_the_portal)
        sa.event.listen(engine, "begin", lambda one: one.exec_driver_sql("BEGIN IMMEDIATE"))
    lock = sa.select(group.c.id).where(group.c.id == sa.bindparam("group")).with_for_update()
    insert = sa.insert(booking)

    @app.post("/groups/<int:number>")
    def book(number: int) -> Response:
        with engine.begin() as connection:
            connection.execute(lock, {"group": number}).one()
            connection.execute(insert, {"group_id": number, "who": request.form["who"]})
        return redirect("/", 303)  # type: ignore[return-value]  # werkzeug's own class

    @app.get("/robots.txt")
    def robots() -> str:
        return "User-agent: *\n"

    return app


def _as_safe_as_the_portal(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    for setting in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {setting}")


def page_cookie() -> str:
    """The `Cookie` header of the person whose page floor (d) shows."""
    app = Flask("cookie")
    app.config["SECRET_KEY"] = SECRET
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"session={serializer.dumps({'key': KEY, 'csrf_token': secrets.token_hex(20)})}"


def insert_rows(
    engine: sa.Engine, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> float:
    """Seconds that the driver's own `executemany` and the commit take: no SQLAlchemy, no checks.

    The rows hold what the driver takes as it is.
    """
    sqlite = engine.dialect.name == "sqlite"
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join(["?" if sqlite else "%s"] * len(columns))
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        began = time.perf_counter()
        if sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        connection.commit()
        return time.perf_counter() - began
    finally:
        connection.close()
