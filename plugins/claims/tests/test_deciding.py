"""Who decides, what it changes, and what stands in the books, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Approval, Claim, EntryRow, Line, State
from plugins.claims.queries.books import verify
from plugins.claims.services import deciding, writing
from plugins.claims.services.books import posted
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import YES, Claims, car, less, no, taxi
from portal.plugin_api import Actor


def refused(claims: Claims, decider: Actor, claim: Claim, *said: Decided) -> Why:
    with pytest.raises(RefusedError) as error:
        claims.decide(decider, claim, *said)
    return error.value.why


def test_each_line_is_decided_and_stands_in_the_books(session: Session, claims: Claims) -> None:
    claim = claims.sent(claims.person(), taxi(500), taxi(900), taxi(700))

    assert claims.decide(claims.person("Decider"), claim, YES, less(450), no())

    assert claim.state is State.DECIDED
    assert [line.allowed for line in lines_of(session, claim.id)] == [500, 450, 0]
    assert claims.entries() == [("owed", "cost", 500), ("owed", "cost", 450)]
    found = verify(session)
    assert (found.entries, found.owed, found.wrong) == (2, 950, ())


def test_less_and_no_need_a_reason_and_less_is_less(claims: Claims) -> None:
    decider = claims.person("Decider")
    claim = claims.sent(claims.person(), taxi(500))

    assert refused(claims, decider, claim, no(" ")) is Why.REASON
    assert refused(claims, decider, claim, less(100, "")) is Why.REASON
    assert refused(claims, decider, claim, less(500)) is Why.AMOUNT
    assert refused(claims, decider, claim, less(0)) is Why.AMOUNT


def test_nobody_decides_about_their_own(session: Session, claims: Claims) -> None:
    sam, helper = claims.person(), claims.person("Helper")
    claim = claims.sent(sam, taxi(500))
    assert refused(claims, sam, claim, YES) is Why.PAYEE
    claim.submitted_by_id = helper.person_id
    session.flush()
    assert refused(claims, helper, claim, YES) is Why.SUBMITTER
    with pytest.raises(RefusedError):
        deciding.ask(session, helper, claim.id, "Where to?")
    assert refused(claims, Actor(), claim, YES) is Why.STATE


def test_two_people_approve_above_the_limit(session: Session, claims: Claims) -> None:
    first, second = claims.person("First"), claims.person("Second")
    at_limit = claims.sent(claims.person(), taxi(10_000), taxi(5_000))
    assert claims.decide(first, at_limit, YES)
    above = claims.sent(claims.person(), taxi(10_000), taxi(5_001))

    assert not claims.decide(first, above, YES)
    assert (above.state, posted(session, above.id)) == (State.SUBMITTED, {})
    assert refused(claims, first, above, YES) is Why.APPROVED
    assert claims.decide(second, above, YES)
    assert sum(posted(session, above.id).values()) == 15_001


def test_a_second_person_who_decides_otherwise_begins_anew(
    session: Session, claims: Claims
) -> None:
    first, second = claims.person("First"), claims.person("Second")
    claim = claims.sent(claims.person(), taxi(20_000))
    assert not claims.decide(first, claim, YES)

    assert not claims.decide(second, claim, less(19_000))
    assert claim.version == 2
    assert claims.decide(first, claim, less(19_000))
    assert posted(session, claim.id) == {lines_of(session, claim.id)[0].id: 19_000}


def test_what_has_changed_meanwhile_is_not_decided(session: Session, claims: Claims) -> None:
    decider = claims.person("Decider")
    claim = claims.sent(claims.person(), taxi(500))
    line = lines_of(session, claim.id)[0].id
    with pytest.raises(RefusedError) as said:
        deciding.decide(session, decider, claim.id, claim.version + 1, {line: YES})
    assert said.value.why is Why.CHANGED
    with pytest.raises(RefusedError) as said:
        deciding.decide(session, decider, claim.id, claim.version, {})
    assert (said.value.why, said.value.line_id) == (Why.CHANGED, line)


def test_an_appeal_goes_to_somebody_else_and_never_makes_it_less(
    session: Session, claims: Claims
) -> None:
    sam, first, second = claims.person(), claims.person("First"), claims.person("Second")
    claim = claims.sent(sam, taxi(500), taxi(900))
    assert claims.decide(first, claim, YES, less(300))
    writing.appeal(session, sam, claim.id, "All of it was for the college")

    assert (claim.state, claim.round) == (State.SUBMITTED, 2)
    assert verify(session).wrong == ()
    assert refused(claims, first, claim, YES) is Why.DECIDED_BEFORE
    assert refused(claims, second, claim, no(), YES) is Why.LESS_THAN_BEFORE
    assert claims.decide(second, claim, YES, less(800))
    assert claims.entries() == [
        ("owed", "cost", 500),
        ("owed", "cost", 300),
        ("owed", "cost", 500),
    ]
    with pytest.raises(RefusedError) as said:
        writing.appeal(session, sam, claim.id, "")
    assert said.value.why is Why.APPEALED
    assert (verify(session).owed, verify(session).wrong) == (1300, ())


def test_what_was_approved_whole_is_not_appealed(session: Session, claims: Claims) -> None:
    sam = claims.person()
    claim = claims.decided(sam, taxi(500))

    with pytest.raises(RefusedError) as said:
        writing.appeal(session, sam, claim.id, "")
    assert said.value.why is Why.NOTHING_REFUSED


def test_withdrawing_a_decided_claim_owes_nothing_any_more(
    session: Session, claims: Claims
) -> None:
    sam = claims.person()
    claim = claims.decided(sam, taxi(500))
    writing.withdraw(session, sam, claim.id)

    assert claims.entries() == [("owed", "cost", 500), ("cost", "owed", 500)]
    assert (verify(session).owed, verify(session).wrong) == (0, ())


@pytest.mark.parametrize(("first", "stands"), [(300, 300), (0, 0)])
def test_stopping_an_appeal_leaves_what_was_decided(
    session: Session, claims: Claims, first: int, stands: int
) -> None:
    sam = claims.person()
    claim = claims.decided(sam, taxi(500), said=less(first) if first else no())
    writing.appeal(session, sam, claim.id, "")
    deciding.ask(session, claims.person("Second"), claim.id, "Where to?")
    writing.withdraw(session, sam, claim.id)

    assert claim.state is State.DECIDED
    assert (verify(session).owed, verify(session).wrong) == (stands, ())
    (line,) = lines_of(session, claim.id)
    assert line.allowed == stands
    writing.withdraw(session, sam, claim.id)
    assert (claim.state, verify(session).owed, verify(session).wrong) == (State.WITHDRAWN, 0, ())


def test_what_was_approved_of_a_line_stands_when_an_appeal_asks_about_it(
    session: Session, claims: Claims
) -> None:
    """A smaller amount, or a price that fell since, would be less than what was approved."""
    sam, second = claims.person(), claims.person("Second")
    claim = claims.sent(sam, taxi(500), car(20), taxi(700))
    claims.decide(claims.person("First"), claim, less(300), YES, no())
    for miles in [1_990] * 5 + [60]:
        claims.sent(sam, car(miles))
    writing.appeal(session, sam, claim.id, "")
    deciding.ask(session, second, claim.id, "Where to?")
    partly, journey, declined = lines_of(session, claim.id)
    for line in (partly, journey):
        with pytest.raises(RefusedError) as said:
            writing.say_how_much(session, sam, claim.id, line.id, 10)
        assert said.value.why is Why.STANDS
        with pytest.raises(RefusedError):
            writing.say_when(session, sam, claim.id, line.id, date(2026, 5, 1))
    writing.say_how_much(session, sam, claim.id, declined.id, 650)
    assert claims.total(claim) == 500 + 1100 + 650
    writing.answer(session, sam, claim.id, "To the college", claims.total(claim))
    assert claims.decide(second, claim, YES)

    assert (verify(session).owed, verify(session).wrong) == (2250, ())


CHANGES = (
    "UPDATE claims_entry SET pence = 1",
    "UPDATE claims_entry SET at = at",
    "DELETE FROM claims_entry",
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_books_are_only_added_to(session: Session, claims: Claims, change: str) -> None:
    claims.decided(claims.person(), taxi(500))
    session.commit()

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(sa.text(change))
    session.rollback()
    assert claims.entries() == [("owed", "cost", 500)]


def test_one_effect_stands_in_the_books_once(session: Session, claims: Claims) -> None:
    claims.decided(claims.person(), taxi(500))
    session.commit()
    row = session.scalars(sa.select(EntryRow)).one()
    with pytest.raises(DBAPIError):
        session.execute(
            sa.insert(EntryRow).values(
                key=row.key,
                about=row.about,
                about_id=row.about_id,
                out_of=row.out_of,
                into_account=row.into_account,
                pence=1,
                at=row.at,
            )
        )
    session.rollback()


def test_the_books_are_compared_with_every_decision(session: Session, claims: Claims) -> None:
    claim = claims.decided(claims.person(), taxi(500), taxi(600))
    line = lines_of(session, claim.id)[0]
    session.execute(sa.update(Line).where(Line.id == line.id).values(allowed=400))

    assert verify(session).wrong == ((line.id, 400, 500),)
    session.execute(sa.update(Claim).values(state=State.WITHDRAWN))
    assert len(verify(session).wrong) == 2


@pytest.mark.parametrize(
    "values", [{"allowed": 501}, {"allowed": -1}, {"allowed": None}, {"pence": 0}, {"tenths": 0}]
)
def test_no_line_holds_an_impossible_sum(
    session: Session, claims: Claims, values: dict[str, int]
) -> None:
    claims.decided(claims.person(), taxi(500))
    session.commit()

    with pytest.raises(DBAPIError):
        session.execute(sa.update(Line).values(**values))
    session.rollback()


def test_one_person_approves_one_version_once(session: Session, claims: Claims) -> None:
    claims.decided(claims.person(), taxi(500))
    one = session.scalars(sa.select(Approval)).one()
    session.commit()
    twice = sa.insert(Approval).values(
        claim_id=one.claim_id, version=one.version, round=1, person_id=one.person_id, at=one.at
    )
    with pytest.raises(DBAPIError):
        session.execute(twice)
    session.rollback()
