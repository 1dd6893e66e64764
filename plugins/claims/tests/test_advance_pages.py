"""Money ahead: its pages, what is told of it, and what is kept about people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import AdvanceRow, AdvanceState, Batch, CameBack, Claim, Decision
from plugins.claims.money.batches import Outcome, What
from plugins.claims.notices import advances as notices_advances
from plugins.claims.queries.books import verify
from plugins.claims.services import advances, bank, batching, exporting, outcomes
from plugins.claims.services.advance_payable import SOURCE
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.today import today
from plugins.claims.tests.making import Claims
from plugins.claims.tests.making_paying import Paying
from plugins.claims.tests.test_advances import approved, asked, paid, sums
from plugins.claims.tests.test_people import erase, merge
from portal.plugin_api import Actor, Recipient, Veto

SignIn = Callable[..., FlaskClient]


def test_erasing_and_joining(session: Session, claims: Claims) -> None:
    sam, other, decider = (claims.person(name) for name in ("Sam", "Sam too", "D"))
    waits, granted, open_one = asked(claims, sam), approved(claims, sam), paid(claims, other)
    merge(session, sam, other)
    assert open_one.person_id == sam.person_id
    one = asked(claims, claims.person())
    advances.decide(session, decider, one.id, Decided(Decision.APPROVED))
    with pytest.raises(Veto):
        merge(session, decider, Actor(one.person_id))
    assert erase(session, sam) > 0
    assert erase(session, decider) > 0

    states = [each.state for each in (waits, granted, open_one)]
    assert states == [AdvanceState.WITHDRAWN, AdvanceState.WITHDRAWN, AdvanceState.APPROVED]
    assert {each.what for each in (waits, granted, open_one)} == {""}
    assert sums(open_one) == (8620, 0, 0, 0, 8620)
    assert verify(session).ahead == ()


def test_what_is_told_is_true_and_names_no_sum(app: Any, session: Session, claims: Claims) -> None:
    paying = Paying(session)
    sam, payer = paying.payee(), paying.person("Payer")
    one = approved(claims, sam)
    ref = batching.put_in(session, payer, {(What.ADVANCE, one.id)}).ref
    batch = session.scalars(sa.select(Batch).where(Batch.ref == ref)).one()
    batching.lock(session, payer, batch.id)
    exporting.export(session, payer, batch.id)
    to, ash = Recipient(sam.person_id or 0, "Sam", "en"), Recipient(0, "Ash", "en")

    def told() -> list[str]:
        found = []
        for kind in notices_advances.kinds():
            assert kind.compose(session, ash, {"advance": one.id}) is None
            said = kind.compose(session, to, {"advance": one.id})
            if said is not None:
                assert one.ref in said.text
                assert "86" not in said.text.replace(one.ref, "")
                found.append(kind.purpose.removeprefix("claims:advance_"))
        return found

    with app.test_request_context():
        assert told() == ["decided", "cancelled"]
        outcomes.answer(session, payer, batch.id, {})
        assert told() == ["decided", "cancelled", "paid"]
        (payment,) = paying.payments(batch)
        outcomes.answer(session, payer, batch.id, {payment.id: CameBack.CLOSED})
        assert told() == ["decided", "cancelled", "came_back"]
        bank.say_right(session, sam)
        assert told() == ["decided", "cancelled"]


def test_money_ahead_over_the_pages(session: Session, claims: Claims, sign_in: SignIn) -> None:
    client, decider, treasurer = sign_in(), sign_in("coordinator"), sign_in("treasurer")
    day = today() + timedelta(days=9)
    typed = {"what": "York", "day": [str(day.day), str(day.month), str(day.year)], "pence": "86.20"}
    past = typed | {"day": ["1", "6", "2026"]}
    wrong = client.post("/claims/ahead/ask", data=past)
    assert wrong.status_code == 422
    assert "Choose today or a later day" in wrong.text
    assert 'value="86.20"' in wrong.text
    typed["form_key"] = "a" * 32
    places = {client.post("/claims/ahead/ask", data=typed).location for _ in range(2)}
    (place,) = places
    ref = place.rpartition("/")[2]
    assert "It is our turn" in client.get(place).text
    assert "York" in decider.get("/claims/desk/ahead").text
    assert "Somebody asks for money ahead" in decider.get("/desk/").text
    assert decider.get("/claims/desk/ahead/nothing").status_code == 404
    decider.post(f"/claims/desk/ahead/{ref}", data={"decision": "approved"})
    assert client.get(place).text.count("/claims/bank/change") == 1, "without details it cannot go"
    one = session.scalars(sa.select(AdvanceRow)).one()
    SOURCE.moved(session, one.id, Outcome.SENT)
    session.commit()
    page = client.get(place).text
    assert "Say what it cost" in page
    assert page.count("/claims/bank/change") == 0
    answer = client.post(f"{place}/spent", data={})
    assert answer.location.endswith("/add")
    claim = session.scalars(sa.select(Claim)).one()
    session.commit()
    assert "is counted first: £86.20" in client.get(f"/claims/{claim.ref}").text
    settle = f"/claims/desk/ahead/{ref}/settle"
    assert decider.get(settle).status_code == 403
    more = treasurer.post(settle, data={"how": "returned", "pence": "86.21"})
    assert more.status_code == 422
    assert "no more than is open" in more.text
    sent = {"how": "returned", "pence": "6.20", "form_key": "b" * 32}
    for _ in range(2):
        assert treasurer.post(settle, data=sent).status_code == 303
    assert "£80" in client.get(place).text
    assert decider.post(f"/claims/desk/ahead/{ref}/cancelled", data={}).status_code == 303
    assert "still count" in client.get(place).text
    session.commit()


def test_nobody_finds_their_own_on_the_desk(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    treasurer = sign_in("treasurer")
    one = asked(claims, Actor(treasurer.person_id))  # type: ignore[attr-defined]
    session.commit()
    for end in ("", "/settle", "/cancelled"):
        assert treasurer.get(f"/claims/desk/ahead/{one.ref}{end}").status_code == 404
    assert one.ref not in treasurer.get("/claims/desk/ahead").text
