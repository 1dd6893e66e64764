"""The sum before which somebody is warned: theirs alone, sealed, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import Activity, Ceiling, Offer, Stage
from plugins.claims.money.recognition import week_of
from plugins.claims.queries.ceilings import ceiling, week_would_be
from plugins.claims.services.ceilings import keep_ceiling
from plugins.claims.services.today import today
from plugins.claims.tests.making_offers import ALL, NOTHING, Offers, charity, less
from portal.accounts.api import GRANTABLE
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]
CANARY = 7_654_321  # pence, as nobody else would write them


def week(session: Session, offer: Offer) -> int | None:
    found = week_would_be(session, offer, session.get_one(Activity, offer.activity_id))
    return found.week if found is not None else None


def test_the_week_is_shown_before_they_answer(session: Session, offers: Offers) -> None:
    """Example 6: £200 a week, £165 accepted, £68.75 offered: £233.75 that week."""
    sam, monday = offers.person(), week_of(today())
    keep_ceiling(session, sam, 20_000)
    had = offers.offer(sam, offers.activity(monday), minutes=360)
    offers.answer(sam, had, ALL)
    new = offers.offer(sam, offers.activity(monday + timedelta(days=6)))

    assert week(session, new) == 23_375
    assert week(session, had) is None, "£165 is within it"
    next_week = offers.offer(sam, offers.activity(monday + timedelta(days=7)))
    before = offers.offer(sam, offers.activity(monday - timedelta(days=1)))
    assert (week(session, next_week), week(session, before)) == (None, None)


@pytest.mark.parametrize(
    ("said", "found"), [(less(13_126), 20_001), (less(13_125), None), (NOTHING, None)]
)
def test_what_is_taken_counts(
    session: Session, offers: Offers, said: Any, found: int | None
) -> None:
    sam = offers.person()
    keep_ceiling(session, sam, 20_000)
    offers.answer(sam, offers.offer(sam, minutes=360), said)

    assert week(session, offers.offer(sam)) == found


def test_vouchers_count_and_charities_and_other_people_do_not(
    session: Session, offers: Offers
) -> None:
    sam, ash = offers.person(), offers.person("Ash")
    keep_ceiling(session, sam, 10_000)
    offers.answer(sam, offers.offer(sam, minutes=360), charity())
    offers.answer(ash, offers.offer(ash, minutes=360), ALL)
    assert week(session, offers.offer(sam)) is None

    assert week(session, offers.offer(sam, voucher=4_000)) == 10_875
    away = offers.offer(sam, minutes=360)
    offers.answer(sam, away, ALL)
    offers.close(away, Stage.AWAY)
    assert week(session, offers.offer(sam)) is None


def test_without_one_nobody_is_warned_and_it_can_go(session: Session, offers: Offers) -> None:
    sam = offers.person()
    made = offers.offer(sam, minutes=6_000)
    assert week(session, made) is None
    keep_ceiling(session, sam, 20_000)
    keep_ceiling(session, sam, 30_000)
    assert (ceiling(session, sam.person_id or 0), week(session, made)) == (30_000, 275_000)

    for _twice in range(2):
        keep_ceiling(session, sam, None)
        assert (ceiling(session, sam.person_id or 0), week(session, made)) == (None, None)
    with pytest.raises(ValueError, match="own"):
        keep_ceiling(session, Actor(), 1)


def test_it_is_sealed_and_opens_in_its_own_row_alone(session: Session, offers: Offers) -> None:
    sam, ash = offers.person(), offers.person("Ash")
    keep_ceiling(session, sam, CANARY)
    keep_ceiling(session, ash, CANARY)
    kept = session.scalars(sa.select(Ceiling.pence)).all()

    assert len(set(kept)) == 2
    assert all(str(CANARY).encode() not in one for one in kept)


def test_nobody_else_sees_it_anywhere(
    session: Session, offers: Offers, app: Any, sign_in: SignIn
) -> None:
    """Every page that somebody with every role can open, and everything in the tables as text."""
    sam, others = sign_in(), sign_in(*GRANTABLE)
    actor = Actor(sam.person_id)  # type: ignore[attr-defined]
    activity = offers.activity()
    made = offers.offer(actor, activity)
    offers.answer(actor, made, ALL)
    had = offers.offer(actor, offers.activity())
    budget = offers.budget()
    session.commit()
    answer = sam.post("/claims/offers/limit", data={"amount": "76,543.21"})
    assert answer.status_code == 303
    sam.post("/claims/offers/limit", data={"amount": "0.01", "form_key": "c" * 32})
    sam.post("/claims/offers/limit", data={"amount": "76543.21", "form_key": "d" * 32})
    assert "76543.21" in sam.get("/claims/offers/limit").text
    pages = [
        "/me",
        "/desk/",
        "/claims/offers",
        "/claims/offers/limit",
        "/claims/activities",
        f"/claims/activities/{activity.ref}",
        f"/claims/activities/offers/{made.ref}",
        f"/claims/activities/offers/{had.ref}",
        "/claims/budgets",
        f"/claims/budgets/{budget.ref}",
        "/claims/recognition",
        "/claims/hours",
        f"/claims/hours/{sam.person_id}",  # type: ignore[attr-defined]
        *sorted(
            rule.rule
            for rule in app.url_map.iter_rules()
            if not rule.arguments
            and "GET" in (rule.methods or ())
            and "static" not in rule.endpoint
        ),
    ]
    read = [page for page in pages if _holds(others.get(page).data.decode("utf-8", "replace"))]
    assert read == []
    there = sa.inspect(session.connection()).get_table_names()  # other tests' plugins have theirs
    for table in (one for one in Ceiling.metadata.sorted_tables if one.name in there):
        if table.name != "claims_ceiling":
            for row in session.execute(sa.select(table)):
                assert not _holds(str(row)), table.name


def _holds(text: str) -> bool:
    return any(form in text for form in ("7654321", "76543.21", "76,543.21"))


def test_the_warning_stands_on_the_offer_and_stops_nothing(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    client = sign_in()
    actor = Actor(client.person_id)  # type: ignore[attr-defined]
    monday = week_of(today())
    offers.answer(actor, offers.offer(actor, offers.activity(monday), minutes=360), ALL)
    made = offers.offer(actor, offers.activity(monday + timedelta(days=6)))
    session.commit()
    assert "that week" not in client.get(f"/claims/offers/{made.ref}").text
    client.post("/claims/offers/limit", data={"amount": "200"})
    page = client.get(f"/claims/offers/{made.ref}").text

    assert "£233.75 that week" in page
    assert page.index("£233.75") < page.index('name="taken"'), "before they answer"
    answer = client.post(f"/claims/offers/{made.ref}", data={"taken": "all"})
    assert answer.status_code == 303


def test_a_day_is_in_the_week_of_its_monday() -> None:
    assert week_of(date(2026, 11, 8)) == week_of(date(2026, 11, 2)) == date(2026, 11, 2)
