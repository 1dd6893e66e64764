"""Many at once: one effect each, and the miles of one claim count in the price of the next."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import Approval, Claim, EntryRow, Line, State
from plugins.claims.queries.prices import prices
from plugins.claims.services import pricing, writing
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import Claims, car, taxi
from portal.plugin_api import Actor, run_unit

SignIn = Callable[..., FlaskClient]
SOAK = os.environ.get("SOAK") == "1"
MANY = 32 if SOAK else 6
ROUNDS = 500 if SOAK else 2  # on each database
FEWER = 50 if SOAK else 2


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each returned, begun together in threads of their own."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        gate.wait(30)
        found[place] = work()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(120)
    return found


def again(app: Any, client: FlaskClient) -> FlaskClient:
    """The same browser in another thread."""
    other: FlaskClient = app.test_client()
    cookie = client.get_cookie("session")
    assert cookie is not None
    other.set_cookie("session", str(cookie.value))
    return other


def plain(session: Session, model: Any) -> int:
    found = session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
    session.commit()
    return found


def noted(session: Session, verb: str) -> int:
    """How often something is on record."""
    return _count(session, "audit_entry WHERE kind = :value", verb)


def told(session: Session, what: str) -> int:
    """How many messages about claims have a key that ends like that."""
    return _count(session, "message WHERE key LIKE :value", f"claims:%:{what}")


def _count(session: Session, where: str, value: str) -> int:
    found = session.scalar(sa.text(f"SELECT count(*) FROM {where}").bindparams(value=value))
    session.commit()
    return int(found or 0)


@pytest.mark.soak
def test_a_claim_sent_many_times_at_once_is_sent_once(
    app: Any, session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client = sign_in()
    for n in range(ROUNDS):
        claim = claims.draft(Actor(client.person_id), taxi(500))  # type: ignore[attr-defined]
        session.commit()
        data = {"total": "500", "form_key": f"{n:032d}"}
        clicks = [
            partial(again(app, client).post, f"/claims/{claim.ref}/send", data=data)
            for _ in range(MANY)
        ]
        statuses = {answer.status_code for answer in at_once(*clicks)}

        assert statuses in ({303}, {303, 503}), "503: the database was busy, and nothing was done"
        session.expire_all()
        assert session.get_one(Claim, claim.id).state is State.SUBMITTED
        session.commit()
    assert noted(session, "claims:claim:send") == ROUNDS


@pytest.mark.soak
def test_an_approval_sent_many_times_at_once_is_one(
    app: Any, session: Session, claims: Claims, sign_in: SignIn
) -> None:
    deciders = [sign_in("treasurer"), sign_in("coordinator")]
    for n in range(FEWER):
        claim = claims.sent(claims.person(), taxi(500))
        line = lines_of(session, claim.id)[0].id
        session.commit()
        said = {"version": "1", f"decision{line}": "approved"}
        clicks = [
            partial(
                again(app, deciders[each % 2]).post,
                f"/claims/desk/{claim.ref}",
                data={**said, "form_key": f"{n:016d}{each % 2:016d}"},
            )
            for each in range(MANY)
        ]
        statuses = {answer.status_code for answer in at_once(*clicks)}
        assert statuses <= {303, 422, 503}, "422: the other one was quicker"
        assert 303 in statuses

    assert (plain(session, Approval), plain(session, EntryRow)) == (FEWER, FEWER)
    assert (noted(session, "claims:claim:decide"), told(session, "decided:1")) == (FEWER, FEWER)


def test_two_deciders_at_once_decide_once(
    app: Any, session: Session, claims: Claims, sign_in: SignIn
) -> None:
    payee, deciders = sign_in(), [sign_in("treasurer"), sign_in("coordinator")]
    claim = claims.sent(Actor(payee.person_id), taxi(500))  # type: ignore[attr-defined]
    line = lines_of(session, claim.id)[0].id
    session.commit()
    said = {"version": "1", f"decision{line}": "approved"}
    address = f"/claims/desk/{claim.ref}"
    answers = at_once(*(partial(again(app, each).post, address, data=said) for each in deciders))

    assert sorted(one.status_code for one in answers) == [303, 422]
    assert (plain(session, Approval), plain(session, EntryRow)) == (1, 1)


@pytest.mark.parametrize("locked", [True, False])
def test_two_claims_at_once_count_each_others_miles(
    app: Any,
    session: Session,
    claims: Claims,
    monkeypatch: pytest.MonkeyPatch,
    engine_name: str,
    *,
    locked: bool,
) -> None:
    """Without the lock, and where writers do not wait for each other anyhow, both begin at zero."""
    sam = claims.person()
    both = [claims.draft(sam, car(100)) for _ in range(2)]
    ids = [one.id for one in both]
    session.commit()
    meet = threading.Barrier(2)

    def slow(*args: Any) -> Any:
        found = prices(*args)
        try:
            meet.wait(0.7)
        except threading.BrokenBarrierError:
            return found
        return found

    monkeypatch.setattr(pricing, "prices", slow)
    if not locked:
        monkeypatch.setattr(writing, "lock_theirs", lambda *_: None)

    def send(claim_id: int) -> None:
        with app.app_context():
            run_unit(lambda unit: writing.send(unit, sam, claim_id, 5500))

    at_once(*(partial(send, key) for key in ids))
    before = session.scalars(sa.select(Line.before).order_by(Line.before)).all()
    session.commit()

    assert before == ([0, 0] if not locked and engine_name == "postgresql" else [0, 1000])
