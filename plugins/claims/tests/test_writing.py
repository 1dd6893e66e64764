"""A claim from its first question to its withdrawal, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Category, Claim, Line, Proof, State
from plugins.claims.money.deadlines import Due
from plugins.claims.queries import claims as queries
from plugins.claims.queries.one_claim import show
from plugins.claims.queries.places import place_of
from plugins.claims.queries.prices import net_tenths
from plugins.claims.services import deciding, pricing, writing
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import YES, Claims, car, less, no, taxi
from plugins.claims.tests.making_paying import Paying
from portal.files.api import infos, sample_file
from portal.plugin_api import Actor, now

SignIn = Callable[..., FlaskClient]


def refused(work: object, *args: object) -> Why:
    with pytest.raises(RefusedError) as said:
        work(*args)  # type: ignore[operator]
    return said.value.why


def test_miles_around_the_sixth_of_april_and_over_the_limit(
    session: Session, claims: Claims
) -> None:
    sam = claims.person()
    both = claims.sent(sam, car(30, date(2026, 4, 5)), car(30, date(2026, 4, 6)))
    assert [line.pence for line in lines_of(session, both.id)] == [1350, 1650]

    for _ in range(4):
        claims.sent(sam, car(2_000))
    claims.sent(sam, car(1_950))
    last = claims.sent(sam, car(50), car(10))

    lines = lines_of(session, last.id)
    assert [(line.pence, line.before) for line in lines] == [(1850, 99_800), (250, 100_300)]
    assert net_tenths(session, sam.person_id or 0, [2025, 2026], 0) == {2025: 300, 2026: 100_400}


def test_miles_that_were_declined_or_withdrawn_do_not_count(
    session: Session, claims: Claims
) -> None:
    sam, other = claims.person(), claims.person("Ash")
    claims.decided(sam, car(100), said=no())
    gone = claims.sent(sam, car(200))
    writing.withdraw(session, sam, gone.id)
    claims.draft(sam, car(300))
    claims.sent(other, car(400))

    assert net_tenths(session, sam.person_id or 0, [2026], 0) == {2026: 0}


def test_a_line_keeps_the_rate_it_was_made_with(session: Session, claims: Claims) -> None:
    with time_machine.travel(datetime(2026, 5, 8, 9, tzinfo=UTC), tick=False):
        claim = claims.sent(claims.person(), car(120, date(2026, 4, 20)))
    with time_machine.travel(datetime(2026, 6, 1, 9, tzinfo=UTC), tick=False):
        one = show(session, claim)

        assert one.total == 5400
        assert claims.total(claims.draft(claims.person(), car(120, date(2026, 4, 20)))) == 6600


def test_a_claim_is_sent_only_with_every_answer_and_the_sum_that_was_shown(
    session: Session, claims: Claims
) -> None:
    sam = claims.person()
    claim = claims.draft(sam)
    assert refused(writing.send, session, sam, claim.id, 0) is Why.UNFINISHED
    line = writing.add_line(session, sam, claim.id, Category.TAXI)
    assert pricing.missing(session.get_one(Line, line)) == "when"
    writing.say_when(session, sam, claim.id, line, date(2026, 6, 1))
    writing.say_how_much(session, sam, claim.id, line, 1250)
    assert pricing.missing(session.get_one(Line, line)) == "receipt"
    assert refused(writing.send, session, sam, claim.id, 1250) is Why.UNFINISHED
    writing.prove(session, sam, claim.id, line, Proof.LOST)
    assert refused(writing.send, session, sam, claim.id, 1249) is Why.TOTAL

    writing.send(session, sam, claim.id, 1250)

    assert (claim.state, claim.submitted_by_id) == (State.SUBMITTED, sam.person_id)
    assert refused(writing.send, session, sam, claim.id, 1250) is Why.STATE
    assert refused(writing.say_how_much, session, sam, claim.id, line, 2) is Why.STATE


def test_a_day_that_has_not_come_is_refused(session: Session, claims: Claims) -> None:
    sam = claims.person()
    claim = claims.draft(sam, taxi(500))
    line = lines_of(session, claim.id)[0].id
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)

    assert refused(writing.say_when, session, sam, claim.id, line, tomorrow) is Why.FUTURE


def test_a_day_without_a_rate_is_refused(session: Session, claims: Claims) -> None:
    sam = claims.person()
    claim = claims.draft(sam, car(10, date(2011, 4, 5)))

    assert show(session, claim).no_rate
    assert refused(writing.send, session, sam, claim.id, 450) is Why.NO_RATE


def test_nobody_touches_the_claim_of_another(session: Session, claims: Claims) -> None:
    sam, other = claims.person(), claims.person("Ash")
    claim = claims.draft(sam, taxi(500))
    line = lines_of(session, claim.id)[0].id
    tries = (
        (writing.rename, claim.id, "Mine"),
        (writing.add_line, claim.id, Category.CAR),
        (writing.say_how_much, claim.id, line, 1),
        (writing.say_when, claim.id, line, date(2026, 6, 1)),
        (writing.remove_line, claim.id, line),
        (writing.throw_away, claim.id),
        (writing.send, claim.id, 500),
        (writing.withdraw, claim.id),
        (writing.appeal, claim.id, ""),
        (writing.answer, claim.id, "", 500),
    )
    for work, *args in tries:
        with pytest.raises(GoneError):
            work(session, other, *args)
    theirs = claims.draft(other, taxi(5))
    with pytest.raises(GoneError):  # a line of another claim
        writing.say_how_much(session, other, theirs.id, line, 1)


def test_another_receipt_takes_the_place_of_the_first(session: Session, claims: Claims) -> None:
    sam = claims.person()
    claim = claims.draft(sam, taxi(500))
    line = lines_of(session, claim.id)[0]
    pictures = [sample_file(session), sample_file(session)]
    for one in pictures:
        writing.prove(session, sam, claim.id, line.id, Proof.FILE, received=one, digest=one.sha256)
    kept = line.file_id
    assert kept is not None
    assert len(infos(session, [kept, kept - 1])) == 1

    writing.prove(session, sam, claim.id, line.id, Proof.FILE)
    assert line.file_id == kept
    writing.prove(session, sam, claim.id, line.id, Proof.LOST)

    session.refresh(line)
    assert [line.file_id, line.digest] == [None, ""]
    assert not infos(session, [kept])


def test_the_same_receipt_twice_is_seen(session: Session, claims: Claims) -> None:
    sam, other = claims.person(), claims.person("Ash")
    found = []
    for who in (sam, other):
        claim = claims.draft(who, taxi(900))
        picture = sample_file(session)
        line = lines_of(session, claim.id)[0]
        writing.prove(
            session, who, claim.id, line.id, Proof.FILE, received=picture, digest="same bytes"
        )
        found.append(claim)

    assert all(show(session, claim).lines[0].shared for claim in found)
    assert not show(session, claims.draft(sam, taxi(900))).lines[0].shared


def test_ten_pounds_a_day_are_believed_without_a_receipt(session: Session, claims: Claims) -> None:
    day = date(2026, 6, 1)
    little = claims.draft(
        claims.person(), taxi(600, day), taxi(400, day), taxi(900, date(2026, 6, 2))
    )
    more = claims.draft(claims.person(), taxi(600, day), taxi(401, day), car(90, day))

    assert [line.unproved for line in show(session, little).lines] == [False] * 3
    assert [line.unproved for line in show(session, more).lines] == [True, True, False]


def test_ten_pounds_a_day_are_believed_in_all_claims_of_that_day(
    session: Session, claims: Claims
) -> None:
    day, sam = date(2026, 6, 1), claims.person()
    declined = claims.decided(sam, taxi(900, day), said=no())
    first = claims.sent(sam, taxi(600, day))
    claims.sent(claims.person("Ash"), taxi(900, day))
    claims.draft(sam, taxi(900, day))
    claims.sent(sam, taxi(900, date(2026, 6, 2)))

    def bare(claim: Claim) -> list[bool]:
        return [line.unproved for line in show(session, claim).lines]

    exact = claims.sent(sam, taxi(400, day))
    assert [bare(one) for one in (declined, first, exact)] == [[True], [False], [False]]
    last = claims.sent(sam, taxi(1, day))
    assert [bare(one) for one in (first, exact, last)] == [[True]] * 3


def test_the_clock_stands_still_while_we_wait(session: Session, claims: Claims) -> None:
    sam, decider = claims.person(), claims.person("Decider")
    with time_machine.travel(datetime(2026, 4, 2, 9, tzinfo=UTC), tick=False):
        Paying(session).gives(sam)
        claim = claims.sent(sam, taxi(500, date(2026, 4, 1)))
        brief = show(session, claim).brief
        assert brief.due == Due(date(2026, 4, 13), date(2026, 4, 20))
        assert (brief.turn, brief.late) == ("ours", False)
    with time_machine.travel(datetime(2026, 4, 8, 9, tzinfo=UTC), tick=False):
        deciding.ask(session, decider, claim.id, "Where to?")
        assert show(session, claim).brief.turn == "theirs"
    with time_machine.travel(datetime(2026, 4, 10, 9, tzinfo=UTC), tick=False):
        writing.answer(session, sam, claim.id, "To the college", 500)
        brief = show(session, claim).brief
        assert brief.due == Due(date(2026, 4, 15), date(2026, 4, 22))
        assert brief.turn == "ours"
    with time_machine.travel(datetime(2026, 4, 16, 9, tzinfo=UTC), tick=False):
        assert show(session, claim).brief.late
        assert claims.decide(decider, claim, YES)
        assert not show(session, claim).brief.late, "paying it is what comes next"
    for day, late in ((22, False), (23, True)):
        with time_machine.travel(datetime(2026, 4, day, 9, tzinfo=UTC), tick=False):
            assert show(session, claim).brief.late is late


def test_a_late_payment_says_so_to_its_person(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client = sign_in()
    me = Actor(client.person_id)  # type: ignore[attr-defined]
    Paying(session).gives(me)
    claims.decided(me, taxi(500))
    session.commit()
    said = "It is our turn, and we are late: it was to be paid by"
    assert said not in client.get("/claims/mine").text
    session.execute(sa.update(Claim).values(sent_at=now() - timedelta(days=40)))
    session.commit()

    pages = [client.get(place).text for place in ("/claims/", "/claims/mine")]
    assert [said in page for page in pages] == [True, True]


def test_an_appeal_begins_the_clock_anew_without_what_was_asked_before(
    session: Session, claims: Claims
) -> None:
    sam, decider = claims.person(), claims.person("Decider")
    with time_machine.travel(datetime(2026, 6, 1, 9, tzinfo=UTC), tick=False):
        claim = claims.sent(sam, taxi(2000, date(2026, 5, 30)))
    with time_machine.travel(datetime(2026, 6, 2, 9, tzinfo=UTC), tick=False):
        deciding.ask(session, decider, claim.id, "Where to?")
    with time_machine.travel(datetime(2026, 6, 8, 9, tzinfo=UTC), tick=False):
        writing.answer(session, sam, claim.id, "To the college", 2000)
        claims.decide(decider, claim, less(1000))
        assert show(session, claim).brief.due == Due(date(2026, 6, 12), date(2026, 6, 19))
    with time_machine.travel(datetime(2026, 6, 22, 9, tzinfo=UTC), tick=False):
        writing.appeal(session, sam, claim.id, "All of it was")
        assert show(session, claim).brief.due == Due(date(2026, 6, 29), date(2026, 7, 6))
        deciding.ask(session, claims.person("Second"), claim.id, "Is there a receipt?")
    with time_machine.travel(datetime(2026, 6, 24, 9, tzinfo=UTC), tick=False):
        writing.answer(session, sam, claim.id, "It is lost", 2000)

        assert show(session, claim).brief.due == Due(date(2026, 7, 1), date(2026, 7, 8))


def test_a_change_while_it_is_asked_voids_what_was_approved(
    session: Session, claims: Claims
) -> None:
    sam, first, second = claims.person(), claims.person("First"), claims.person("Second")
    claim = claims.sent(sam, taxi(16_000))
    assert not claims.decide(first, claim, YES)
    deciding.ask(session, second, claim.id, "Is that right?")
    line = lines_of(session, claim.id)[0]
    writing.say_how_much(session, sam, claim.id, line.id, 15_500)
    writing.answer(session, sam, claim.id, "It was less", 15_500)

    assert (line.decision, line.allowed) == (None, None)
    assert not claims.decide(first, claim, YES)
    assert claims.decide(second, claim, YES)


def test_throwing_away_leaves_nothing(session: Session, claims: Claims) -> None:
    sam = claims.person()
    claim = claims.draft(sam, taxi(500))
    writing.throw_away(session, sam, claim.id)

    for model in (Claim, Line):
        assert session.scalar(sa.select(sa.func.count()).select_from(model)) == 0


def test_lists_ask_as_much_for_many_as_for_one(session: Session, claims: Claims) -> None:
    sam, decider = claims.person(), claims.person("Decider")
    counts = []
    for _ in range(2):
        for _again in range(3):
            deciding.ask(session, decider, claims.sent(sam, taxi(500), car(10)).id, "Where to?")
        session.flush()
        session.expire_all()
        asked: list[str] = []
        bind = session.get_bind()

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            asked.append(statement)  # noqa: B023 - called in this turn alone

        sa.event.listen(bind, "before_cursor_execute", note)
        queries.under_way(session, sam.person_id or 0)
        of_the_card = len(asked)
        queries.mine(session, sam.person_id or 0)
        of_mine = len(asked)
        queries.desk(session)
        sa.event.remove(bind, "before_cursor_execute", note)
        counts.append((of_the_card, of_mine - of_the_card, len(asked) - of_mine))

    assert counts[0] == counts[1]
    assert counts[0] == (4, 3, 3)


def test_what_waits_behind_a_page_of_the_desk_is_on_the_next_one(
    session: Session, claims: Claims
) -> None:
    sam = claims.person()
    ids = [claims.sent(sam, taxi(500)).id for _ in range(queries.DESK + 2)]
    session.execute(sa.update(Claim).values(sent_at=now()))
    first = queries.desk(session)
    assert [one.id for one in first.waiting] == ids[: queries.DESK]
    # The last one on it is sent once more meanwhile, and then waits behind all others.
    session.execute(
        sa.update(Claim)
        .where(Claim.id == ids[queries.DESK - 1])
        .values(sent_at=now() + timedelta(hours=1))
    )
    behind = queries.desk(session, after=place_of(str(first.last)))

    assert [one.id for one in behind.waiting] == [*ids[queries.DESK :], ids[queries.DESK - 1]]
    assert (list(behind.asked), behind.last) == ([], None)


def test_the_desk_calls_people_by_the_names_they_have(session: Session, claims: Claims) -> None:
    sam, ash, bo = claims.person("Sam"), claims.person("Ash"), claims.person("Bo")
    claims.sent(sam, taxi(500))
    asked = claims.sent(ash, taxi(600))
    deciding.ask(session, bo, asked.id, "Where to?")
    claims.decided(sam, taxi(700))
    claims.decided(bo, taxi(800))
    nobodys = claims.decided(ash, taxi(900))
    session.execute(sa.update(Claim).where(Claim.id == nobodys.id).values(person_id=None))

    def called() -> tuple[Any, Any]:
        return queries.desk(session).names, queries.decided(session)[1]

    assert called() == (
        {sam.person_id: "Sam", ash.person_id: "Ash"},
        {sam.person_id: "Sam", bo.person_id: "Bo"},
    )
    person = sa.table("person", sa.column("id"), sa.column("name"))
    session.execute(sa.update(person).where(person.c.id == sam.person_id).values(name="Samira"))
    assert [names[sam.person_id] for names in called()] == ["Samira", "Samira"]


def test_all_of_somebody_s_claims_are_on_pages_of_their_own(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client = sign_in()
    me = Actor(client.person_id)  # type: ignore[attr-defined]
    ids = [claims.sent(me, taxi(500)).id for _ in range(queries.A_PAGE + 2)]
    claims.sent(claims.person(), taxi(500))
    session.commit()
    newest, before = queries.mine(session, client.person_id)  # type: ignore[attr-defined]
    rest, after = queries.mine(session, client.person_id, before=before)  # type: ignore[attr-defined]
    pages = [client.get("/claims/mine").text, client.get(f"/claims/mine?before={before}").text]

    assert [one.id for one in [*newest, *rest]] == ids[::-1]
    assert (before, after) == (ids[2], 0)
    assert [page.count("/claims/") > queries.A_PAGE for page in pages] == [True, False]
    assert [f"before={before}" in page for page in pages] == [True, False]
