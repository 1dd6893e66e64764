"""Nobody leads two sessions at once: held by the database, whoever writes.

An assignment carries its session's times, and `holds` says that it takes the person's time. Triggers keep
both true when a session moves, is cancelled or comes back, so no service, import or hand-written UPDATE can
forget them. Two that hold and overlap are refused: on PostgreSQL by an exclusion constraint, which also sees
what another transaction is just writing; on SQLite, where one writes at a time, by triggers.

A session that is *moved* onto another of the same person's is not refused: students come first. The
assignment then stands without holding, which counts as no leader, until the two are apart again.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from portal.courses.models import Assignment, CourseSession
from portal.db import metadata, table_of

CONSTRAINT = "ex_assignment_one_place_at_a_time"
REFUSED = "assignment clashes"  # what SQLite says

# Whoever was kept from holding by another does so now, the first who was asked first.
_HOLD_AGAIN = """UPDATE assignment SET holds = true
    WHERE NOT holds AND starts_at IS NOT NULL AND person_id IN ({people})
    AND NOT EXISTS (
      SELECT 1 FROM assignment AS other
      WHERE other.person_id = assignment.person_id AND other.id <> assignment.id
      AND (other.holds OR other.id < assignment.id)
      AND other.starts_at < assignment.ends_at AND other.ends_at > assignment.starts_at);"""
_THEIR_LEADERS = "SELECT person_id FROM assignment WHERE session_id = new.id"
# A cancelled session has no times here: it takes nobody's.
_NEW_TIMES = """UPDATE assignment SET holds = false,
    starts_at = CASE WHEN new.state <> 'cancelled' THEN new.starts_at END,
    ends_at = CASE WHEN new.state <> 'cancelled' THEN new.ends_at END
    WHERE session_id = new.id;"""
_FOLLOW = f"{_NEW_TIMES}\n    {_HOLD_AGAIN.format(people=_THEIR_LEADERS)}"
_FREED = _HOLD_AGAIN.format(people="old.person_id")
_CHANGED = """old.starts_at <> new.starts_at OR old.ends_at <> new.ends_at
    OR (old.state = 'cancelled') <> (new.state = 'cancelled')"""

_SQLITE = (
    f"""CREATE TRIGGER IF NOT EXISTS assignment_refused BEFORE INSERT ON assignment
WHEN EXISTS (
    SELECT 1 FROM course_session AS meeting JOIN assignment AS other
    ON other.starts_at < meeting.ends_at AND other.ends_at > meeting.starts_at
    WHERE meeting.id = new.session_id AND meeting.state <> 'cancelled'
    AND other.person_id = new.person_id AND other.holds)
BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",  # noqa: S608 - our own words
    """CREATE TRIGGER IF NOT EXISTS assignment_added AFTER INSERT ON assignment BEGIN
    UPDATE assignment SET (starts_at, ends_at, holds) = (
      SELECT CASE WHEN state <> 'cancelled' THEN starts_at END,
        CASE WHEN state <> 'cancelled' THEN ends_at END, state <> 'cancelled'
      FROM course_session WHERE course_session.id = new.session_id)
    WHERE id = new.id;
END""",
    f"""CREATE TRIGGER IF NOT EXISTS assignment_changed
BEFORE UPDATE OF starts_at, ends_at, holds, person_id ON assignment
WHEN new.holds AND EXISTS (
    SELECT 1 FROM assignment AS other
    WHERE other.person_id = new.person_id AND other.holds AND other.id <> new.id
    AND other.starts_at < new.ends_at AND other.ends_at > new.starts_at)
BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",  # noqa: S608 - our own words
    f"""CREATE TRIGGER IF NOT EXISTS assignment_freed AFTER DELETE ON assignment BEGIN
    {_FREED}
END""",
    f"""CREATE TRIGGER IF NOT EXISTS assignment_follows
AFTER UPDATE OF starts_at, ends_at, state ON course_session WHEN {_CHANGED} BEGIN
    {_FOLLOW}
