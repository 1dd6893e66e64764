"""Supporters: let by the person, with a code; ended by either; told each time; never deciding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    AdvanceRow,
    AdvanceState,
    Category,
    Claim,
    Move,
    Proof,
    State,
    SupportConsent,
    SupportedAdvance,
    SupportedClaim,
)
from plugins.claims.money.batches import Outcome
from plugins.claims.money.separation import Bar, bar
from plugins.claims.notices.advances import kinds
from plugins.claims.privacy import SOURCES
from plugins.claims.queries.one_claim import show
from plugins.claims.queries.support import supporters_of
from plugins.claims.services import (
    advance_payable,
    advances,
    beginning,
    deciding,
    support,
    writing,
)
from plugins.claims.services.advances import Wish
from plugins.claims.services.separating import involved
from plugins.claims.services.today import today
from plugins.claims.tests.making import YES, Claims, taxi
from plugins.claims.tests.test_people import erase, merge
from portal.messages.api import known_keys
from portal.plugin_api import Actor, Recipient, now

SignIn = Callable[..., FlaskClient]


def actor_of(client: FlaskClient) -> Actor:
    return Actor(client.person_id)  # type: ignore[attr-defined]


def written(claims: Claims, supporter: Actor, consent: int, pence: int = 500) -> Claim:
    """A draft of one taxi that the supporter writes."""
    claim = beginning.begin_for(claims.session, supporter, consent, "Co-design")
    category, day, amount = taxi(pence)
    line = writing.add_line(claims.session, supporter, claim.id, category)
    writing.say_when(claims.session, supporter, claim.id, line, day)
    writing.say_how_much(claims.session, supporter, claim.id, line, amount)
    writing.prove(claims.session, supporter, claim.id, line, Proof.NONE)
    return claim


def why(call: Callable[[], object]) -> Why:
    with pytest.raises(RefusedError) as said:
        call()
    return said.value.why


def test_a_supporter_writes_and_sends_and_the_person_is_told(
    session: Session, claims: Claims
) -> None:
    sam = claims.person()
    kim, consent = claims.supporter(sam)
    claim = written(claims, kim, consent)
    claims.send(kim, claim)

    assert (claim.person_id, claim.submitted_by_id) == (sam.person_id, kim.person_id)
    assert known_keys(session, [f"claims:{claim.id}:sent_for:0"])
    deciding.ask(session, claims.person("Decider"), claim.id, "Where to?")
    writing.answer(session, kim, claim.id, "To the college", 500)
    assert known_keys(session, [f"claims:{claim.id}:sent_for:1"])
    own = claims.sent(sam, taxi(900))
    assert not known_keys(session, [f"claims:{own.id}:sent_for:0"])


def test_what_a_supporter_may_not_do(session: Session, claims: Claims) -> None:
    sam = claims.person()
    kim, consent = claims.supporter(sam)
    mine, theirs = claims.draft(sam, taxi(500)), written(claims, kim, consent)
    with pytest.raises(GoneError):
        writing.add_line(session, kim, mine.id, Category.TAXI)
    claims.send(kim, theirs)
    with pytest.raises(GoneError):
        writing.withdraw(session, kim, theirs.id)
    with pytest.raises(GoneError):
        writing.appeal(session, kim, theirs.id, "")
    stranger = claims.person("Ash")
    with pytest.raises(GoneError):
        beginning.begin_for(session, stranger, consent, "Co-design")
    with pytest.raises(GoneError):
        support.end(session, stranger, consent)
    writing.withdraw(session, sam, theirs.id)
    assert theirs.state is State.WITHDRAWN


@pytest.mark.parametrize("by", ["person", "supporter"])
def test_it_ends_at_once_and_what_was_written_stays(
    session: Session, claims: Claims, by: str
) -> None:
    sam = claims.person()
    kim, consent = claims.supporter(sam)
    claim = written(claims, kim, consent)
    for _ in range(2):
        support.end(session, sam if by == "person" else kim, consent)

    with pytest.raises(GoneError):
        writing.add_line(session, kim, claim.id, Category.TAXI)
    with pytest.raises(GoneError):
        writing.send(session, kim, claim.id, 500)
    with pytest.raises(GoneError):
        beginning.begin_for(session, kim, consent, "Co-design")
    claims.send(sam, claim)


def test_a_code_works_once_and_not_for_oneself(session: Session, claims: Claims) -> None:
    sam, kim, ash = claims.person(), claims.person("Kim"), claims.person("Ash")
    former, code = (support.offer(session, sam, paid=False) for _ in range(2))

    assert why(lambda: support.take_up(session, kim, former)) is Why.CODE
    assert why(lambda: support.take_up(session, sam, code)) is Why.OWN_CODE
    assert support.take_up(session, kim, f" {code[:5].upper()} {code[5:]} ") == sam.person_id
    for typed in (code, "", " ", "-"):
        assert why(partial(support.take_up, session, ash, typed)) is Why.CODE


def test_a_code_ends_after_a_week(session: Session, claims: Claims) -> None:
    code = support.offer(session, claims.person(), paid=False)
    session.execute(sa.update(SupportConsent).values(code_until=now() - timedelta(seconds=1)))

    assert why(lambda: support.take_up(session, claims.person("Kim"), code)) is Why.CODE


def test_the_same_supporter_again_has_one_consent(session: Session, claims: Claims) -> None:
    sam = claims.person()
    kim, first = claims.supporter(sam)
    support.take_up(session, kim, support.offer(session, sam, paid=True))

    (now_,) = supporters_of(session, sam.person_id or 0)
    assert (now_.id != first, now_.paid) == (True, True)


@pytest.mark.parametrize(("paid", "why_not"), [(False, Bar.SUPPORTER), (True, Bar.SUPPORTER)])
def test_a_supporter_never_decides(
    session: Session, claims: Claims, why_not: Bar, *, paid: bool
) -> None:
    sam = claims.person()
    kim, consent = claims.supporter(sam, paid=paid)
    own = claims.sent(sam, taxi(500))

    part = involved(session, own)
    assert bar(part, kim.person_id or 0) is why_not
    assert (kim.person_id in part.carers) is paid
    with pytest.raises(RefusedError):
        claims.decide(kim, own, YES)
    support.end(session, kim, consent)
    assert bar(involved(session, own), kim.person_id or 0) is why_not, (
        "they were while it was begun"
    )
    later = now() - timedelta(days=1)
    session.execute(sa.update(SupportConsent).values(since=later, until=later))
    assert bar(involved(session, own), kim.person_id or 0) is None


WISH = Wish("York", today() + timedelta(days=7), 8620)


def paid_ahead(session: Session, claims: Claims, supporter: Actor, consent: int) -> AdvanceRow:
    """What a supporter asked for, approved and sent."""
    one = beginning.ask_for(session, supporter, consent, WISH)
    assert advances.decide(session, claims.person("Decider"), one.id, YES)
    advance_payable.moved(session, one.id, Outcome.SENT)
    return one


def test_a_supporter_asks_for_money_ahead_and_the_person_is_told_who(
    app: Any, session: Session, claims: Claims
) -> None:
    sam = claims.person()
    kim, consent = claims.supporter(sam)
    one = beginning.ask_for(session, kim, consent, WISH)

    assert (one.person_id, one.asked, one.state) == (sam.person_id, 8620, AdvanceState.ASKED)
    assert known_keys(session, [f"claims:advance_asked_for:{one.id}"])
    (kind,) = (kind for kind in kinds() if kind.purpose == "claims:advance_asked_for")
    to = Recipient(sam.person_id or 0, "Sam", "en")
    with app.test_request_context():
        told = kind.compose(session, to, {"advance": one.id})
    assert told is not None
    assert "Kim, whom you let do so, has asked us" in told.text
    with pytest.raises(GoneError):
        advances.withdraw(session, kim, one.id)
    advances.withdraw(session, sam, one.id)
    own = advances.ask(session, sam, WISH)
    assert not known_keys(session, [f"claims:advance_asked_for:{own.id}"])


@pytest.mark.parametrize("paid", [False, True])
def test_whoever_asked_for_money_ahead_neither_approves_nor_settles_it(
    session: Session, claims: Claims, paid: bool
) -> None:
    sam = claims.person()
    kim, consent = claims.supporter(sam, paid=paid)
    one = beginning.ask_for(session, kim, consent, WISH)
    for ended in (False, True):
        if ended:
            support.end(session, sam, consent)
        for tried in (
            partial(advances.decide, session, kim, one.id, YES),
            partial(advances.settle, session, kim, one.id, Move.RETURNED, 1, "a"),
        ):
            assert why(tried) is Why.SUPPORTER


def test_a_supporter_says_what_it_cost(session: Session, claims: Claims) -> None:
    sam = claims.person()
    kim, consent = claims.supporter(sam)
    one = paid_ahead(session, claims, kim, consent)
    claim = beginning.begin_against(session, kim, one.id)
    assert claim.person_id == sam.person_id
    writing.add_line(session, kim, claim.id, Category.TAXI)
    with pytest.raises(GoneError):
        beginning.begin_against(session, claims.supporter(sam)[0], one.id)
    support.end(session, kim, consent)
    with pytest.raises(GoneError):
        beginning.begin_against(session, kim, one.id)
    with pytest.raises(GoneError):
        beginning.ask_for(session, kim, consent, WISH)
    assert beginning.begin_against(session, sam, one.id).person_id == sam.person_id


def test_whoever_agreed_to_claims_alone_is_asked_anew(session: Session, claims: Claims) -> None:
    """A consent from before there was this: nothing is asked for by it."""
    sam = claims.person()
    kim, consent = claims.supporter(sam)
    session.execute(sa.update(SupportConsent).values(ahead=False))
    session.expire_all()
    with pytest.raises(GoneError):
        beginning.ask_for(session, kim, consent, WISH)
    support.take_up(session, kim, support.offer(session, sam, paid=False))

    assert beginning.ask_for(session, kim, supporters_of(session, sam.person_id or 0)[0].id, WISH)


def test_money_ahead_for_somebody_over_the_pages(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client, helper = sign_in(), sign_in()
    sam, kim = actor_of(client), actor_of(helper)
    support.take_up(session, kim, support.offer(session, sam, paid=False))
    consent = supporters_of(session, sam.person_id or 0)[0].id
    session.commit()
    place = f"/claims/helping/{consent}/ahead"
    assert place in helper.get("/claims/helping").text
    assert client.get(place).status_code == 404
    sent = {"what": "York", "day": ["1", "6", "2199"], "pence": "86.20", "form_key": "b" * 32}
    answers = [helper.post(place, data=sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    (one,) = session.scalars(sa.select(AdvanceRow))
    key, ref = one.id, one.ref
    advances.decide(session, claims.person("Decider"), key, YES)
    session.commit()
    theirs, mine = helper.get(f"/claims/ahead/{ref}").text, client.get(f"/claims/ahead/{ref}").text

    assert "asked for it for you" in mine
    assert "bank" in mine
    assert "Money ahead for" in theirs
    for never in ("bank details", f"/claims/ahead/{ref}/withdraw"):
        assert never not in theirs
    assert f"/claims/ahead/{ref}" in helper.get("/claims/helping").text
    assert helper.get(f"/claims/ahead/{ref}/withdraw").status_code == 404
    assert sign_in().get(f"/claims/ahead/{ref}").status_code == 404
    support.end(session, sam, consent)
    session.commit()
    assert helper.get(f"/claims/ahead/{ref}").status_code == 404
    assert helper.get(place).status_code == 404


def test_two_records_of_a_supporter_keep_what_was_asked_for(
    session: Session, claims: Claims
) -> None:
    sam = claims.person()
    kept, _first = claims.supporter(sam)
    gone, consent = claims.supporter(sam)
    one = paid_ahead(session, claims, gone, consent)
    merge(session, kept, gone)

    assert beginning.begin_against(session, kept, one.id).person_id == sam.person_id
    assert erase(session, kept) > 0
    assert session.scalars(sa.select(SupportedAdvance)).all() == []


def test_erasing_either_ends_it_and_leaves_the_claim(session: Session, claims: Claims) -> None:
    for who in ("person", "supporter"):
        sam = claims.person()
        kim, consent = claims.supporter(sam)
        claim = claims.send(kim, written(claims, kim, consent))
        drafts = written(claims, kim, consent)
        ids = (claim.id, drafts.id)
        assert erase(session, sam if who == "person" else kim) > 0
        assert session.scalars(sa.select(SupportConsent)).all() == []
        assert session.scalars(sa.select(SupportedClaim)).all() == []
        left = session.get_one(Claim, ids[0])
        assert left.submitted_by_id is None
        assert (session.get(Claim, ids[1]) is None) is (who == "person")


def test_two_records_of_one_supporter_become_one(session: Session, claims: Claims) -> None:
    sam = claims.person()
    kept, _first = claims.supporter(sam)
    gone, consent = claims.supporter(sam)
    claim = written(claims, gone, consent)
    merge(session, kept, gone)

    (one,) = supporters_of(session, sam.person_id or 0)
    assert one.supporter_id == kept.person_id
    writing.rename(session, kept, claim.id, "Something else")


def test_a_supporter_who_is_the_same_person_is_none(session: Session, claims: Claims) -> None:
    sam = claims.person()
    kim, consent = claims.supporter(sam)
    claim = written(claims, kim, consent)
    merge(session, sam, kim)

    assert session.scalars(sa.select(SupportConsent)).all() == []
    assert show(session, claim).brief.person_id == sam.person_id


def test_codes_and_what_ended_are_let_go(session: Session, claims: Claims) -> None:
    sam = claims.person()
    kim, consent = claims.supporter(sam)
    support.end(session, kim, consent)
    support.offer(session, sam, paid=False)
    source = next(one for one in SOURCES if one.table == "claims_support_consent")
    later = now() + timedelta(days=1)
    for keeping in source.keeping:
        ids = session.scalars(keeping.due(session, later)).all()
        assert len(ids) == 1
        keeping.forget(session, ids)
        assert session.scalars(keeping.due(session, later)).all() == []


def test_letting_somebody_over_the_pages(session: Session, claims: Claims, sign_in: SignIn) -> None:
    sam, kim, other = sign_in(), sign_in(), sign_in()
    assert "Choose whether they are paid" in sam.post("/claims/supporters", data={}).text
    sam.post("/claims/supporters", data={"paid": "no"})
    code = session.scalars(sa.select(SupportConsent.code)).one()
    session.commit()
    assert code[:5] in sam.get("/claims/supporters").text
    wrong = kim.post("/claims/helping", data={"code": "abcde fghij"})
    assert wrong.status_code == 422
    assert 'value="abcde fghij"' in wrong.text
    kim.post("/claims/helping", data={"code": code})
    consent = session.scalars(sa.select(SupportConsent.id)).one()
    session.commit()
    place = f"/claims/helping/{consent}/start"
    assert other.get(place).status_code == 404
    answer = kim.post(place, data={"what": "Co-design"})
    assert "For " in kim.get(answer.location).text
    answer = kim.post(answer.location, data={"category": "car"})
    answer = kim.post(answer.location, data={"day": ["1", "6", "2026"]})
    answer = kim.post(answer.location, data={"amount": "10"})
    page = kim.get(answer.location).text
    assert "We tell them that you sent it" in page
    assert "Throw this claim away" in page
    kim.post(f"{answer.location}/send", data={"total": "550"})
    page = kim.get(answer.location).text
    assert "Withdraw" not in page
    assert kim.get(f"{answer.location}/withdraw").status_code == 404
    assert "wrote it for you" in sam.get(answer.location).text
    assert other.get(answer.location).status_code == 404
    sam.post(f"/claims/supporters/{consent}/end", data={})

    assert kim.get(answer.location).status_code == 404
    assert kim.get(place).status_code == 404
    assert sam.get(answer.location).status_code == 200


def test_whoever_decides_sees_who_sent_it(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    decider, sam = sign_in("treasurer"), claims.person()
    kim, consent = claims.supporter(sam)
    claim = claims.send(kim, written(claims, kim, consent))
    session.commit()

    assert "Kim sent it for them" in decider.get(f"/claims/desk/{claim.ref}").text


def test_what_somebody_agreed_to_says_so_and_ends_there(session: Session, claims: Claims) -> None:
    from plugins.claims.privacy import CONSENTS

    sam = claims.person()
    kim, consent = claims.supporter(sam)
    (kind,) = CONSENTS
    assert kind.listed(session, kim.person_id or 0) == []
    kind.withdraw(session, kim, str(consent))
    assert len(supporters_of(session, sam.person_id or 0)) == 1
    for _ in range(2):
        kind.withdraw(session, sam, str(consent))
    assert supporters_of(session, sam.person_id or 0) == []


def test_a_supporter_is_told_nothing_of_where_the_money_goes(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    """Nor led to a page where they would give bank details of their own for somebody else's money."""
    sam, kim = sign_in(), sign_in()
    consent = support.take_up(
        session, actor_of(kim), support.offer(session, actor_of(sam), paid=False)
    )
    assert consent == sam.person_id  # type: ignore[attr-defined]
    ((key,),) = session.execute(sa.select(SupportConsent.id))
    claim = written(claims, actor_of(kim), key)
    claims.send(actor_of(kim), claim)
    session.commit()
    led = 'href="/claims/bank'
    before = [one.get(f"/claims/{claim.ref}").text.count(led) for one in (sam, kim)]
    claims.decide(claims.person("Decider"), claim, YES)
    session.commit()

    assert before == [1, 0], "where there are none yet, its person can give them at once"
    assert [one.get(f"/claims/{claim.ref}").text.count(led) for one in (sam, kim)] == [1, 0]
    assert "It is your turn" in sam.get(f"/claims/{claim.ref}").text
