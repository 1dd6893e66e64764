"""Lines that look alike are shown, kindly, and to those alone whom it concerns."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from plugins.claims import pictures
from plugins.claims.models import Claim, Receipt
from plugins.claims.money.receipts import Like, looks_like
from plugins.claims.queries.one_claim import show
from plugins.claims.services import writing
from plugins.claims.tests.making import Claims, car, taxi
from portal.files.api import SAMPLE_PICTURE
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]


def paper(shift: int = 0, tone: int = 0) -> bytes:
    """A picture of a receipt: dark lines of different lengths on light paper, moved or darker."""
    picture = Image.new("L", (450, 640), 235 - tone)
    for row in range(14):
        for x in range(40 + shift, 90 + shift + (row * 97) % 290):
            for y in range(30 + row * 42, 48 + row * 42):
                picture.putpixel((x, y), 40)
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=80)
    return made.getvalue()


def another() -> bytes:
    picture = Image.linear_gradient("L").resize((450, 640)).rotate(90)
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def test_two_photographs_of_one_paper_look_alike() -> None:
    one, again, other = (pictures.likeness([made]) for made in (paper(), paper(3, 25), another()))

    assert len(one) == 16
    assert looks_like(one, again)
    assert not looks_like(one, other)


def test_a_plain_picture_and_what_is_no_picture_look_like_nothing() -> None:
    assert [pictures.likeness([made]) for made in (SAMPLE_PICTURE, b"%PDF-1.7", b"")] == [""] * 3
    assert not looks_like("", "")


@pytest.mark.parametrize(("bits", "alike"), [(6, True), (7, False)])
def test_near_is_up_to_six_bits_apart(bits: int, *, alike: bool) -> None:
    one = 0x0F0F_F0F0_1234_5678

    assert looks_like(f"{one:016x}", f"{one ^ ((1 << bits) - 1):016x}") is alike


def test_a_picture_that_looks_the_same_is_shown_to_both(session: Session, claims: Claims) -> None:
    sam, ash = claims.person(), claims.person("Ash")
    first = claims.send(sam, claims.with_picture(sam, 900, "one"))
    second = claims.with_picture(ash, 1200, "two")
    for row, likeness in zip(session.scalars(sa.select(Receipt)), ("f0f0", "f0f3"), strict=True):
        row.likeness = likeness.rjust(16, "a")
    session.flush()

    for claim in (first, second):
        (line,) = show(session, claim).lines
        assert line.shown_to_payee is Like.NEAR
        assert not line.needs_whole


def test_the_same_day_kind_and_amount_are_shown(session: Session, claims: Claims) -> None:
    sam, ash, day = claims.person(), claims.person("Ash"), date(2026, 6, 1)
    mine = [claims.draft(sam, taxi(900), car(12, day)) for _ in range(2)]
    theirs = claims.sent(ash, taxi(900), car(12, day))
    told = [line.shown_to_payee for line in show(session, mine[0]).lines]
    assert told == [Like.EQUAL, Like.EQUAL]

    first, second = show(session, theirs).lines
    assert (first.shown_to_payee, second.shown_to_payee) == (None, None), "drafts of others"
    claims.send(sam, mine[0])
    first, second = show(session, theirs).lines
    assert [twin.like for twin in first.twins] == [Like.EQUAL], "whoever decides sees it"
    assert first.shown_to_payee is None, "nobody is told what others claim"
    assert second.twins == (), "two who drive on one day claim the same"


def test_what_was_withdrawn_is_like_nothing(session: Session, claims: Claims) -> None:
    sam = claims.person()
    writing.withdraw(session, sam, claims.sent(sam, taxi(900)).id)

    assert show(session, claims.draft(sam, taxi(900))).lines[0].twins == ()


def test_nobody_sees_a_link_to_their_own_claim_where_they_decide(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    decider = sign_in("treasurer")
    own = claims.sent(Actor(decider.person_id), taxi(900))  # type: ignore[attr-defined]
    other, third = (claims.sent(claims.person(), taxi(900)) for _ in range(2))
    session.commit()
    page = decider.get(f"/claims/desk/{other.ref}").text

    assert "same day, kind and amount" in page
    assert third.ref in page
    assert own.ref not in page
    assert session.get(Claim, other.id) is not None
    session.commit()
