"""What people spend counts in budgets: once, by the books, in whatever order things happen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    Activity,
    AdvanceRow,
    AdvanceState,
    Claim,
    EntryRow,
    Offer,
    RecognitionChoice,
    Stage,
    State,
)
from plugins.claims.money.batches import What
from plugins.claims.money.postings import Account
from plugins.claims.queries.advances import covered
from plugins.claims.queries.budgets import Tally, budget_of, budgets, tally
from plugins.claims.queries.owing import OWED, owing, paid
from plugins.claims.queries.prefill import offered
from plugins.claims.queries.purposes import own_purposes, purpose_on
from plugins.claims.services import outcomes, prefill, purposes, writing
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from plugins.claims.tests.making import Claims, less, taxi
from plugins.claims.tests.making_offers import Offers
from plugins.claims.tests.making_paying import Paying
from plugins.claims.tests.making_story import DEEP, Step, Story, stories
from portal.courses.api import sample_session
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]
WAITS = (State.SUBMITTED, State.QUERIED)


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def total(session: Session, which: object) -> int:
    return int(session.scalar(sa.select(sa.func.coalesce(sa.func.sum(which), 0))) or 0)


def beyond(session: Session, claim: Claim) -> int:
    """Pence that a claim asks for beyond what is decided already, told line by line."""
    if claim.state not in WAITS:
        return 0
    asked = sum(line.pence or 0 for line in lines_of(session, claim.id))
    return max(asked - decided(session, claim), 0)


def decided(session: Session, claim: Claim) -> int:
    gone = paid(session, What.CLAIM, [claim.id]).get(claim.id, 0)
    ahead = covered(session, [claim.id]).get(claim.id, 0)
    return owing(session, [claim.id]).get(claim.id, 0) + gone + ahead


def told(session: Session, budget_id: int) -> tuple[int, int]:
    """What is agreed and what is paid of a budget, claim by claim."""
    claims = session.scalars(
        sa.select(Claim)
        .join(Activity, Activity.id == Claim.activity_id)
        .where(Activity.budget_id == budget_id)
    ).all()
    left = sum(
        paid(session, What.CLAIM, [one.id]).get(one.id, 0)
        + covered(session, [one.id]).get(one.id, 0)
        for one in claims
    )
    whole = sum(decided(session, one) + beyond(session, one) for one in claims)
    return whole - left, left


def check(session: Session, story: Story) -> None:
    found, none = budgets(session)
    each = {one.id: one.tally for one in found}
    for budget in story.budgets:
        one = each[budget.id]
        assert (one.committed, one.paid) == told(session, budget.id)
        assert one == tally(session, budget.id)
        shown = budget_of(session, budget.ref)
        assert shown is not None
        assert shown[0].tally == one
        last = shown[1][-1]
        assert (last.agreed, last.paid) == (one.committed + one.paid, one.paid)

    everything = [*each.values(), none]
    left = sa.case(
        (EntryRow.out_of == Account.PAID, EntryRow.pence),
        (EntryRow.into_account == Account.PAID, -EntryRow.pence),
        else_=0,
    )
    assert sum(one.paid for one in everything) == total(session, left)
    claims = session.scalars(sa.select(Claim)).all()
    advances = session.scalars(sa.select(AdvanceRow)).all()
    agreed = session.scalars(
        sa.select(RecognitionChoice.pence)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .where(Offer.stage == Stage.OPEN)
    ).all()
    # What was approved ahead is owed by the books; what was asked for alone is not yet.
    promised = [one.asked for one in advances if one.state is AdvanceState.ASKED]
    assert sum(one.committed for one in everything) == total(session, OWED) + sum(
        beyond(session, one) for one in claims
    ) + sum(agreed) + sum(promised)


@pytest.mark.soak
@DEEP
@given(stories())
def test_whatever_happens_the_budgets_hold_what_the_books_hold(
    session: Session, steps: list[Step]
) -> None:
    try:
        story = Story(session)
        story.take(steps)
        check(session, story)
    finally:
        session.rollback()


def test_a_claim_takes_what_is_claimed_then_decided_then_paid(
    session: Session, offers: Offers, paying: Paying
) -> None:
    budget, sam = offers.budget(50_000), paying.payee()
    activity = offers.activity(budget=budget)
    offers.offer(sam, activity, pence=0, minutes=60)
    claim = paying.draft(sam, taxi(3_000))
    purposes.say_purpose(session, sam, claim.id, activity.id)
    assert tally(session, budget.id) == Tally(50_000)
    paying.send(sam, claim)
    assert tally(session, budget.id) == Tally(50_000, committed=3_000)
    paying.decide(paying.person("Decider"), claim, less(2_000))
    assert tally(session, budget.id) == Tally(50_000, committed=2_000)
    payer = paying.person("Payer")
    made = paying.exported(payer, claim)
    assert tally(session, budget.id) == Tally(50_000, paid=2_000)
    outcomes.answer(session, payer, made.id, {})
    writing.appeal(session, sam, claim.id, "All of it")
    assert tally(session, budget.id) == Tally(50_000, committed=1_000, paid=2_000)


def test_what_was_spent_leaves_less_to_offer(
    session: Session, offers: Offers, paying: Paying
) -> None:
    budget, sam = offers.budget(8_000), paying.payee()
    activity = offers.activity(budget=budget)
    claim = paying.sent(sam, taxi(2_000))
    purposes.set_purpose(session, paying.person("Decider"), claim.id, activity.id)
    with pytest.raises(RefusedError) as refused:
        offers.offer(offers.person("Ash"), activity)
    assert refused.value.why is Why.BUDGET
    purposes.set_purpose(session, paying.person("Decider"), claim.id, None)
    offers.offer(offers.person("Ash"), activity)


def test_one_says_it_of_what_one_takes_part_in_alone(
    session: Session, offers: Offers, claims: Claims
) -> None:
    sam, ash = claims.person(), claims.person("Ash")
    mine, refused, theirs = (offers.activity(title=title) for title in ("Mine", "No", "Theirs"))
    offers.offer(sam, mine)
    offers.offer(sam, refused).stage = Stage.NO
    offers.offer(ash, theirs)
    session.flush()
    assert [one.title for one in own_purposes(session, sam.person_id)] == ["Mine"]
    claim = claims.draft(sam, taxi(500))
    for activity in (refused, theirs):
        with pytest.raises(GoneError):
            purposes.say_purpose(session, sam, claim.id, activity.id)
    with pytest.raises(GoneError):
        purposes.say_purpose(session, ash, claim.id, theirs.id)
    purposes.say_purpose(session, sam, claim.id, mine.id)
    assert session.get_one(Claim, claim.id).activity_id == mine.id
    claims.send(sam, claim)
    with pytest.raises(RefusedError):
        purposes.say_purpose(session, sam, claim.id, None)


def test_nobody_moves_their_own_claim_into_another_budget(
    session: Session, offers: Offers, claims: Claims
) -> None:
    sam, activity = claims.person(), offers.activity()
    kim, _consent = claims.supporter(sam)
    claim = claims.sent(sam, taxi(500))
    for who, why in ((sam, Why.PAYEE), (kim, Why.SUPPORTER)):
        with pytest.raises(RefusedError) as refused:
            purposes.set_purpose(session, who, claim.id, activity.id)
        assert refused.value.why is why
    with pytest.raises(GoneError):
        purposes.set_purpose(session, claims.person("Decider"), claim.id, 999_999)
    with pytest.raises(GoneError):
        purposes.set_purpose(
            session, claims.person("Decider"), claims.draft(sam, taxi(1)).id, activity.id
        )
    version = claim.version
    purposes.set_purpose(session, claims.person("Decider"), claim.id, activity.id)
    assert session.get_one(Claim, claim.id).version == version, "no approval is void by it"


def test_what_a_claim_is_begun_from_says_what_it_is_part_of(
    session: Session, app: object, offers: Offers, claims: Claims
) -> None:
    sam = claims.person()
    that_day = today() - timedelta(days=3)
    offers.offer(sam, offers.activity())
    this = offers.activity(that_day)
    offers.offer(sam, this)
    sample_session(session, that_day, leader_id=sam.person_id)
    with app.app_context():  # type: ignore[attr-defined]
        (one,) = [gift for gift in offered(session, sam) if gift.day == that_day]
        claim = prefill.begin_from(session, sam, one.key)
    assert claim is not None
    assert claim.activity_id == this.id
    offers.offer(sam, offers.activity(that_day))
    assert purpose_on(session, sam.person_id, that_day, "Something else") is None, "one of two"


def test_the_pages_ask_and_say_it(
    session: Session, sign_in: SignIn, offers: Offers, claims: Claims
) -> None:
    client, staff = sign_in(), sign_in("coordinator", "treasurer")
    sam = Actor(client.person_id, "Sam")  # type: ignore[attr-defined]
    budget = offers.budget()
    activity = offers.activity(budget=budget, title="Sleep course")
    bare = claims.draft(sam, taxi(4_321, today()))
    session.commit()
    assert "Sleep course" not in client.get(f"/claims/{bare.ref}").text
    offers.offer(sam, activity)
    session.commit()
    assert "Not said" in client.get(f"/claims/{bare.ref}").text
    address = f"/claims/{bare.ref}/purpose"
    assert "Sleep course" in client.get(address).text
    assert client.post(address, data={"purpose": str(activity.id)}).status_code == 303
    assert "Sleep course" in client.get(f"/claims/{bare.ref}").text
    session.commit()
    claims.send(sam, bare)
    session.commit()
    assert client.get(address).status_code == 404

    assert "£43.21" in staff.get(f"/claims/budgets/{budget.ref}").text
    assert "Part of: Sleep course" in staff.get(f"/claims/desk/{bare.ref}").text
    session.commit()
    moved = staff.post(f"/claims/desk/{bare.ref}/purpose", data={"purpose": "none"})
    assert moved.status_code == 303
    assert "£43.21" not in staff.get(f"/claims/budgets/{budget.ref}").text
    assert "£43.21" in staff.get("/claims/budgets").text


def test_the_pages_of_budgets_ask_little(
    session: Session, sign_in: SignIn, offers: Offers, paying: Paying
) -> None:
    client, sam, decider = sign_in("treasurer"), paying.payee(), paying.person("Decider")
    counts = []
    for _turn in range(2):
        for _one in range(2):
            budget = offers.budget()
            claim = paying.owed(sam)
            purposes.set_purpose(session, decider, claim.id, offers.activity(budget=budget).id)
        session.commit()
        pages = ("/claims/budgets", f"/claims/budgets/{budget.ref}")
        counts.append([paying.asked(partial(client.get, page)) for page in pages])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 5
