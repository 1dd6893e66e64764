"""Approving several claims at once: each by its own checks, and what is left out is said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.errors import Why
from plugins.claims.models import Approval, Claim, EntryRow, State
from plugins.claims.services import several, writing
from plugins.claims.tests.making import YES, Claims, no, taxi
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]


def actor_of(client: FlaskClient) -> Actor:
    return Actor(client.person_id)  # type: ignore[attr-defined]


def seen(*claims: Claim) -> dict[int, int]:
    return {claim.id: claim.version for claim in claims}


def pick(*claims: Claim) -> list[str]:
    return [f"{claim.ref}.{claim.version}" for claim in claims]


def test_each_is_approved_by_itself_and_the_rest_is_left_out(
    session: Session, claims: Claims
) -> None:
    me, sam = claims.person("Decider"), claims.person()
    first, second = (claims.sent(claims.person(), taxi(pence)) for pence in (501, 502))
    own = claims.sent(me, taxi(503))
    large = claims.sent(sam, taxi(15_100))
    bare = claims.sent(sam, taxi(1_100))
    alike = [claims.sent(sam, taxi(504)) for _ in range(2)]
    changed = claims.sent(sam, taxi(505))
    gone = claims.sent(sam, taxi(506))
    approved = claims.sent(sam, taxi(15_200))
    assert not claims.decide(me, approved, YES)
    picked = seen(first, second, own, large, bare, *alike, changed, gone, approved)
    changed.version += 1
    writing.withdraw(session, sam, gone.id)

    found = several.approve(session, me, picked)

    assert found == {
        first.id: None,
        second.id: None,
        own.id: Why.PAYEE,
        large.id: Why.OVER_LIMIT,
        bare.id: Why.LOOK,
        alike[0].id: Why.LOOK,
        alike[1].id: Why.LOOK,
        changed.id: Why.CHANGED,
        gone.id: Why.STATE,
        approved.id: Why.APPROVED,
    }
    decided = session.scalars(sa.select(Claim.id).where(Claim.state == State.DECIDED)).all()
    assert sorted(decided) == [first.id, second.id]
    assert claims.entries() == [("owed", "cost", 501), ("owed", "cost", 502)]


def test_an_appeal_is_looked_at_by_itself(session: Session, claims: Claims) -> None:
    sam = claims.person()
    claim = claims.decided(sam, taxi(500), said=no())
    writing.appeal(session, sam, claim.id, "It was for the college")

    found = several.approve(session, claims.person("Another"), seen(claim))
    assert found == {claim.id: Why.LOOK}


def test_one_day_in_two_claims_without_a_receipt_is_looked_at(
    session: Session, claims: Claims
) -> None:
    sam = claims.person()
    both = [claims.sent(sam, taxi(pence)) for pence in (600, 401)]

    found = several.approve(session, claims.person("Decider"), seen(*both))
    assert found == {claim.id: Why.LOOK for claim in both}


def test_the_preview_asks_the_same_however_many_there_are(session: Session, claims: Claims) -> None:
    me = claims.person("Decider")
    many = [claims.sent(claims.person(), taxi(501 + n)) for n in range(6)]
    one, all_of_them = (
        claims.asked(partial(several.left_out, session, me, some, seen(*some)))
        for some in (many[:1], many)
    )

    assert one == all_of_them <= 9


def test_a_preview_then_one_button(session: Session, claims: Claims, sign_in: SignIn) -> None:
    decider = sign_in("treasurer")
    first, second = (claims.sent(claims.person(), taxi(pence)) for pence in (501, 502))
    own = claims.sent(actor_of(decider), taxi(503))
    large = claims.sent(claims.person("Robin"), taxi(15_100))
    session.commit()
    assert f'value="{first.ref}.1"' in decider.get("/claims/desk").text
    picked = pick(first, second, own, large)
    page = decider.get("/claims/desk/several", query_string={"pick": picked})

    assert page.status_code == 200
    assert "In all: £10.03" in page.text
    assert "This is your own claim" in page.text
    assert own.ref not in page.text.replace(f'value="{own.ref}.1"', "")
    assert "Robin" in page.text
    assert "by two people" in page.text
    sent = {"pick": picked, "form_key": "c" * 32}
    answers = [decider.post("/claims/desk/several", data=sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    after = decider.get(answers[0].location).text
    assert "2 claims are approved" in after
    assert "by two people" in after
    assert "Approve them" not in after
    count = sa.select(sa.func.count(EntryRow.id))
    assert session.scalar(count) == 2
    assert session.scalar(sa.select(sa.func.count(Approval.id))) == 2
    session.commit()


def test_what_changed_since_it_was_looked_at_is_left_out(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    decider = sign_in("treasurer")
    claim = claims.sent(claims.person(), taxi(501))
    picked = pick(claim)
    claim.version += 1
    session.commit()
    answer = decider.post("/claims/desk/several", data={"pick": picked})

    assert "changed since you opened it" in decider.get(answer.location).text
    session.expire_all()
    assert session.get_one(Claim, claim.id).state is State.SUBMITTED
    session.commit()


@pytest.mark.parametrize("picked", [[], ["x"], ["nothing.1"], [".."], ["a.99999999999"]])
def test_nothing_that_can_be_found_is_said(sign_in: SignIn, picked: list[str]) -> None:
    decider = sign_in("coordinator")
    page = decider.get("/claims/desk/several", query_string={"pick": picked})

    assert page.status_code == 200
    assert "Nothing is ticked" in page.text
    assert decider.post("/claims/desk/several", data={"pick": picked}).status_code == 303
