"""One receipt for several lines: never more than it comes to; lines that look alike are shown, kindly."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Proof, Receipt, ReceiptAllocation, State
from plugins.claims.money.receipts import Like
from plugins.claims.queries.one_claim import show
from plugins.claims.services import deciding, receipts, writing
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import YES, Claims, less, no, taxi
from plugins.claims.tests.test_races import at_once
from portal.files.api import SAMPLE_PICTURE, sample_file
from portal.plugin_api import Actor, run_unit

SignIn = Callable[..., FlaskClient]
ROUNDS = 100 if os.environ.get("SOAK") == "1" else 2
TAXI = "bytes of the taxi's receipt"


def why(call: Callable[[], object]) -> Why:
    with pytest.raises(RefusedError) as said:
        call()
    return said.value.why


def state(session: Session) -> tuple[int | None, int, list[int]]:
    """What the one receipt comes to, what is taken of it, and by whom how much."""
    session.flush()
    receipt = session.scalars(sa.select(Receipt)).one()
    session.refresh(receipt)
    parts = session.scalars(sa.select(ReceiptAllocation.pence).order_by(ReceiptAllocation.line_id))
    return receipt.pence, receipt.taken, list(parts)


def test_example_10_a_shared_taxi(session: Session, claims: Claims) -> None:
    sam, ash, bo = (claims.person(name) for name in ("Sam", "Ash", "Bo"))
    first = claims.send(sam, claims.with_picture(sam, 900, TAXI, 1800))
    second = claims.send(ash, claims.with_picture(ash, 900, TAXI))
    assert state(session) == (1800, 1800, [900, 900])

    for claim in (first, second):
        (line,) = show(session, claim).lines
        assert line.shown_to_payee is Like.SAME
    third = claims.with_picture(bo, 900, TAXI)
    assert why(lambda: claims.send(bo, third)) is Why.RECEIPT_FULL
    assert state(session) == (1800, 1800, [900, 900])
    assert claims.decide(claims.person("Decider"), first, YES)
    assert claims.decide(claims.person("Decider"), second, YES)


def test_a_receipt_in_two_lines_asks_what_it_comes_to(session: Session, claims: Claims) -> None:
    sam, ash = claims.person(), claims.person("Ash")
    claims.send(sam, claims.with_picture(sam, 900, TAXI))
    assert state(session) == (None, 900, [900])
    second = claims.with_picture(ash, 900, TAXI)
    assert show(session, second).lines[0].needs_whole
    assert why(lambda: claims.send(ash, second)) is Why.RECEIPT_TOTAL
    line = lines_of(session, second.id)[0].id

    def say(pence: int) -> None:
        writing.say_whole(session, ash, second.id, line, pence)

    assert why(lambda: say(899)) is Why.RECEIPT_LESS
    assert why(lambda: say(1799)) is Why.RECEIPT_FULL
    say(1800)
    claims.send(ash, second)
    assert state(session) == (1800, 1800, [900, 900])


def test_what_others_said_of_a_receipt_stands(session: Session, claims: Claims) -> None:
    sam, ash = claims.person(), claims.person("Ash")
    claims.send(sam, claims.with_picture(sam, 900, TAXI, 1800))
    second = claims.with_picture(ash, 900, TAXI)
    line = lines_of(session, second.id)[0].id

    assert why(lambda: writing.say_whole(session, ash, second.id, line, 5000)) is Why.RECEIPT_OTHER
    writing.say_whole(session, ash, second.id, line, 1800)


@pytest.mark.parametrize("end", ["withdrawn", "declined", "line gone", "another picture"])
def test_what_is_not_claimed_any_more_makes_room(
    session: Session, claims: Claims, end: str
) -> None:
    sam, ash, decider = claims.person(), claims.person("Ash"), claims.person("Decider")
    first = claims.draft(sam, taxi(100))
    claim = claims.with_picture(sam, 1800, TAXI, 1800)
    claims.send(sam, claim)
    if end == "withdrawn":
        writing.withdraw(session, sam, claim.id)
    elif end == "declined":
        assert claims.decide(decider, claim, no())
    else:
        deciding.ask(session, decider, claim.id, "Where to?")
        line = lines_of(session, claim.id)[0].id
        keep_named(claims, ash)
        if end == "line gone":
            writing.remove_line(session, sam, claim.id, line)
        else:
            writing.prove(session, sam, claim.id, line, Proof.LOST)
    assert first.state is State.DRAFT
    other = claims.with_picture(ash, 1800, TAXI)
    claims.send(ash, other)

    assert state(session) == (1800, 1800, [1800])


def test_an_appeal_that_is_taken_back_makes_room_again(session: Session, claims: Claims) -> None:
    sam, ash, second = claims.person(), claims.person("Ash"), claims.person("Second")
    claim = claims.with_picture(sam, 1800, TAXI, 1800)
    claims.send(sam, claim)
    claims.decide(claims.person("Decider"), claim, less(900))
    writing.appeal(session, sam, claim.id, "")
    deciding.ask(session, second, claim.id, "Where to?")
    writing.answer(session, sam, claim.id, "To the college", 1800)
    assert state(session) == (1800, 1800, [1800])
    writing.withdraw(session, sam, claim.id)
    claims.send(ash, claims.with_picture(ash, 900, TAXI))

    assert state(session) == (1800, 1800, [900, 900])


def keep_named(claims: Claims, who: Actor) -> None:
    """Another draft with the same picture, so that the receipt is not forgotten."""
    claims.with_picture(who, 1, TAXI)


def test_a_receipt_that_no_line_names_is_forgotten(session: Session, claims: Claims) -> None:
    sam = claims.person()
    draft = claims.with_picture(sam, 900, TAXI, 1800)
    writing.throw_away(session, sam, draft.id)

    assert session.scalars(sa.select(Receipt)).all() == []


def test_less_makes_room_and_an_appeal_takes_no_more_than_is_left(
    session: Session, claims: Claims
) -> None:
    sam, ash = claims.person(), claims.person("Ash")
    claim = claims.send(sam, claims.with_picture(sam, 900, TAXI, 1800))
    assert claims.decide(claims.person("First"), claim, less(300))
    assert state(session) == (1800, 300, [300])
    claims.send(ash, claims.with_picture(ash, 1500, TAXI))
    writing.appeal(session, sam, claim.id, "All of it was for the college")
    second = claims.person("Second")

    assert why(lambda: claims.decide(second, claim, YES)) is Why.RECEIPT_FULL
    assert claims.decide(second, claim, less(300))
    assert state(session) == (1800, 1800, [300, 1500])


def test_amounts_of_one_claim_change_places(session: Session, claims: Claims) -> None:
    """What was sent counts anew as a whole: neither line is in the way of the other."""

    sam = claims.person()
    claim = claims.draft(sam, taxi(900), taxi(500))
    lines = [line.id for line in lines_of(session, claim.id)]
    for line in lines:
        picture = sample_file(session)
        writing.prove(session, sam, claim.id, line, Proof.FILE, received=picture, digest=TAXI)
    writing.say_whole(session, sam, claim.id, lines[0], 1800)
    claims.send(sam, claim)
    deciding.ask(session, claims.person("Decider"), claim.id, "Which?")
    for line, pence in zip(lines, (500, 1300), strict=True):
        writing.say_how_much(session, sam, claim.id, line, pence)
    writing.answer(session, sam, claim.id, "The other way about", 1800)

    assert state(session) == (1800, 1800, [500, 1300])


def test_the_database_lets_nobody_take_more_than_there_is(session: Session, claims: Claims) -> None:
    sam = claims.person()
    claims.send(sam, claims.with_picture(sam, 900, TAXI, 1800))
    session.commit()

    with pytest.raises(DBAPIError):
        session.execute(sa.update(Receipt).values(taken=1801))
    session.rollback()


@pytest.mark.soak
def test_many_at_once_never_take_more_than_there_is(
    app: Any, session: Session, claims: Claims
) -> None:
    for n in range(ROUNDS):
        digest = f"{TAXI} {n}"
        people = [claims.person(f"Sam {n} {each}") for each in range(4)]
        drafts = [
            (who, claims.with_picture(who, 900, digest, 0 if place else 1800).id)
            for place, who in enumerate(people)
        ]
        session.commit()

        def send(who: Actor, claim_id: int) -> Why | None:
            with app.app_context():
                try:
                    run_unit(lambda unit: writing.send(unit, who, claim_id, 900))
                except RefusedError as refused:
                    return refused.why
            return None

        found = at_once(*(partial(send, who, key) for who, key in drafts))
        taken = session.scalar(sa.select(Receipt.taken).where(Receipt.digest == digest))
        session.commit()

        assert sorted(map(str, found)) == ["None", "None", "receipt_full", "receipt_full"]
        assert taken == 1800


def test_a_part_of_a_receipt_over_the_pages(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client, decider = sign_in(), sign_in("treasurer")
    claim = claims.draft(Actor(client.person_id), taxi(900))  # type: ignore[attr-defined]
    line = lines_of(session, claim.id)[0].id
    session.commit()
    place = f"/claims/{claim.ref}/lines/{line}"
    given = {"proof": "file", "part": "y", "file": (io.BytesIO(SAMPLE_PICTURE), "taxi.png")}
    answer = client.post(f"{place}/receipt", data=given)
    assert answer.location.endswith("/whole")
    wrong = client.post(f"{place}/whole", data={"pence": "8.99"})
    assert wrong.status_code == 422
    assert 'value="8.99"' in wrong.text
    assert client.post(f"{place}/whole", data={"pence": "18"}).location.endswith(claim.ref)
    page = client.get(f"/claims/{claim.ref}").text
    assert "£18" in page
    client.post(f"/claims/{claim.ref}/send", data={"total": "900"})
    desk = decider.get(f"/claims/desk/{claim.ref}").text

    assert "The receipt comes to £18" in desk
    assert state(session) == (1800, 900, [900])


def test_the_same_picture_leads_to_the_question_what_it_comes_to(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client = sign_in()
    me = Actor(client.person_id)  # type: ignore[attr-defined]
    drafts = [claims.draft(me, taxi(900)) for _ in range(2)]
    lines = [lines_of(session, claim.id)[0].id for claim in drafts]
    session.commit()
    answers = [
        client.post(
            f"/claims/{claim.ref}/lines/{line}/receipt",
            data={"proof": "file", "file": (io.BytesIO(SAMPLE_PICTURE), "taxi.png")},
        ).location
        for claim, line in zip(drafts, lines, strict=True)
    ]

    assert [place.rpartition("/")[2] for place in answers] == [drafts[0].ref, "whole"]
    page = client.get(f"/claims/{drafts[1].ref}").text
    assert "The same picture stands in another line" in page
    assert "Send my claim" not in page
    session.commit()


def test_a_claim_counts_nothing_twice(session: Session, claims: Claims) -> None:
    sam = claims.person()
    claim = claims.send(sam, claims.with_picture(sam, 900, TAXI, 1800))
    lines = lines_of(session, claim.id)
    for _ in range(2):
        receipts.claim_of(session, lines, {line.id: 900 for line in lines})

    assert state(session) == (1800, 900, [900])