END""",
)
_SQLITE_DROP = tuple(
    f"DROP TRIGGER IF EXISTS assignment_{name}"
    for name in ("refused", "added", "changed", "freed", "follows")
)

# Ranges of one number stand for "the same person": equality would need an extension of PostgreSQL.
_POSTGRESQL = (
    f"""ALTER TABLE assignment ADD CONSTRAINT {CONSTRAINT} EXCLUDE USING gist (
    int4range(person_id, person_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (holds)""",
    # The session is locked, so that nobody moves it between this look and the commit.
    """CREATE OR REPLACE FUNCTION assignment_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    SELECT CASE WHEN state <> 'cancelled' THEN starts_at END,
        CASE WHEN state <> 'cancelled' THEN ends_at END, state <> 'cancelled'
      INTO new.starts_at, new.ends_at, new.holds
      FROM course_session WHERE id = new.session_id FOR SHARE;
    RETURN new; END $$""",
    f"""CREATE OR REPLACE FUNCTION assignment_freed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    {_FREED}
    RETURN NULL; END $$""",
    f"""CREATE OR REPLACE FUNCTION assignment_follows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    {_FOLLOW}
    RETURN NULL; END $$""",
    """CREATE OR REPLACE TRIGGER assignment_added BEFORE INSERT ON assignment
    FOR EACH ROW EXECUTE FUNCTION assignment_added()""",
    """CREATE OR REPLACE TRIGGER assignment_freed AFTER DELETE ON assignment
    FOR EACH ROW EXECUTE FUNCTION assignment_freed()""",
    f"""CREATE OR REPLACE TRIGGER assignment_follows
    AFTER UPDATE OF starts_at, ends_at, state ON course_session
    FOR EACH ROW WHEN ({_CHANGED}) EXECUTE FUNCTION assignment_follows()""",
)
_POSTGRESQL_DROP = (
    "DROP TRIGGER IF EXISTS assignment_follows ON course_session",
    "DROP TRIGGER IF EXISTS assignment_freed ON assignment",
    "DROP TRIGGER IF EXISTS assignment_added ON assignment",
    "DROP FUNCTION IF EXISTS assignment_follows()",
    "DROP FUNCTION IF EXISTS assignment_freed()",
    "DROP FUNCTION IF EXISTS assignment_added()",
    f"ALTER TABLE assignment DROP CONSTRAINT IF EXISTS {CONSTRAINT}",
)
# What was there before: of two at once, the one that was asked first holds.
_FILL = (
    """UPDATE assignment SET (starts_at, ends_at) = (
      SELECT CASE WHEN state <> 'cancelled' THEN starts_at END,
        CASE WHEN state <> 'cancelled' THEN ends_at END
      FROM course_session WHERE course_session.id = assignment.session_id), holds = false""",
    """UPDATE assignment SET holds = true WHERE starts_at IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM assignment AS other
      WHERE other.person_id = assignment.person_id AND other.id < assignment.id
      AND other.starts_at < assignment.ends_at AND other.ends_at > assignment.starts_at)""",
)


def create_clash_rules(connection: sa.Connection) -> None:
    """Make the constraint and triggers; what the table holds is in accord with them."""
    _run(connection, _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL)


def drop_clash_rules(connection: sa.Connection) -> None:
    """Take away what `create_clash_rules` made."""
    _run(connection, _SQLITE_DROP if connection.dialect.name == "sqlite" else _POSTGRESQL_DROP)


def fill_times(connection: sa.Connection) -> None:
    """Give rows that are there already their times: for the migration, before the rules are made."""
    _run(connection, _FILL)


def _run(connection: sa.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def _after_create(target: Any, connection: sa.Connection, **_: Any) -> None:  # noqa: ARG001
    create_clash_rules(connection)


def _before_drop(target: Any, connection: sa.Connection, **_: Any) -> None:  # noqa: ARG001
    drop_clash_rules(connection)


metadata.info.setdefault("unmapped", set()).add(CONSTRAINT)
table_of(Assignment).add_is_dependent_on(table_of(CourseSession))
event.listen(table_of(Assignment), "after_create", _after_create)
event.listen(table_of(Assignment), "before_drop", _before_drop)
