"""Many pay at once: one file, one payment, one signature; and whoever is killed finds it as it was."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError
from plugins.claims.models import Batch, BatchState, EntryRow, Export, Payment
from plugins.claims.money.postings import About
from plugins.claims.queries import to_pay
from plugins.claims.queries.books import verify
from plugins.claims.services import bank, batching, cash, exporting
from plugins.claims.tests.making_paying import Paying, account, key
from plugins.claims.tests.test_races import MANY, ROUNDS, again, at_once
from portal.plugin_api import Actor, run_unit

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def count(session: Session, model: Any, *which: Any) -> int:
    session.expire_all()
    found = session.scalar(sa.select(sa.func.count()).select_from(model).where(*which)) or 0
    session.commit()
    return found


@pytest.mark.soak
def test_two_treasurers_who_click_at_once_make_one_file(
    app: Any, session: Session, paying: Paying, sign_in: SignIn
) -> None:
    clients = [sign_in("treasurer"), sign_in("treasurer")]
    for n in range(ROUNDS):
        made = paying.batch(
            paying.person("Maker"), *(paying.owed(paying.payee()) for _ in range(3))
        )
        session.commit()
        # Read later, after the count, they would open a writing transaction that keeps the pages out.
        ref, batch_id = made.ref, made.id
        clicks = [
            partial(
                again(app, clients[each % 2]).post,
                f"/claims/pay/{ref}/export",
                data={"form_key": f"{n:016d}{each % 3:016d}"},
            )
            for each in range(MANY)
        ]
        statuses = {answer.status_code for answer in at_once(*clicks)}

        assert statuses in ({303}, {303, 503}), "503: the database was busy, nothing was done"
        assert count(session, Export, Export.batch_id == batch_id) == 1
        files = [client.get(f"/claims/pay/{ref}/file") for client in clients]
        assert [file.status_code for file in files] == [200, 200]
        assert len({file.data for file in files}) == 1
    away = count(session, EntryRow, EntryRow.about == About.PAYMENT)
    assert away == 3 * ROUNDS
    assert verify(session).in_order


@pytest.mark.parametrize("guarded", [True, False])
def test_without_the_lock_and_the_schema_there_would_be_two(
    app: Any,
    session: Session,
    paying: Paying,
    monkeypatch: pytest.MonkeyPatch,
    engine_name: str,
    *,
    guarded: bool,
) -> None:
    """The race is real: where nothing waits for the batch, both find that there is no file yet."""
    made = paying.batch(paying.person("Maker"), paying.owed(paying.payee()))
    payers = [paying.person("One"), paying.person("Two")]
    session.commit()
    if not guarded:
        monkeypatch.setattr(
            exporting, "locked_batch", lambda unit, key, *_: unit.get_one(Batch, key)
        )
        monkeypatch.setattr(exporting, "lock_rows", _without_waiting)

    def click(payer: Actor) -> str:
        with app.app_context():
            try:
                return str(run_unit(lambda unit: exporting.export(unit, payer, made.id).id))
            except Exception as error:  # noqa: BLE001 - what stopped it is the answer
                return type(error).__name__

    found = at_once(*(partial(click, one) for one in payers))

    assert count(session, Export) == 1, "the schema is the last line"
    assert count(session, EntryRow, EntryRow.about == About.PAYMENT) == 1
    if guarded:
        assert len(set(found)) == 1
        assert found[0].isdigit()


def _without_waiting(unit: Session, model: Any, ids: Any) -> list[Any]:
    return list(unit.scalars(sa.select(model).where(model.id.in_(ids)).order_by(model.id)))


def test_two_who_put_the_same_in_at_once_make_one_payment(
    app: Any, session: Session, paying: Paying
) -> None:
    claims = [paying.owed(paying.payee()) for _ in range(3)]
    payers = [paying.person("One"), paying.person("Two")]
    keys = {key(one) for one in claims}
    session.commit()

    def put(payer: Actor) -> int:
        with app.app_context():
            try:
                return run_unit(lambda unit: batching.put_in(unit, payer, keys).count)
            except RefusedError:
                return 0

    found = at_once(*(partial(put, one) for one in payers))

    assert sum(found) == 3
    assert (count(session, Payment), count(session, Batch)) == (3, 1)


def test_details_that_change_as_the_file_is_made_are_either_in_it_or_hold_it(
    app: Any, session: Session, paying: Paying
) -> None:
    sam = paying.payee()
    made = paying.batch(paying.person("Maker"), paying.owed(sam))
    payer = paying.person("Payer")
    session.commit()

    def change() -> str:
        with app.app_context():
            run_unit(lambda unit: bank.give(unit, sam, account(999)))
        return "changed"

    def make() -> str:
        with app.app_context():
            try:
                run_unit(lambda unit: exporting.export(unit, payer, made.id))
            except RefusedError:
                return "held"
        return "made"

    found = at_once(change, make)
    session.expire_all()
    state = session.get_one(Batch, made.id).state

    assert (found[1], state) in {("held", BatchState.LOCKED), ("made", BatchState.EXPORTED)}
    if found[1] == "made":
        assert "00000999" not in exporting.download(session, payer, made.id)


def test_two_second_signatures_at_once_are_one(app: Any, session: Session, paying: Paying) -> None:
    cash.begin(session, paying.person("First"), key(paying.owed(paying.payee(details=False))))
    (waits,), _last = to_pay.cash(session, 0)
    others = [paying.person("Second"), paying.person("Third")]
    session.commit()

    def sign(who: Actor) -> bool:
        with app.app_context():
            try:
                run_unit(lambda unit: cash.sign(unit, who, waits.id))
            except GoneError:
                return False
        return True

    assert sorted(at_once(*(partial(sign, one) for one in others))) == [False, True]
    assert count(session, EntryRow, EntryRow.about == About.PAYMENT) == 1
