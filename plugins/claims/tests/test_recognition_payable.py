"""Recognition as something that is paid: what waits, whether it holds, how far it has come."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError
from plugins.claims.models import EntryRow, Paying, Stage
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.separation import Bar, bar
from plugins.claims.queries.offers import show
from plugins.claims.services import answering
from plugins.claims.services.recognition_payable import SOURCE, goes_by_hand, payable_of
from plugins.claims.tests.making import Claims
from plugins.claims.tests.making_offers import ALL, NOTHING, Offers, charity, less


def test_what_was_agreed_and_took_place_waits(
    app: object, session: Session, offers: Offers
) -> None:
    sam, ash, bo = (offers.person(name) for name in ("Sam", "Ash", "Bo"))
    made, taken = offers.done(sam, less(2_000))
    _second, given = offers.done(ash, charity("The lifeboats"))
    offers.done(bo, NOTHING)
    open_one = offers.offer(bo)
    offers.answer(bo, open_one, ALL)
    away = offers.offer(bo)
    offers.answer(bo, away, ALL)
    offers.close(away, Stage.AWAY)

    found = SOURCE.waiting(session)

    assert SOURCE.what is What.CHOICE
    assert [(one.what_id, one.person_id, one.pence, one.version) for one in found] == [
        (taken.id, sam.person_id, 2_000, 1)
    ], "what goes to a charity goes into nobody's account"
    assert (found[0].title, found[0].due) == ("Co-design", show(session, made).paid_by)
    assert goes_by_hand(session, given)
    assert "The lifeboats" in payable_of(session, given).title
    assert all(SOURCE.holds(session, one) for one in found)


def test_it_holds_as_long_as_it_stands_as_it_was(session: Session, offers: Offers) -> None:
    sam = offers.person()
    made, _choice = offers.done(sam, ALL)
    (payable,) = SOURCE.waiting(session)

    assert not SOURCE.holds(session, replace(payable, pence=6_874))
    assert not SOURCE.holds(
        session, replace(payable, person_id=offers.person("Ash").person_id or 0)
    )
    assert not SOURCE.holds(session, replace(payable, what_id=999_999))
    offers.answer(sam, made, less(500))
    assert not SOURCE.holds(session, payable)
    (again,) = SOURCE.waiting(session)
    assert (again.pence, again.version) == (500, 2)
    SOURCE.moved(session, again.what_id, None)
    assert SOURCE.holds(session, again), "in a batch it still stands"
    assert SOURCE.waiting(session) == []
    SOURCE.moved(session, again.what_id, Outcome.SENT)
    assert not SOURCE.holds(session, again), "nothing is paid twice"


def test_it_does_not_hold_where_the_books_say_otherwise(session: Session, offers: Offers) -> None:
    offers.done(offers.person(), ALL)
    (payable,) = SOURCE.waiting(session)
    entry = session.scalars(sa.select(EntryRow)).one()
    session.add(
        EntryRow(
            key="x",
            about=entry.about,
            about_id=entry.about_id,
            out_of=entry.into_account,
            into_account=entry.out_of,
            pence=1,
            at=entry.at,
        )
    )
    session.flush()

    assert not SOURCE.holds(session, payable)


def test_how_far_it_has_come(session: Session, offers: Offers) -> None:
    _made, choice = offers.done(offers.person(), ALL)
    SOURCE.moved(session, choice.id, None)
    assert (choice.paying, choice.paid_at) == (Paying.BATCHED, None)
    SOURCE.moved(session, choice.id, Outcome.SENT)
    sent = choice.paid_at
    assert sent is not None
    SOURCE.moved(session, choice.id, Outcome.SETTLED)
    assert (choice.paying, choice.paid_at) == (Paying.SETTLED, sent)
    SOURCE.moved(session, choice.id, Outcome.FAILED)
    assert (choice.paying, choice.paid_at) == (Paying.FAILED, None)

    assert [one.what_id for one in SOURCE.waiting(session)] == [choice.id]
    with pytest.raises(GoneError):
        SOURCE.moved(session, 999_999, None)


def test_whoever_pays_has_no_part_in_it(session: Session, offers: Offers, claims: Claims) -> None:
    sam = offers.person()
    _made, choice = offers.done(sam, ALL)
    kim, _consent = claims.supporter(sam)
    part = SOURCE.involved(session, choice.id)
    people = (sam, offers.maker, offers.closer, kim)
    tried = {who.name: bar(part, who.person_id or 0) for who in people}

    assert tried == {
        "Sam": Bar.PAYEE,
        "Maker": Bar.APPROVED,
        "Closer": Bar.APPROVED,
        "Kim": Bar.SUPPORTER,
    }
    assert bar(part, offers.person("Payer").person_id or 0) is None
    with pytest.raises(GoneError):
        SOURCE.involved(session, 999_999)


def test_saying_no_before_it_took_place_takes_it_out(session: Session, offers: Offers) -> None:
    sam = offers.person()
    made = offers.offer(sam)
    offers.answer(sam, made, ALL)
    answering.say_no(session, sam, made.id)

    assert SOURCE.waiting(session) == []
