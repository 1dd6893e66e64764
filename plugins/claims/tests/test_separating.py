"""Nobody decides about their own money or pays it: each way to have a part in it, by each way of paying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import Claim, EntryRow, State
from plugins.claims.models_paying import Batch, BatchState, Export, Payment
from plugins.claims.money.postings import About
from plugins.claims.queries.adjusting import waiting
from plugins.claims.services import adjusting, bank, batching, cash, exporting, looking, writing
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import YES, less, taxi
from plugins.claims.tests.making_paying import Paying, account, key
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]
SHARED = account(4242)


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


# Each makes a claim that is decided, in which the payer has a part; its person has bank details, or none.


def _payee(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    if details:
        paying.gives(payer)
    return paying.owed(payer)


def _submitter(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    claim = paying.owed(paying.payee(details=details))
    claim.submitted_by_id = payer.person_id
    return claim


def _shares_account(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    sam = paying.payee(details=False)
    paying.gives(sam, SHARED)
    paying.gives(payer, SHARED)
    claim = paying.owed(sam)
    if not details:
        _no_account_any_more(paying, sam)
    return claim


def _shared_account_once(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    claim = _shares_account(paying, payer, details=details)
    paying.gives(payer, account(4243))
    return claim


def _no_account_any_more(paying: Paying, who: Actor) -> None:
    bank.remove(paying.session, who)


def _approved(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    claim = paying.sent(paying.payee(details=details), taxi(500))
    assert paying.decide(payer, claim, YES)
    return claim


def _approved_first_of_two(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    claim = paying.sent(paying.payee(details=details), taxi(16_000))
    assert not paying.decide(payer, claim, YES)
    assert paying.decide(paying.person("Second"), claim, YES)
    return claim


def _approved_what_has_changed(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    claim = paying.sent(paying.payee(details=details), taxi(16_000))
    assert not paying.decide(payer, claim, YES)
    for name in ("Second", "Third"):
        paying.decide(paying.person(name), claim, less(15_900))
    return claim


def _decided_before_an_appeal(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    sam = paying.payee(details=details)
    claim = paying.sent(sam, taxi(500))
    assert paying.decide(payer, claim, less(300))
    writing.appeal(paying.session, sam, claim.id, "All of it")
    assert paying.decide(paying.person("Second"), claim, YES)
    return claim


def _put_right(paying: Paying, payer: Actor, *, details: bool, proposes: bool) -> Claim:
    """A claim of which something was put right: the payer proposed it, or approved it."""
    other, session = paying.person("Other"), paying.session
    claim = paying.sent(paying.payee(details=details), taxi(500))
    assert paying.decide(paying.person("Decider"), claim, less(300))
    who = (payer, other) if proposes else (other, payer)
    adjusting.propose(session, who[0], claim.id, lines_of(session, claim.id)[0].id, 100, "So")
    (one,) = waiting(session)
    assert adjusting.approve(session, who[1], {one.id: 100}) == {one.id: None}
    return claim


def _proposed_to_put_right(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    return _put_right(paying, payer, details=details, proposes=True)


def _approved_what_was_put_right(paying: Paying, payer: Actor, *, details: bool) -> Claim:
    return _put_right(paying, payer, details=details, proposes=False)


Part = Callable[..., Claim]
PARTS: tuple[Part, ...] = (
    _payee,
    _submitter,
    _shares_account,
    _shared_account_once,
    _approved,
    _approved_first_of_two,
    _approved_what_has_changed,
    _decided_before_an_appeal,
    _proposed_to_put_right,
    _approved_what_was_put_right,
)


# Each tries to pay it.


def _one_into_a_batch(paying: Paying, client: FlaskClient, claim: Claim) -> str:
    return _post(client, "/claims/pay", {"chosen": [f"claim-{claim.id}"], "submit": "y"})


def _all_into_a_batch(paying: Paying, client: FlaskClient, claim: Claim) -> str:
    return _post(client, "/claims/pay", {"all_of_it": "y"})


def _batch_of_another(paying: Paying, claim: Claim) -> Batch:
    made = paying.batch(paying.person("Payer"), claim)
    paying.session.commit()
    return made


def _file_of_another(paying: Paying, client: FlaskClient, claim: Claim) -> str:
    made = _batch_of_another(paying, claim)
    return _post(client, f"/claims/pay/{made.ref}/export", {})


def _look_at_the_account(paying: Paying, client: FlaskClient, claim: Claim) -> str:
    made = _batch_of_another(paying, claim)
    (one,) = paying.payments(made)
    paying.session.commit()
    answer = client.get(f"/claims/pay/{made.ref}/payments/{one.id}")
    assert answer.status_code == 303
    return answer.text


def _fetch_the_file(paying: Paying, client: FlaskClient, claim: Claim) -> str:
    other = paying.person("Payer")
    ref = paying.exported(other, claim).ref
    paying.session.commit()
    answer = client.get(f"/claims/pay/{ref}/file")
    assert answer.status_code == 303
    return answer.text


def _post(client: FlaskClient, address: str, data: dict[str, Any]) -> str:
    answer = client.post(address, data=data)
    assert answer.status_code == 422, answer.text
    return answer.text


Try = Callable[[Paying, FlaskClient, Claim], str]
TRIES: tuple[Try, ...] = (
    _one_into_a_batch,
    _all_into_a_batch,
    _file_of_another,
    _look_at_the_account,
    _fetch_the_file,
)


def paid(session: Session) -> int:
    """Payments that left, as the books say."""
    session.expire_all()
    found = session.scalar(
        sa.select(sa.func.count(EntryRow.id)).where(EntryRow.about == About.PAYMENT)
    )
    session.commit()
    return found or 0


@pytest.mark.parametrize("attempt", TRIES)
@pytest.mark.parametrize("part", PARTS)
def test_whoever_has_a_part_in_it_does_not_pay_it(
    session: Session, paying: Paying, sign_in: SignIn, part: Part, attempt: Try
) -> None:
    client = sign_in("treasurer")
    payer = Actor(client.person_id)  # type: ignore[attr-defined]
    claim = part(paying, payer, details=True)
    assert claim.state is State.DECIDED
    session.commit()
    attempt(paying, client, claim)

    away = 1 if attempt is _fetch_the_file else 0  # another one's file is there
    assert paid(session) == away
    assert session.scalar(sa.select(sa.func.count(Export.id))) == away


@pytest.mark.parametrize("part", PARTS)
def test_whoever_has_a_part_in_it_signs_for_no_cash(
    session: Session, paying: Paying, sign_in: SignIn, part: Part
) -> None:
    client = sign_in("treasurer")
    payer = Actor(client.person_id)  # type: ignore[attr-defined]
    claim = part(paying, payer, details=False)
    first = f"/claims/pay/cash/claim/{claim.id}"
    session.commit()
    _post(client, first, {})
    cash.begin(session, paying.person("Payer"), key(claim))
    (waits,) = looking.cash(session, None)
    session.commit()
    _post(client, f"/claims/pay/cash/{waits.id}/sign", {})

    assert paid(session) == 0


@pytest.mark.parametrize("part", [_payee, _submitter, _shares_account, _shared_account_once])
def test_whoever_has_a_part_in_it_does_not_decide_about_it(
    session: Session, paying: Paying, sign_in: SignIn, part: Part
) -> None:
    client = sign_in("treasurer")
    payer = Actor(client.person_id)  # type: ignore[attr-defined]
    claim = part(paying, payer, details=True)
    claim.state = State.SUBMITTED
    line = lines_of(session, claim.id)[0].id
    ref, version = claim.ref, claim.version
    session.commit()
    said = {"version": str(version), f"decision{line}": "approved"}
    answer = client.post(f"/claims/desk/{ref}", data=said)

    assert answer.status_code in {404, 422}
    session.expire_all()
    assert session.get_one(Claim, claim.id).state is State.SUBMITTED


def test_somebody_else_pays_each_of_them(session: Session, paying: Paying) -> None:
    payer = paying.person("Treasurer")
    for part in PARTS:
        if part is _shares_account or part is _shared_account_once:
            continue  # each needs a payer of its own
        made = paying.exported(paying.person("Payer"), part(paying, payer, details=True))
        assert made.state is BatchState.EXPORTED


def test_a_batch_with_one_of_them_goes_once_it_is_left_out(
    session: Session, paying: Paying
) -> None:
    payer, other = paying.person("Payer"), paying.person("Other")
    mine, theirs = _approved(paying, payer, details=True), paying.owed(paying.payee())
    made = paying.batch(other, mine, theirs)
    shown = looking.show(session, made, payer.person_id)
    assert [one.stands is not None for one in shown.payments] == [True, False]
    batching.leave_out(session, payer, shown.payments[0].id, "Somebody else pays it")
    assert exporting.export(session, payer, made.id).payments == 1
    assert session.scalar(sa.select(sa.func.count(Payment.id))) == 1
