"""Questions that are asked often: of a collection given as one value, and without the ORM's part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from portal.accounts.api import name_of
from portal.accounts.models import Person, RouteKind
from portal.db import UTCDateTime, choice, table_of
from portal.one_of import one_of
from portal.plugin_api import now, rows_of
from portal.plugin_host.models import SettingValue
from tests.factories.accounts import make_person

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PERSON, SETTING = table_of(Person), table_of(SettingValue)
THESE = sa.select(PERSON.c.id).where(one_of(PERSON.c.id, "wanted")).order_by(PERSON.c.id)
OTHERS = sa.select(PERSON.c.id).where(sa.not_(one_of(PERSON.c.id, "wanted")))
NAMED = sa.select(SETTING.c.key).where(one_of(SETTING.c.key, "wanted")).order_by(SETTING.c.key)
# What would end a list, a text, or JSON.
WORDS = ("it's", 'a "word"', "a\\b", "{x,y}", "€ ẞ", "")


def test_whole_numbers_are_found_however_many_are_given(session: Session) -> None:
    ids = sorted(make_person(session, name=f"Person {n}").id for n in range(30))

    assert session.scalars(THESE, {"wanted": ids[3:5]}).all() == ids[3:5]
    assert session.scalars(THESE, {"wanted": set(ids)}).all() == ids
    assert session.scalars(THESE, {"wanted": ()}).all() == []
    assert session.scalars(OTHERS, {"wanted": ids[1:]}).all() == [ids[0]]


def test_words_are_found_by_every_letter_of_them(session: Session) -> None:
    for word in (*WORDS, "other"):
        session.add(SettingValue(key=word, value={"value": 1}, changed_at=now()))
    session.flush()

    assert set(session.scalars(NAMED, {"wanted": WORDS})) == set(WORDS)
    for word in WORDS:
        assert session.scalars(NAMED, {"wanted": [word]}).all() == [word]


def test_the_question_is_the_same_for_every_count_and_reads_an_index(session: Session) -> None:
    asked: list[str] = []
    bind = session.get_bind()
    note = sa.event.listens_for(bind, "before_cursor_execute")
    listener = note(lambda *given: asked.append(given[2]))
    for count in (0, 1, 25):
        session.execute(THESE, {"wanted": list(range(count))})
    sa.event.remove(bind, "before_cursor_execute", listener)

    assert len(asked) == 3
    assert len(set(asked)) == 1
    if bind.dialect.name == "sqlite":
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", ("[1]",))
        steps = [step.detail for step in plan]
        assert any("SEARCH person USING" in step for step in steps), steps


def held(type_: sa.types.TypeEngine[Any], *values: Any) -> sa.ColumnElement[Any]:
    """A column of a table that holds these."""
    each = [sa.select(sa.literal(value, type_).label("it")) for value in values]
    return sa.union_all(*each).subquery().c.it


def test_numbers_of_any_size_and_words_of_a_choice_are_found(session: Session) -> None:
    number = held(sa.BigInteger(), 2**40, -1, 3)
    large = sa.select(number).where(one_of(number, "wanted")).order_by(number)
    assert session.scalars(large, {"wanted": [2**40, -1, 7]}).all() == [-1, 2**40]

    kind = held(choice(RouteKind, "kind"), *RouteKind)
    chosen = sa.select(kind).where(one_of(kind, "wanted"))
    assert session.scalars(chosen, {"wanted": [RouteKind.MOBILE]}).all() == [RouteKind.MOBILE]


@pytest.mark.parametrize("type_", [sa.Boolean, sa.Date, sa.Numeric, sa.Float, UTCDateTime])
def test_columns_of_other_things_are_refused(type_: Any) -> None:
    with pytest.raises(TypeError, match="neither whole numbers nor text"):
        one_of(sa.column("x", type_()), "wanted")


def test_a_word_is_not_taken_for_its_letters(session: Session) -> None:
    with pytest.raises(sa.exc.StatementError, match="no collection"):
        session.execute(NAMED, {"wanted": "other"})


def test_a_name_is_that_of_its_own_row(session: Session) -> None:
    names = [make_person(session, name=name).name for name in ("Ada", "Bo", "Çağla")]
    both = sa.select(Person.name, name_of(Person.id)).order_by(Person.id)

    assert [tuple(row) for row in session.execute(both)][-3:] == [(name, name) for name in names]


def test_rows_are_those_that_the_session_sees(session: Session) -> None:
    person = make_person(session, name="Ada")
    session.commit()
    person.name = "Ada Byron"
    name = sa.select(Person.name).where(Person.id == sa.bindparam("id"))

    assert [tuple(row) for row in rows_of(session, name, {"id": person.id})] == [("Ada Byron",)]


def test_who_asks_without_saving_first_is_not_made_to(session: Session) -> None:
    person = make_person(session, name="Ada")
    session.commit()
    with session.no_autoflush:
        person.name = "Ada Byron"
        (row,) = rows_of(session, sa.select(Person.name).where(Person.id == person.id))

    assert row.name == "Ada"
    assert person in session.dirty


@pytest.mark.parametrize("column", [Person.id, PERSON.c.id])
def test_a_column_may_be_a_models_or_its_tables(session: Session, column: sa.Column[int]) -> None:
    person = make_person(session, name="Ada")
    found = sa.select(column).where(one_of(column, "wanted"))

    assert session.scalars(found, {"wanted": [person.id]}).all() == [person.id]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_long_question_is_read_once_for_what_is_given_with_it(session: Session) -> None:
    from psycopg import _queries

    words = " or ".join(f"'{n:030d}' = :word" for n in range(300))
    long = sa.text(f"SELECT 1 WHERE {words}")
    read = _queries._query2pg_nocache
    anew: list[str] = []

    def reads(query: bytes, encoding: str) -> Any:
        anew.append(encoding)
        return read(query, encoding)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_queries, "_query2pg_nocache", reads)
        for word in ("a", "b", "c"):
            assert session.execute(long, {"word": word}).all() == []
    assert len(str(long)) > 12_000
    assert anew == []
