"""What is kept of offers about people: given out, let go, erased; two records that become one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Activity,
    Ceiling,
    Credit,
    Offer,
    RecognitionChoice,
    Stage,
    TimeCreditEntry,
)
from plugins.claims.money.recognition import Taken
from plugins.claims.notices.offers import kinds
from plugins.claims.privacy.offer_sources import OFFER_SOURCES
from plugins.claims.queries.ceilings import ceiling
from plugins.claims.queries.recognition_books import wrong_choices
from plugins.claims.services.answering import Answer
from plugins.claims.services.ceilings import keep_ceiling
from plugins.claims.services.hours import balance, use_or_adjust
from plugins.claims.services.recognition_payable import SOURCE
from plugins.claims.tests.making_offers import ALL, Offers, charity
from portal.plugin_api import Actor, Recipient, Veto, now

WORDS = "offer-canary"
TABLES = (Offer, RecognitionChoice, TimeCreditEntry, Activity)


def erase(session: Session, person: Actor) -> int:
    """As the host does it: each source in its order."""
    key = person.person_id or 0
    done = [source.erase(session, key, source.on_erasure) for source in OFFER_SOURCES]
    session.flush()
    session.expire_all()
    return sum(one.erased for one in done)


def merge(session: Session, kept: Actor, gone: Actor) -> None:
    """As the host does it."""
    for source in OFFER_SOURCES:
        if source.merge is not None:
            source.merge(session, kept.person_id or 0, gone.person_id or 0)
    session.expire_all()


def named(session: Session, person: Actor) -> list[str]:
    """The columns that still lead to somebody."""
    found = []
    for model in (*TABLES, Ceiling):
        table = model.metadata.tables[model.__tablename__]
        for column in table.columns:
            if any(key.column.table.name == "person" for key in column.foreign_keys):
                one = sa.select(column).where(column == person.person_id).limit(1)
                if session.scalar(one) is not None:
                    found.append(str(column))
    return found


def test_erasing_leaves_sums_and_no_words(session: Session, offers: Offers) -> None:
    sam, treasurer = offers.person(), offers.person("Treasurer")
    wanted = Answer(Taken.CHARITY, charity=WORDS, wanted=frozenset({"credit"}))
    settled, choice = offers.done(sam, wanted, credit=60)
    open_one = offers.offer(sam)
    offers.answer(sam, open_one, charity(WORDS))
    keep_ceiling(session, sam, 20_000)
    use_or_adjust(session, treasurer, sam.person_id or 0, Credit.SPENT, -30, WORDS, key="a")
    ids = (settled.id, open_one.id, choice.id)

    assert erase(session, sam) >= 5

    assert named(session, sam) == []
    assert session.get(Offer, ids[1]) is None
    left = session.get_one(RecognitionChoice, ids[2])
    assert (left.pence, left.charity) == (6_875, "")
    kept = [one.metadata.tables[one.__tablename__] for one in TABLES]
    assert WORDS not in str([session.execute(sa.select(one)).all() for one in kept])
    assert sum(session.scalars(sa.select(TimeCreditEntry.minutes))) == 30
    assert (wrong_choices(session), SOURCE.waiting(session)) == ([], [])
    assert erase(session, sam) == 0


def test_erasing_whoever_offers_keeps_what_they_offered(session: Session, offers: Offers) -> None:
    sam = offers.person()
    made, choice = offers.done(sam, ALL)

    assert erase(session, offers.maker) == 2
    assert erase(session, offers.closer) == 1
    left = session.get_one(Offer, made.id)
    assert (left.person_id, left.made_by_id, left.closed_by_id) == (sam.person_id, None, None)
    assert session.get_one(RecognitionChoice, choice.id).pence == 6_875


def test_a_copy_holds_what_is_theirs_and_nobody_elses(session: Session, offers: Offers) -> None:
    sam, ash, treasurer = offers.person(), offers.person("Ash"), offers.person("Treasurer")
    offers.done(sam, charity(WORDS), credit=60)
    offers.done(ash, charity("Another"), credit=77)
    keep_ceiling(session, sam, 20_000)
    keep_ceiling(session, ash, 98_765)
    use_or_adjust(session, treasurer, sam.person_id or 0, Credit.ADJUSTED, 30, "A gift", key="a")

    def rows(who: Actor) -> dict[str, Any]:
        return {one.table: one.export(session, who.person_id or 0) for one in OFFER_SOURCES}

    theirs = rows(sam)
    assert theirs["claims_recognition_choice"][0]["charity"] == WORDS
    assert theirs["claims_ceiling"] == [{"warned_before_pence_in_a_week": 20_000}]
    assert [one["credit_minutes"] for one in theirs["claims_offer"]] == [60]
    assert theirs["claims_time_credit"][0]["words"] == "A gift"
    assert not any(word in str(theirs) for word in ("Another", "98765"))
    made = rows(offers.maker)
    assert len(made["claims_activity"]) == len(made["claims_offer"]) == 2
    assert made["claims_recognition_choice"] == []
    shown = {name for one in made["claims_offer"] for name in one}
    assert shown == {"you_made_an_offer_at", "you_closed_one_at"}
    assert rows(treasurer)["claims_time_credit"] != []
    assert "A gift" not in str(rows(treasurer))


def test_a_ceiling_is_told_to_nobody_who_prints_or_tidies_up() -> None:
    (source,) = (one for one in OFFER_SOURCES if one.table == "claims_ceiling")

    assert source.discreet
    assert source.sensitivity == "special"


def test_what_is_old_is_let_go(session: Session, offers: Offers) -> None:
    sam = offers.person()
    _made, choice = offers.done(sam, charity(WORDS))
    treasurer = offers.person("Treasurer")
    use_or_adjust(session, treasurer, sam.person_id or 0, Credit.ADJUSTED, 30, "A gift", key="a")
    later, before = now() + timedelta(days=1), now() - timedelta(days=1)
    seen = 0
    for source in OFFER_SOURCES:
        for keeping in source.keeping:
            seen += 1
            assert keeping.days == 2557
            assert session.scalars(keeping.due(session, before)).all() == []
            ids = session.scalars(keeping.due(session, later)).all()
            assert len(ids) == 1
            keeping.forget(session, ids)
            assert session.scalars(keeping.due(session, later)).all() == []
    session.expire_all()

    assert seen == 4
    assert session.get_one(RecognitionChoice, choice.id).charity == ""
    assert balance(session, sam.person_id or 0) == 30, "hours that are left are still theirs"
    assert wrong_choices(session) == []


def test_two_records_of_one_person_become_one(session: Session, offers: Offers) -> None:
    kept, gone = offers.person(), offers.person("Sam too")
    wanted = Answer(Taken.ALL, wanted=frozenset({"credit"}))
    offers.done(kept, wanted, credit=60)
    offers.done(gone, wanted, credit=30)
    keep_ceiling(session, gone, 20_000)
    for _twice in range(2):
        merge(session, kept, gone)

    assert named(session, gone) == []
    assert balance(session, kept.person_id or 0) == 90
    assert ceiling(session, kept.person_id or 0) == 20_000
    assert {one.person_id for one in SOURCE.waiting(session)} == {kept.person_id}


def test_the_kept_records_own_ceiling_stays(session: Session, offers: Offers) -> None:
    kept, gone = offers.person(), offers.person("Sam too")
    keep_ceiling(session, kept, 10_000)
    keep_ceiling(session, gone, 20_000)
    merge(session, kept, gone)

    assert ceiling(session, kept.person_id or 0) == 10_000
    assert named(session, gone) == []


@pytest.mark.parametrize("way", ["kept offered", "gone offered"])
def test_records_of_which_one_made_the_other_an_offer_do_not_become_one(
    session: Session, offers: Offers, way: str
) -> None:
    sam = offers.person()
    offers.offer(sam)
    pair = (offers.maker, sam) if way == "kept offered" else (sam, offers.maker)

    with pytest.raises(Veto):
        merge(session, *pair)


def test_a_notice_says_no_sum_and_is_sent_while_it_is_true(
    app: Any, session: Session, offers: Offers
) -> None:
    sam = offers.person()
    made = offers.offer(sam)
    offered, done, cancelled, *_of_payments = kinds()
    to, about = Recipient(sam.person_id or 0, "Sam", "en"), {"offer": made.id}
    with app.test_request_context():
        said = offered.compose(session, to, about)
        assert said is not None
        assert made.ref in said.text
        assert "68.75" not in said.text
        assert done.compose(session, to, about) is None
        assert offered.compose(session, Recipient(0, "Ash", "en"), about) is None
        offers.answer(sam, made, charity(WORDS))
        offers.close(made, Stage.CANCELLED)
        assert offered.compose(session, to, about) is None
        told = cancelled.compose(session, to, about)
        assert told is not None
        assert WORDS not in told.text
