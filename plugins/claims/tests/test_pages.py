"""Pages over HTTP: one effect for each form, what is typed comes back, whose claim is whose."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import Approval, Claim, EntryRow, Line, Question, State
from plugins.claims.services import deciding
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import YES, Claims, car, less, taxi
from portal.files.api import SAMPLE_PICTURE
from portal.messages.api import known_keys
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]
KEY = "f" * 32


def actor_of(client: FlaskClient) -> Actor:
    return Actor(client.person_id)  # type: ignore[attr-defined]


def ids(session: Session, claim: Claim) -> list[int]:
    """Its lines. Ends the transaction, which would keep everybody else from writing on SQLite."""
    found = [line.id for line in lines_of(session, claim.id)]
    session.commit()
    return found


def count(session: Session, model: Any) -> int:
    found = session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
    session.commit()
    return found


def test_the_claim_as_questions(session: Session, sign_in: SignIn) -> None:
    client = sign_in()
    answer = client.post("/claims/start", data={"what": "Co-design"})
    answer = client.post(answer.location, data={"category": "taxi"})
    assert answer.location.endswith("/when")
    answer = client.post(answer.location, data={"day": ["1", "6", "2026"]})
    assert answer.location.endswith("/how-much")
    answer = client.post(answer.location, data={"amount": "£12.50"})
    assert answer.location.endswith("/receipt")
    picture = {"file": (io.BytesIO(SAMPLE_PICTURE), "taxi.png")}
    answer = client.post(answer.location, data=picture)
    place = answer.location
    page = client.get(place).text
    assert "In all: £12.50" in page
    assert re.search(r"/lines/\d+/file", page)
    answer = client.post(f"{place}/send", data={"total": "1250"})

    assert answer.location == place
    assert "It is our turn" in client.get(place).text
    line = session.scalars(sa.select(Line)).one()
    assert (line.pence, len(line.digest)) == (1250, 64)
    sent = client.get(f"{place}/lines/{line.id}/file")
    assert sent.mimetype == "image/png"


@pytest.mark.parametrize(
    ("end", "typed", "said"),
    [
        ("when", {"day": ["1", "6", "2199"]}, "Choose a day that has come already"),
        ("when", {"day": ["31", "2", "2026"]}, "no such day"),
        ("how-much", {"amount": "a lot"}, "Write an amount in pounds and pence"),
        ("how-much", {"amount": "0"}, "more than nothing"),
        ("receipt", {}, "Choose whether you have a receipt"),
        ("receipt", {"proof": "file"}, "Choose the picture or PDF"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    session: Session, claims: Claims, sign_in: SignIn, end: str, typed: Any, said: str
) -> None:
    client = sign_in()
    claim = claims.draft(actor_of(client), taxi(500))
    line = lines_of(session, claim.id)[0]
    line.proof = None
    session.commit()
    answer = client.post(f"/claims/{claim.ref}/lines/{line.id}/{end}", data=typed)

    assert answer.status_code == 422
    assert said in answer.text
    if "amount" in typed:
        assert f'value="{typed["amount"]}"' in answer.text


def test_a_file_that_is_none_is_refused_in_words(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client = sign_in()
    claim = claims.draft(actor_of(client), taxi(500))
    line = lines_of(session, claim.id)[0]
    session.commit()
    broken = {"proof": "file", "file": (io.BytesIO(b"no picture"), "taxi.png")}
    answer = client.post(f"/claims/{claim.ref}/lines/{line.id}/receipt", data=broken)

    assert answer.status_code == 422
    session.expire_all()
    assert session.get_one(Line, line.id).file_id is None


def test_a_form_that_is_sent_again_has_one_effect(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client, decider = sign_in(), sign_in("treasurer")
    places = {
        client.post("/claims/start", data={"what": "Once", "form_key": KEY}).location
        for _ in range(3)
    }
    assert (len(places), count(session, Claim)) == (1, 1)
    claim = claims.draft(actor_of(client), taxi(500))
    line = ids(session, claim)[0]
    sending = {"total": "500", "form_key": "a" * 32}
    for _ in range(3):
        assert client.post(f"/claims/{claim.ref}/send", data=sending).status_code == 303
    deciding = {"version": "1", f"decision{line}": "approved", "form_key": "b" * 32}
    for _ in range(3):
        assert decider.post(f"/claims/desk/{claim.ref}", data=deciding).status_code == 303

    assert (count(session, EntryRow), count(session, Approval)) == (1, 1)
    assert known_keys(session, [f"claims:{claim.id}:decided:1"])


@pytest.mark.parametrize("end", ["throw-away", "remove"])
def test_a_second_click_on_what_is_gone_leads_on(
    session: Session, claims: Claims, sign_in: SignIn, end: str
) -> None:
    client = sign_in()
    claim = claims.draft(actor_of(client), taxi(500))
    line = lines_of(session, claim.id)[0].id
    session.commit()
    path = f"lines/{line}/{end}" if end == "remove" else end
    clicks = [client.post(f"/claims/{claim.ref}/{path}", data={"form_key": KEY}) for _ in range(2)]

    assert [one.status_code for one in clicks] == [303, 303]
    assert clicks[0].location == clicks[1].location
    assert count(session, Line) == 0


def test_another_sum_than_was_shown_is_looked_at_once_more(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client = sign_in()
    claim = claims.draft(actor_of(client), taxi(500))
    session.commit()
    answer = client.post(f"/claims/{claim.ref}/send", data={"total": "499"})

    assert answer.status_code == 422
    assert "another sum" in answer.text
    assert 'value="500"' in answer.text
    session.expire_all()
    assert session.get_one(Claim, claim.id).state is State.DRAFT


def test_asked_answered_and_decided_with_reasons(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client, decider = sign_in(), sign_in("coordinator")
    claim = claims.sent(actor_of(client), taxi(500), car(10))
    first, second = ids(session, claim)
    decider.post(f"/claims/desk/{claim.ref}/ask", data={"words": "Which way?"})
    page = client.get(f"/claims/{claim.ref}").text
    assert "Which way?" in page
    assert decider.post(f"/claims/desk/{claim.ref}", data={}).status_code == 422
    client.post(f"/claims/{claim.ref}/answer", data={"words": "By the sea", "total": "1050"})
    wrong = {
        "version": "1",
        f"decision{first}": "reduced",
        f"pence{first}": "5.00",
        f"decision{second}": "declined",
        f"reason{second}": "We sent a taxi",
    }
    bare = wrong | {f"pence{first}": "", f"reason{second}": ""}
    page = decider.post(f"/claims/desk/{claim.ref}", data=bare).text
    links = [f"#pence{first}", f"#reason{first}", f"#reason{second}"]
    assert re.findall(r'href="(#(?:pence|reason)\d+)"', page) == links, "all of it at once"
    wrong[f"reason{first}"] = "Shared with Bo"
    answer = decider.post(f"/claims/desk/{claim.ref}", data=wrong)
    assert answer.status_code == 422
    assert "less than what is claimed" in answer.text
    assert "We sent a taxi" in answer.text
    right = wrong | {f"pence{first}": "4.00"}
    assert decider.post(f"/claims/desk/{claim.ref}", data=right).status_code == 303
    page = client.get(f"/claims/{claim.ref}").text

    assert all(words in page for words in ("Shared with Bo", "We sent a taxi", "Paid back: £4"))
    assert "By the sea" in decider.get(f"/claims/desk/{claim.ref}").text
    assert count(session, Question) == 1


def test_an_appeal_is_taken_back_in_its_own_words(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client = sign_in()
    claim = claims.decided(actor_of(client), taxi(500), said=less(300))
    place, claim_id = f"/claims/{claim.ref}", claim.id
    session.commit()
    assert "Withdraw this claim" in client.get(place).text
    client.post(f"{place}/appeal", data={"words": ""})
    assert "Leave it as it was decided" in client.get(place).text
    assert "What was decided before stands, and is paid" in client.get(f"{place}/withdraw").text
    answer = client.post(f"{place}/withdraw", data={})

    assert answer.location == place
    assert "Nobody looks again" in client.get(place).text
    session.expire_all()
    assert session.get_one(Claim, claim_id).state is State.DECIDED
    session.commit()


def test_nobody_decides_about_their_own_over_http(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    """By person, not by role: whoever claims, sent it, approved it or decided before, in all addresses."""
    own, first, other = sign_in("treasurer"), sign_in("coordinator"), sign_in("treasurer")
    mine = claims.sent(actor_of(own), taxi(500))
    sent_for = claims.sent(claims.person(), taxi(500))
    sent_for.submitted_by_id = actor_of(other).person_id
    large = claims.sent(claims.person(), taxi(16_000))
    assert not claims.decide(actor_of(first), large, YES)
    session.commit()
    for client, claim, status in ((own, mine, 404), (other, sent_for, 422), (first, large, 422)):
        line = ids(session, claim)[0]
        said = {"version": str(claim.version), f"decision{line}": "approved"}
        answer = client.post(f"/claims/desk/{claim.ref}", data=said)
        assert answer.status_code == status
        asked = client.post(f"/claims/desk/{claim.ref}/ask", data={"words": "Why?"})
        assert asked.status_code == status
        page = client.get(f"/claims/desk/{claim.ref}")
        assert page.status_code == 404 or f'name="decision{line}"' not in page.text

    assert count(session, EntryRow) == 0
    assert count(session, Approval) == 1


def test_my_page_and_the_desk_show_what_waits(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client, decider = sign_in(), sign_in("coordinator")
    claims.sent(actor_of(client), taxi(500))
    session.commit()

    assert "Your money" in client.get("/me").text
    assert "Co-design" in decider.get("/claims/desk").text
    assert "A claim waits for a decision" in decider.get("/desk/").text


def test_the_calculator_says_what_and_why(client: FlaskClient) -> None:
    asked = "category=car&miles=30&day=5&day=4&day=2026&before="
    page = client.get(f"/claims/quote?{asked}").text
    assert "It comes to £13.50" in page
    assert "tax year 2025/26" in page
    wrong = client.get("/claims/quote?category=car&miles=far&day=5&day=4&day=2026&before=")
    assert wrong.status_code == 422
    assert 'value="far"' in wrong.text
    early = client.get("/claims/quote?category=car&miles=3&day=5&day=4&day=2006&before=")
    assert "knows no rate" in early.text


def test_a_day_is_shown_as_it_was_given(session: Session, claims: Claims, sign_in: SignIn) -> None:
    client = sign_in()
    claim = claims.draft(actor_of(client), taxi(500, date(2026, 3, 27)))
    session.commit()

    assert "Friday 27 March 2026" in client.get(f"/claims/{claim.ref}").text


def test_what_waits_for_somebody_stands_first(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    sam, decider = sign_in(), sign_in("treasurer")
    asked, sent = (claims.sent(actor_of(sam), taxi(pence)) for pence in (500, 700))
    for claim, what in ((asked, "The earlier one"), (sent, "The later one")):
        claim.what = what
    deciding.ask(session, actor_of(decider), asked.id, "Where to?")
    session.commit()

    page = sam.get("/claims/").text
    assert page.index("The earlier one") < page.index("The later one")
    desk = decider.get("/claims/desk").text
    assert (
        desk.index("The later one") < desk.index("We asked, and wait") < desk.index("The earlier")
    )
