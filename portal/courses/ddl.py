"""What search needs from the database and SQLAlchemy cannot say: trigram indexes and their triggers.

Three things are kept right by triggers, so that no service, import or hand-written UPDATE can forget them:

- an index of every three letters in a course's title and summary, for "contains these words";
- an index of the words of courses that have a description, whole: three letters each would make it several
  times as large, and every search as slow;
- `course_word`, the words of all titles with how often each is used, for "did you mean".

The tests and the migration run the same text: `create_search` and `drop_search`. Tables and indexes that
are not in the metadata are named in `UNMAPPED`, for whoever compares the two.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from portal.courses.models import Course
from portal.db import metadata

course_word = sa.Table(
    "course_word",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("word", sa.String(200), nullable=False, unique=True),
    sa.Column("uses", sa.Integer, nullable=False),
)

UNMAPPED = (
    "course_search",
    "course_text_search",
    "course_word_search",
    "ix_course_search_trigram",
    "ix_course_text_words",
    "ix_course_word_trigram",
)


class SearchSetupError(Exception):
    """The database cannot search yet; the message says what its owner must do."""


# Letters with marks, and the plain ones that people type for them: no engine can do it by itself everywhere.
_MARKED = "áàâäãåāçéèêëēíìîïīñóòôöõōøúùûüūŵýÿŷ"
_PLAIN = "aaaaaaaceeeeeiiiiinooooooouuuuuwyyy"
MARKED, PLAIN = _MARKED + _MARKED.upper(), _PLAIN * 2
_FOLDED = str.maketrans(MARKED, PLAIN)


def fold(text: str) -> str:
    """Text as search sees it: in lower case, without the marks on letters."""
    return text.translate(_FOLDED).lower()


def _sqlite_replaced(text: str, old: str, new: str) -> str:
    """An expression: the text with each letter of `old` replaced by the one of `new` in the same place.

    One after the other, not calls within calls: of a schema with more than about thirty of those an older
    SQLite, such as its command line on many machines, can read nothing.
    """
    old, new = old.replace("'", "''"), new.replace("'", "''")
    return f"""(WITH RECURSIVE done(n, folded) AS (
        SELECT 0, {text}
        UNION ALL
        SELECT n + 1, replace(folded, substr('{old}', n + 1, 1), substr('{new}', n + 1, 1))
        FROM done WHERE n < length('{old}')
      )
      SELECT folded FROM done WHERE n = length('{old}'))"""  # noqa: S608 - our own letters


def _sqlite_folded(text: str) -> str:
    """The same as `fold`. Only a text with a letter beyond ASCII has any to replace."""
    folded = _sqlite_replaced(f"lower({text})", MARKED, PLAIN)
    plain = f"length(CAST({text} AS BLOB)) = length({text})"
    return f"CASE WHEN {plain} THEN lower({text}) ELSE {folded} END"


def postgresql_folded(text: str) -> str:
    """The same as `fold`, as an expression that may stand in an index.

    `translate` compares each letter with all of its list, which costs more than the rest of a search: it is
    asked only for texts that have a letter beyond ASCII.
    """
    folded = f"lower(translate({text}, '{MARKED}', '{PLAIN}'))"
    return f"CASE WHEN octet_length({text}) = length({text}) THEN lower({text}) ELSE {folded} END"


# What parts words in a title. PostgreSQL has regular expressions; SQLite replaces one by one.
_MARKS = "-–—/&+.,:;!?()[]@#*'’‘\"“”_…"


def _sqlite_words(row: str, source: str = "") -> str:
    """A SELECT of (word, uses) of the title of `new` or `old`, for a SQLite trigger; or of a whole source."""
    clean = _sqlite_replaced(_sqlite_folded(f"{row}.title"), _MARKS, " " * len(_MARKS))
    return f"""SELECT word, count(*) AS uses FROM (
      WITH RECURSIVE part(word, rest) AS (
        SELECT '', {clean} || ' ' {source}
        UNION ALL
        SELECT substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1)
        FROM part WHERE rest <> ''
      )
      SELECT word FROM part WHERE length(word) > 1
    ) GROUP BY word"""  # noqa: S608 - `row` and `source` are names from this file


_SQLITE_LEARN = f"""INSERT INTO course_word (word, uses)
    SELECT word, uses FROM ({_sqlite_words("new")}) WHERE true
    ON CONFLICT (word) DO UPDATE SET uses = course_word.uses + excluded.uses;"""  # noqa: S608 - as above
_SQLITE_FORGET = f"""UPDATE course_word SET uses = course_word.uses - gone.uses
    FROM ({_sqlite_words("old")}) AS gone
    WHERE gone.word = course_word.word;"""  # noqa: S608 - as above
# The index holds the folded texts, though it takes what it shows, which nobody asks for, from the course.
_SQLITE_INDEX = (
    "INSERT INTO course_search (rowid, title, summary) "  # noqa: S608 - names from this file
    f"VALUES (new.id, {_sqlite_folded('new.title')}, {_sqlite_folded('new.summary')});"
)
_SQLITE_UNINDEX = (
    "INSERT INTO course_search (course_search, rowid, title, summary) VALUES "  # noqa: S608 - as above
    f"('delete', old.id, {_sqlite_folded('old.title')}, {_sqlite_folded('old.summary')});"
)
# What an import brings has no description, and costs nothing here.
HAS_DESCRIPTION = "description <> ''"
_ALL_TEXT = "title || ' ' || summary || ' ' || description"
_ALL_NEW_TEXT = "new.title || ' ' || new.summary || ' ' || new.description"
_SQLITE_READ = f"""INSERT INTO course_text_search (rowid, words)
    SELECT new.id, {_sqlite_folded(_ALL_NEW_TEXT)} WHERE new.{HAS_DESCRIPTION};"""
_SQLITE_UNREAD = "DELETE FROM course_text_search WHERE rowid = old.id;"
_SQLITE_FILL = (
    "INSERT INTO course_text_search (rowid, words) SELECT id, "  # noqa: S608 - as above
    f"{_sqlite_folded(_ALL_TEXT)} FROM course WHERE {HAS_DESCRIPTION}",
    "INSERT INTO course_search (rowid, title, summary) SELECT id, "  # noqa: S608 - as above
    f"{_sqlite_folded('title')}, {_sqlite_folded('summary')} FROM course",
    f"INSERT INTO course_word (word, uses) {_sqlite_words('course', 'FROM course')}",
)

_SQLITE = (
    """CREATE VIRTUAL TABLE IF NOT EXISTS course_search USING fts5(
    title, summary, content='course', content_rowid='id', tokenize='trigram')""",
    # A word is kept between spaces, so that its first and last letters count as trigrams too.
    """CREATE VIRTUAL TABLE IF NOT EXISTS course_word_search USING fts5(
    padded, content='', contentless_delete=1, tokenize='trigram')""",
    """CREATE VIRTUAL TABLE IF NOT EXISTS course_text_search USING fts5(
    words, content='', contentless_delete=1, detail=none, tokenize='unicode61')""",
    f"""CREATE TRIGGER IF NOT EXISTS course_search_added AFTER INSERT ON course BEGIN
    {_SQLITE_INDEX}
    {_SQLITE_READ}
    {_SQLITE_LEARN}
