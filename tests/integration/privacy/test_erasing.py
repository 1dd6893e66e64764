"""Being erased: told first, in every part or in none, remembered, and signed out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Login, LoginSession, Person
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.audit.queries import verify
from portal.audit.services import record, seal
from portal.db import metadata, unit_of_work
from portal.plugin_api import SYSTEM, Actor, Erasure, Veto
from portal.plugin_api.events import OutboxEvent
from portal.privacy.models import ErasureNote
from portal.privacy.services import erasing
from tests.factories.enrolment import all_shared
from tests.factories.sharing import NAMES, Sharing
from tests.integration.privacy.conftest import archive_of, source
from tests.plugins import Plugin

pytestmark = pytest.mark.both_databases

SignIn = Callable[..., FlaskClient]
ME = "/me/data/erase"


def told_in(page: str) -> str:
    found = re.search(r'name="told"[^>]*value="([0-9a-f]{16})"', page)
    assert found is not None
    return found[1]


def everything_kept(session: Session) -> str:
    """Every value of every table, as text: whatever is left of somebody is in it."""
    session.rollback()
    return "\n".join(
        f"{table.name}: {tuple(row)}"
        for table in metadata.sorted_tables
        if sa.inspect(session.connection()).has_table(table.name)
        for row in session.execute(sa.select(table))
    )


def whole_state(session: Session) -> dict[str, list[str]]:
    session.rollback()
    state = {
        table.name: sorted(map(repr, session.execute(sa.select(table))))
        for table in metadata.sorted_tables
        if sa.inspect(session.connection()).has_table(table.name)
    }
    session.rollback()
    return state


def test_page_says_what_will_happen_and_changes_nothing(
    sign_in: SignIn, session: Session, sharing: Sharing
) -> None:
    record(session, Actor(person_id=sharing.ada), "courses:run:see", ("run", 1))
    session.commit()
    client = sign_in(person_id=sharing.ada)
    before = whole_state(session)

    page = client.get(ME).text

    after = whole_state(session)
    assert {name for name in before if before[name] != after[name]} <= {"login_session"}
    deleted = page.split("What is deleted", 1)[1].split("<h2>", 1)[0]
    nameless = page.split("What stays without your name", 1)[1].split("<h2>", 1)[0]
    held = page.split("What we must keep, and why", 1)[1].split("<p>", 1)[0]
    assert "What you asked those who lead to know" in deleted
    assert "Messages we sent you" in deleted
    assert "That two people must not be in one group" in deleted
    assert "Your places on courses" in nameless
    assert "Others rely on the record of who changed what" in held


def test_nobody_learns_whether_they_are_kept_apart_from_somebody(
    sign_in: SignIn, session: Session, sharing: Sharing
) -> None:
    """Ada is, Bo is not: their pages and copies say the same about it."""
    words = "That two people must not be in one group"
    for person in (sharing.ada, sharing.bo):
        client = sign_in(person_id=person)
        deleted = client.get(ME).text.split("What is deleted", 1)[1].split("<h2>", 1)[0]
        assert words in deleted
        found = archive_of(client.post("/me/data/copy"))
        assert words in found["html"].split("What somebody reads before you have it")[1]
        assert words not in found["html"].split("Where we keep nothing about you")[1]
        apart = next(part for part in found["kept"] if part["table"] == "keep_apart")
        assert (apart["rows"], apart["more_on_request"]) == ([], True)


def test_nobody_is_erased_without_saying_so(
    sign_in: SignIn, sharing: Sharing, session: Session
) -> None:
    client = sign_in(person_id=sharing.ada)
    told = told_in(client.get(ME).text)

    answer = client.post(ME, data={"told": told})

    assert answer.status_code == 422
    assert "Tick the box if you want to be erased" in answer.text
    assert session.get_one(Person, sharing.ada).erased_at is None


def erase_ada(client: FlaskClient) -> Any:
    return client.post(ME, data={"sure": "y", "told": told_in(client.get(ME).text)})


def test_erased_means_nothing_left_and_nobody_else_touched(
    app: Portal, sign_in: SignIn, session: Session, sharing: Sharing
) -> None:
    client = sign_in(person_id=sharing.ada)
    session.rollback()

    answer = erase_ada(client)

    assert (answer.status_code, answer.location) == (303, "/erased")
    left = everything_kept(session)
    marks = [mark for mark in sharing.marks_of("ada") if mark in left]
    assert marks == []
    assert "note about Ashgrove" not in left
    for other in ("bo", "cy", "di", "eve"):
        assert NAMES[other] in left
    assert sorted(all_shared(session)) == ["needs of Birchwood", "needs of Copperfield"]
    assert "note about Birchwood" in left
    assert session.scalars(sa.select(Login.id).where(Login.person_id == sharing.ada)).all() == []


def test_erased_person_is_signed_out_here_and_everywhere(
    sign_in: SignIn, session: Session, sharing: Sharing
) -> None:
    client, elsewhere = (sign_in(person_id=sharing.ada) for _ in range(2))

    answer = erase_ada(client)

    assert "session=;" in answer.headers["Set-Cookie"]
    assert client.get(answer.location).status_code == 200
    assert 'href="/sign-in' in client.get("/erased").text
    for one in (client, elsewhere):
        assert one.get("/me").status_code in {303, 401}
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(LoginSession)) == 0


def test_erasure_is_noted_heard_and_the_chain_still_holds(
    app: Portal, sign_in: SignIn, session: Session, sharing: Sharing
) -> None:
    record(session, SYSTEM, "courses:run:see", ("person", sharing.ada), reason=NAMES["ada"])
    seal(session)
    session.commit()

    erase_ada(sign_in(person_id=sharing.ada))

    session.rollback()
    note = session.scalars(sa.select(ErasureNote)).one()
    assert note.person_id == sharing.ada
    assert NAMES["ada"] not in str(note.counts)
    assert note.counts["shareable_need"] == [1, 0]
    heard = session.scalars(
        sa.select(OutboxEvent.payload).where(OutboxEvent.type == "accounts:person_erased")
    ).all()
    assert heard == [{"person_id": sharing.ada}]
    seal(session)
    session.commit()
    report = verify(session)
    assert report.ok
    assert report.erased > 0


def test_more_is_held_than_was_told_so_they_look_again(
    app: Portal, sign_in: SignIn, session: Session
) -> None:
    client = sign_in()
    told = told_in(client.get(ME).text)
    person = client.person_id  # type: ignore[attr-defined]
    record(session, Actor(person_id=person), "courses:run:see", ("run", 1))
    session.commit()

    answer = client.post(ME, data={"sure": "y", "told": told})

    assert answer.status_code == 422
    assert "Something has changed since you opened this page" in answer.text
    assert "Others rely on the record" in answer.text
    session.rollback()
    assert session.get_one(Person, person).erased_at is None
    session.rollback()
    assert client.post(ME, data={"sure": "y", "told": told_in(answer.text)}).status_code == 303


def test_last_administrator_is_told_what_to_do_first(sign_in: SignIn, session: Session) -> None:
    client = sign_in("administrator")

    answer = client.get(ME)

    assert answer.status_code == 422
    assert "Give somebody else that role first" in answer.text
    sign_in("administrator")
    assert client.get(ME).status_code == 200


def failing(_session: Session, _person_id: int, _mode: str) -> Erasure:
    raise RuntimeError("the beans cannot go")


def breaking_sql(session: Session, _person_id: int, _mode: str) -> Erasure:
    session.execute(sa.text("DELETE FROM nowhere"))
    return Erasure("beans_bean")


def without_reason(_session: Session, _person_id: int, _mode: str) -> Erasure:
    return Erasure("beans_bean", held=1)


def committing(session: Session, _person_id: int, _mode: str) -> Erasure:
    session.commit()
    return Erasure("beans_bean")


@pytest.mark.plugin_faults
@pytest.mark.parametrize("fault", [failing, breaking_sql, without_reason, committing])
def test_fault_of_any_part_undoes_all_of_it_visibly(
    making: Callable[..., Portal], keeping: Callable[..., Plugin], fault: Any
) -> None:
    works = True

    def erase(session: Session, person_id: int, mode: str) -> Erasure:
        return Erasure("beans_bean") if works else fault(session, person_id, mode)

    app = making(keeping("beans", source("beans_bean", erase=erase)))
    client = signed_in_client(app)
    told = told_in(client.get(ME).text)
    works = False

    for answer in (client.get(ME), client.post(ME, data={"sure": "y", "told": told})):
        assert answer.status_code == 503
        assert "Nothing was erased" in answer.text
        assert "Beans" in answer.text
    with app.app_context(), unit_of_work("read") as session:
        assert session.get_one(Person, client.person_id).erased_at is None  # type: ignore[attr-defined]
        assert session.scalar(sa.select(sa.func.count()).select_from(ErasureNote)) == 0
    assert client.get("/me").status_code == 200


def test_part_says_no_with_its_reason(
    making: Callable[..., Portal], keeping: Callable[..., Plugin]
) -> None:
    def erase(_session: Session, _person_id: int, _mode: str) -> Erasure:
        raise Veto("Your beans are in the oven. Come back in an hour.")

    app = making(keeping("beans", source("beans_bean", erase=erase)))

    answer = signed_in_client(app).get(ME)

    assert answer.status_code == 422
    assert "Your beans are in the oven" in answer.text


def test_plugins_are_erased_before_the_rooms_they_stand_on(
    making: Callable[..., Portal], keeping: Callable[..., Plugin]
) -> None:
    seen: list[tuple[str, str]] = []

    def erase(session: Session, person_id: int, mode: str) -> Erasure:
        seen.append((mode, session.get_one(Person, person_id).name))
        return Erasure("beans_bean")

    app = making(keeping("beans", source("beans_bean", erase=erase, on_erasure="pseudonymise")))
    client = signed_in_client(app)

    assert erase_ada(client).status_code == 303

    assert {mode for mode, _name in seen} == {"pseudonymise"}
    assert "–" not in {name for _mode, name in seen}


def test_nobody_is_erased_twice(app: Portal, session: Session, sharing: Sharing) -> None:
    with app.test_request_context():
        erasing.erase(session, SYSTEM, sharing.ada, at=clock.now())
        session.commit()
        with pytest.raises(erasing.NobodyError):
            erasing.erase(session, SYSTEM, sharing.ada, at=clock.now())
        with pytest.raises(erasing.NobodyError):
            erasing.plan(session, 999_999)


def test_part_that_only_says_so_is_found_out(
    app: Portal, session: Session, sharing: Sharing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "erase_person", lambda _session, _person_id: ())
    with app.test_request_context(), pytest.raises(erasing.NotErasedError):
        erasing.erase(session, SYSTEM, sharing.ada, at=clock.now())
