"""How long paying takes: what left, in working days, a month at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import time_machine
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from plugins.claims.models import CameBack, Claim
from plugins.claims.queries.pace import Month, Pace, pace_of, paces
from plugins.claims.services import outcomes
from plugins.claims.tests.making import car
from plugins.claims.tests.making_paying import Paying
from portal.plugin_api import Actor

SENT = datetime(2026, 4, 2, 9, tzinfo=UTC)
DAY = date(2026, 4, 1)
PROMISED = 10


def sent_on(paying: Paying, at: datetime, many: int) -> list[Claim]:
    with time_machine.travel(at, tick=False):
        return [paying.decided(paying.payee(), car(30, DAY)) for _ in range(many)]


def paid_on(
    session: Session, paying: Paying, payer: Actor, at: datetime, *claims: Claim, back: bool = False
) -> None:
    with time_machine.travel(at, tick=False):
        made = paying.exported(payer, *claims)
        ids = [one.id for one in paying.payments(made)] if back else []
        outcomes.answer(session, payer, made.id, dict.fromkeys(ids, CameBack.FILE))


def in_april(session: Session, today: date = date(2026, 4, 30)) -> Pace | None:
    return next(one.pace for one in paces(session, today, PROMISED) if one.first == DAY)


def test_working_days_from_sending_to_leaving(session: Session) -> None:
    """Sent on Thursday 2 April 2026; Good Friday and Easter Monday are no working days. 16 April is the 8th,
    20 April the 10th, 23 April the 13th, 30 April the 18th: (8 + 10 + 10 + 13 + 18) / 5 = 11.8.
    """
    paying = Paying(session)
    payer = paying.person("Payer")
    claims = sent_on(paying, SENT, 5)
    for day, one in zip((16, 20, 20, 23, 30), claims, strict=True):
        assert in_april(session) is None, "of four, nothing is said"
        paid_on(session, paying, payer, datetime(2026, 4, day, 9, tzinfo=UTC), one)

    assert in_april(session) == Pace(claims=5, average=12, longest=18, in_time=3)
    assert [one.first.month for one in paces(session, date(2026, 4, 30), PROMISED)] == [
        *range(5, 13),
        *range(1, 5),
    ]
    assert in_april(session, date(2027, 3, 31)) is not None
    with_may = paces(session, date(2027, 4, 1), PROMISED)
    assert with_may[0] == Month(date(2026, 5, 1), None)


def test_what_came_back_counts_when_it_left_again(session: Session) -> None:
    paying = Paying(session)
    payer = paying.person("Payer")
    claims = sent_on(paying, SENT, 5)
    for one in claims:
        paid_on(session, paying, payer, datetime(2026, 4, 16, 9, tzinfo=UTC), one, back=True)
    assert in_april(session) is None
    for one in claims:
        paid_on(session, paying, payer, datetime(2026, 4, 23, 9, tzinfo=UTC), one)

    assert in_april(session) == Pace(5, 13, 13, 0)


def test_a_month_ends_at_midnight_where_the_college_is(session: Session) -> None:
    """23:30 on 30 April in London is 22:30 UTC; an hour later it is May."""
    paying = Paying(session)
    payer = paying.person("Payer")
    claims = sent_on(paying, SENT, 10)
    for hour, five in ((22, claims[:5]), (23, claims[5:])):
        for one in five:
            paid_on(session, paying, payer, datetime(2026, 4, 30, hour, 30, tzinfo=UTC), one)
    found = {one.first: one.pace for one in paces(session, date(2026, 5, 31), PROMISED)}

    assert found[date(2026, 4, 1)] == Pace(5, 18, 18, 0)
    assert found[date(2026, 5, 1)] == Pace(5, 19, 19, 0)
    assert paying.asked(lambda: paces(session, date(2026, 5, 31), PROMISED)) == 1


@given(st.lists(st.integers(0, 60), max_size=30))
def test_the_average_is_rounded_half_up(days: list[int]) -> None:
    made = pace_of({day: days.count(day) for day in days}, PROMISED)
    if len(days) < 5:
        assert made is None
        return
    assert made is not None
    assert made.claims == len(days)
    assert made.longest == max(days)
    assert made.in_time == len([day for day in days if day <= PROMISED])
    assert -0.5 < made.average - sum(days) / len(days) <= 0.5


def test_everybody_may_read_it(session: Session, sign_in: Callable[..., FlaskClient]) -> None:
    client, paying = sign_in(), Paying(session)
    assert "Too early to say" in client.get("/claims/pace").text
    payer, today = paying.person("Payer"), datetime.now(UTC)
    for one in sent_on(paying, today, 5):
        paid_on(session, paying, payer, today, one)
    session.commit()
    page = client.get("/claims/pace").text

    assert "within 10 working days" in page
    assert (
        'aria-label="In the last twelve months nobody waited for longer than 0 working days."'
        in page
    )
    assert 'data-label="As promised" class="is-number">5<' in page
    assert 'href="/claims/pace"' in client.get("/claims/").text
