"""Approving once more, over the pages: for those who decide, those who pay, and those whose money it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import ApprovedAgain, Batch, Claim, Payment
from plugins.claims.money.batches import What
from plugins.claims.services import again, bank, looking
from plugins.claims.services.sources import Key
from plugins.claims.tests.making_offers import Offers
from plugins.claims.tests.making_offers import less as takes
from plugins.claims.tests.making_paying import Paying, account, key
from plugins.claims.tests.test_again import by, changes, shares, supports
from plugins.claims.tests.test_races import ROUNDS, at_once
from portal.plugin_api import Actor, run_unit

SignIn = Callable[..., FlaskClient]
DETAILS = "Their bank details were changed after it was approved."
PART = "Somebody who approved it has a part in it by now."
FORM_KEY = "a" * 32


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def actor_of(client: FlaskClient) -> Actor:
    return Actor(client.person_id)  # type: ignore[attr-defined]


def seen(claim: Claim) -> str:
    return f"{claim.version}.500"


def rows(session: Session) -> int:
    session.expire_all()
    found = session.scalar(sa.select(sa.func.count(ApprovedAgain.id))) or 0
    session.commit()
    return found


def test_from_the_desk_to_the_payment(session: Session, paying: Paying, sign_in: SignIn) -> None:
    coordinator, treasurer = sign_in("coordinator"), sign_in("treasurer")
    payee = paying.payee(details=False)
    paying.gives(payee, account(66374958))
    claim = paying.owed(payee)
    session.commit()
    assert "To approve once more" not in coordinator.get("/desk/").text
    paying.gives(payee, account(88837491))
    held = bank.current(session, payee.person_id)
    assert held is not None
    bank.answer_link(session, payee, held.uid, bank.link_key(session, held.uid), yes=True)
    session.commit()
    page = treasurer.get("/claims/pay").text
    assert "Is approved once more first" in page
    assert 'name="chosen"' not in page
    everything = {"all_of_it": "y", "seen": "500"}
    assert treasurer.post("/claims/pay/put", data=everything).status_code == 422

    assert "To approve once more, before it is paid: 1" in coordinator.get("/desk/").text
    place = f"/claims/desk/again/claim/{claim.id}"
    pages = [coordinator.get("/claims/desk/again").text, coordinator.get(place).text]
    for page in pages:
        assert DETAILS in page
        assert "£5" in page
        assert not [digits for digits in ("7491", "4958", "0899") if digits in page]
    assert place in pages[0]
    data = {"form_key": FORM_KEY, "seen": seen(claim)}
    for _ in range(2):
        assert coordinator.post(place, data=data).status_code == 303
    assert rows(session) == 1
    gone = coordinator.get(place, follow_redirects=True)
    assert "This stands somewhere else by now" in gone.text
    assert "Nothing waits" in gone.text
    assert treasurer.post("/claims/pay/put", data=everything).status_code == 303
    assert session.scalars(sa.select(Payment.what_id)).all() == [claim.id]


def test_another_sum_or_version_is_looked_at_first(
    session: Session, paying: Paying, sign_in: SignIn
) -> None:
    coordinator, payee = sign_in("coordinator"), paying.payee()
    claim = paying.owed(payee)
    changes(paying, payee)
    session.commit()
    place = f"/claims/desk/again/claim/{claim.id}"
    for lost in (f"{claim.version}.400", f"{claim.version + 1}.500", "", "1", "x.y", "1.5.0"):
        answer = coordinator.post(place, data={"seen": lost})
        assert answer.status_code == 422
        assert "has changed since you opened it" in answer.text
        assert f'value="{seen(claim)}"' in answer.text, "the next try is of what is shown now"

    assert rows(session) == 0


def test_whoever_may_not_sees_no_button(session: Session, paying: Paying, sign_in: SignIn) -> None:
    one, other = sign_in("coordinator"), sign_in("coordinator")
    payee = paying.payee()
    claim = paying.owed(payee)
    mine = paying.owed(actor_of(one))
    changes(paying, payee)
    for number in (71, 72):
        held = paying.gives(actor_of(one), account(number))
    bank.answer_link(session, actor_of(one), held.uid, bank.link_key(session, held.uid), yes=True)
    supports(paying, actor_of(one), payee)
    session.commit()
    place = f"/claims/desk/again/claim/{claim.id}"
    listed, shown = one.get("/claims/desk/again").text, one.get(place).text

    assert place not in listed
    assert "You have a part in this, so somebody else approves it." in listed
    assert "Approve it once more</button>" not in shown.replace("\n", "")
    assert "To approve once more, before" not in one.get("/desk/").text
    assert one.get(f"/claims/desk/again/claim/{mine.id}").status_code == 404
    assert f"/again/claim/{mine.id}" not in listed
    assert f"/again/claim/{mine.id}" in other.get("/claims/desk/again").text
    assert one.post(place, data={"seen": seen(claim)}).status_code == 422
    assert rows(session) == 0
    for lost in ("claim/999999", "nothing/1"):
        assert other.get(f"/claims/desk/again/{lost}").status_code == 404


def test_recognition_is_for_those_who_make_offers_and_says_nothing_of_what_is_taken(
    session: Session, paying: Paying, offers: Offers, sign_in: SignIn
) -> None:
    coordinator, treasurer = sign_in("coordinator"), sign_in("treasurer")
    payee = paying.payee()
    made = offers.offer(payee)
    choice = offers.answer(payee, made, takes(777))
    offers.close(made)
    changes(paying, payee)
    session.commit()
    place = f"/claims/desk/again/choice/{choice.id}"
    pages = [coordinator.get("/claims/desk/again").text, coordinator.get(place).text]

    assert all("£68.75" in page and "7.77" not in page for page in pages)
    assert treasurer.get(place).status_code == 404
    assert place not in treasurer.get("/claims/desk/again").text
    assert coordinator.post(place, data={"seen": f"{choice.version}.6875"}).status_code == 303
    assert rows(session) == 1


@pytest.mark.parametrize("details", [True, False])
def test_their_own_pages_say_that_it_is_ours(
    session: Session, paying: Paying, sign_in: SignIn, *, details: bool
) -> None:
    client, decider = sign_in(), paying.person("Quillfeather")
    me = actor_of(client)
    paying.gives(me)
    claim = by(paying, decider, me)
    session.commit()
    assert "once more before we pay it" not in client.get(f"/claims/{claim.ref}").text
    if details:
        changes(paying, me)
    else:
        shares(paying, decider, me)
    session.commit()
    pages = [client.get(f"/claims/{claim.ref}").text, client.get("/claims/").text]

    for page in pages:
        assert "It is our turn" in page
        assert "somebody here looks at it once more before we pay it" in page.lower()
        assert ("Your bank details were changed after it was approved" in page) is details
        assert "Quillfeather" not in page
        assert PART not in page


def test_a_batch_that_waits_for_it_says_so(
    session: Session, paying: Paying, sign_in: SignIn
) -> None:
    treasurer, decider, payee = sign_in("treasurer"), paying.person("Decider"), paying.payee()
    made = paying.batch(paying.person("Maker"), by(paying, decider, payee))
    shares(paying, decider, payee)
    ref = made.ref
    session.commit()

    assert "It is approved once more before it is paid." in treasurer.get(f"/claims/pay/{ref}").text
    answer = treasurer.post(f"/claims/pay/{ref}/export")
    assert answer.status_code == 422
    assert "It is approved once more before it is paid." in answer.text
    session.expire_all()
    assert session.scalar(sa.select(Batch.state)) == "locked"


# Many at once


def test_two_who_approve_it_at_once_approve_it_once(
    app: Any, session: Session, paying: Paying
) -> None:
    for _ in range(ROUNDS):
        payee = paying.payee()
        claim = paying.owed(payee)
        changes(paying, payee)
        people = [paying.person("One"), paying.person("Two")]
        session.commit()
        which, version, before = key(claim), claim.version, rows(session)

        def say(who: Actor, which: Key = which, version: int = version) -> str:
            with app.app_context():
                try:
                    run_unit(lambda unit: again.approve(unit, who, which, version, 500))
                except RefusedError as refused:
                    return refused.why.value
            return "done"

        assert sorted(at_once(*(partial(say, who) for who in people))) == ["done", Why.MOVED.value]
        assert rows(session) == before + 1


def test_a_yes_while_the_details_change_is_for_those_that_were_there(
    app: Any, session: Session, paying: Paying
) -> None:
    """Whichever comes first, nothing is paid into details that came after the yes."""
    for number in range(ROUNDS):
        payee, other = paying.payee(), paying.person("Other")
        claim = paying.owed(payee)
        changes(paying, payee)
        which, version = key(claim), claim.version
        session.commit()

        def change(payee: Actor = payee, number: int = number) -> str:
            with app.app_context():
                run_unit(lambda unit: bank.give(unit, payee, account(9_000 + number)))
            return "changed"

        def say(which: Key = which, who: Actor = other, version: int = version) -> str:
            with app.app_context():
                try:
                    run_unit(lambda unit: again.approve(unit, who, which, version, 500))
                except (RefusedError, GoneError):
                    return "refused"
            return "done"

        assert at_once(change, say)[0] == "changed"
        session.expire_all()
        held = bank.current(session, payee.person_id)
        assert held is not None
        bank.answer_link(session, payee, held.uid, bank.link_key(session, held.uid), yes=True)
        found = looking.candidates(session, None)
        assert [one.void for one in found if one.payable.what_id == claim.id] == [True]
        assert claim.id in {one.what_id for one in again.to_approve(session, other, [What.CLAIM])}
        session.commit()
