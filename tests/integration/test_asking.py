"""Questions that are asked often: of a collection given as one value, and without the ORM's part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import Person
from portal.db import table_of
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