END""",
    f"""CREATE TRIGGER IF NOT EXISTS course_search_changed
AFTER UPDATE OF title, summary, description ON course
WHEN old.title <> new.title OR old.summary <> new.summary OR old.description <> new.description BEGIN
    {_SQLITE_UNINDEX}
    {_SQLITE_INDEX}
    {_SQLITE_UNREAD}
    {_SQLITE_READ}
    {_SQLITE_FORGET}
    {_SQLITE_LEARN}
END""",
    f"""CREATE TRIGGER IF NOT EXISTS course_search_removed AFTER DELETE ON course BEGIN
    {_SQLITE_UNINDEX}
    {_SQLITE_UNREAD}
    {_SQLITE_FORGET}
END""",
    """CREATE TRIGGER IF NOT EXISTS course_word_added AFTER INSERT ON course_word BEGIN
    INSERT INTO course_word_search (rowid, padded) VALUES (new.id, ' ' || new.word || ' ');
END""",
    """CREATE TRIGGER IF NOT EXISTS course_word_removed AFTER DELETE ON course_word BEGIN
    DELETE FROM course_word_search WHERE rowid = old.id;
END""",
)
_SQLITE_DROP = (
    "DROP TRIGGER IF EXISTS course_search_added",
    "DROP TRIGGER IF EXISTS course_search_changed",
    "DROP TRIGGER IF EXISTS course_search_removed",
    "DROP TRIGGER IF EXISTS course_word_added",
    "DROP TRIGGER IF EXISTS course_word_removed",
    "DROP TABLE IF EXISTS course_search",
    "DROP TABLE IF EXISTS course_text_search",
    "DROP TABLE IF EXISTS course_word_search",
)

# The same expressions in the index and the query.
SEARCHED_TEXT = postgresql_folded("title || ' ' || summary")
SEARCHED_TITLE = postgresql_folded("title")
SEARCHED_WORDS = f"to_tsvector('simple', {postgresql_folded(_ALL_TEXT)})"

# One statement's words are counted together, in the order of the word: two units cannot deadlock.
_POSTGRESQL_COUNT = """SELECT word, count(*) AS uses
        FROM {rows}, regexp_split_to_table({folded}, '[^[:alnum:]]+') AS word
        WHERE length(word) > 1 GROUP BY word ORDER BY word"""


def _postgresql_count(rows: str) -> str:
    return _POSTGRESQL_COUNT.format(rows=rows, folded=postgresql_folded(f"{rows}.title"))


_POSTGRESQL_LEARN = f"""INSERT INTO course_word (word, uses)
        {_postgresql_count("added")}
        ON CONFLICT (word) DO UPDATE SET uses = course_word.uses + excluded.uses;"""
_POSTGRESQL_FORGET = f"""UPDATE course_word SET uses = course_word.uses - gone.uses
        FROM ({_postgresql_count("removed")}) AS gone
        WHERE gone.word = course_word.word;"""  # noqa: S608 - the text above, and nothing else

_POSTGRESQL = (
    f"""CREATE INDEX IF NOT EXISTS ix_course_search_trigram ON course
    USING gin (({SEARCHED_TEXT}) gin_trgm_ops)""",
    f"""CREATE INDEX IF NOT EXISTS ix_course_text_words ON course
    USING gin (({SEARCHED_WORDS})) WHERE {HAS_DESCRIPTION}""",
    f"""CREATE OR REPLACE FUNCTION course_words_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {_POSTGRESQL_LEARN}
        RETURN NULL; END $$""",
    f"""CREATE OR REPLACE FUNCTION course_words_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {_POSTGRESQL_FORGET}
        RETURN NULL; END $$""",
    f"""CREATE OR REPLACE FUNCTION course_words_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM added JOIN removed USING (id) WHERE added.title <> removed.title) THEN
        {_POSTGRESQL_FORGET}
        {_POSTGRESQL_LEARN}
        END IF;
        RETURN NULL; END $$""",
    """CREATE OR REPLACE TRIGGER course_words_added AFTER INSERT ON course
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION course_words_added()""",
    """CREATE OR REPLACE TRIGGER course_words_removed AFTER DELETE ON course
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION course_words_removed()""",
    """CREATE OR REPLACE TRIGGER course_words_changed AFTER UPDATE ON course
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION course_words_changed()""",
)
_POSTGRESQL_WORDS = """CREATE INDEX IF NOT EXISTS ix_course_word_trigram ON course_word
    USING gist (word gist_trgm_ops)"""
_POSTGRESQL_FILL = (f"INSERT INTO course_word (word, uses) {_postgresql_count('course')}",)
_POSTGRESQL_DROP = (
    "DROP TRIGGER IF EXISTS course_words_added ON course",
    "DROP TRIGGER IF EXISTS course_words_removed ON course",
    "DROP TRIGGER IF EXISTS course_words_changed ON course",
    "DROP FUNCTION IF EXISTS course_words_added()",
    "DROP FUNCTION IF EXISTS course_words_removed()",
    "DROP FUNCTION IF EXISTS course_words_changed()",
    "DROP INDEX IF EXISTS ix_course_search_trigram",
    "DROP INDEX IF EXISTS ix_course_text_words",
    "DROP INDEX IF EXISTS ix_course_word_trigram",
)


def create_search(connection: sa.Connection) -> None:
    """Make the indexes and triggers; the tables `course` and `course_word` are there and empty.

    Raises:
        SearchSetupError: PostgreSQL lacks the extension pg_trgm and this user may not create it.
    """
    if connection.dialect.name == "sqlite":
        _run(connection, _SQLITE)
        return
    _ensure_trigrams(connection)
    _run(connection, (*_POSTGRESQL, _POSTGRESQL_WORDS))


def drop_search(connection: sa.Connection) -> None:
    """Take away what `create_search` made; the tables `course` and `course_word` are still there."""
    _run(connection, _SQLITE_DROP if connection.dialect.name == "sqlite" else _POSTGRESQL_DROP)


def renew_search(connection: sa.Connection) -> None:
    """Make all of it anew from the courses that are there: for a migration that finds older indexes."""
    drop_search(connection)
    connection.execute(sa.delete(course_word))
    create_search(connection)
    _run(connection, _SQLITE_FILL if connection.dialect.name == "sqlite" else _POSTGRESQL_FILL)


def _run(connection: sa.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def _ensure_trigrams(connection: sa.Connection) -> None:
    if connection.scalar(sa.text("SELECT true FROM pg_extension WHERE extname = 'pg_trgm'")):
        return
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DBAPIError as error:
        raise SearchSetupError(
            "Search needs PostgreSQL's extension pg_trgm, and this database user may not create it. "
            "Ask whoever runs the database for: CREATE EXTENSION pg_trgm; (it comes with "
            f"postgresql-contrib). PostgreSQL says: {error.orig}"
        ) from error


def _after_create(target: Any, connection: sa.Connection, **_: Any) -> None:  # noqa: ARG001
    create_search(connection)


def _before_drop(target: Any, connection: sa.Connection, **_: Any) -> None:  # noqa: ARG001
    drop_search(connection)


metadata.info.setdefault("unmapped", set()).update(UNMAPPED)
course_word.add_is_dependent_on(Course.__table__)  # type: ignore[arg-type]  # it is a Table
event.listen(course_word, "after_create", _after_create)
event.listen(course_word, "before_drop", _before_drop)
