"""What is kept about people: given out, let go, erased everywhere; two records that become one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Approval, Claim, Line, Proof, Question, State
from plugins.claims.notices import kinds
from plugins.claims.privacy import SOURCES
from plugins.claims.queries.books import verify
from plugins.claims.services import deciding, writing
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import Claims, less, no, taxi
from portal.files.api import infos, sample_file
from portal.plugin_api import Actor, PrivacySource, Recipient, Veto, now

WORDS = "claim-canary"


def erase(session: Session, person: Actor) -> int:
    """As the host does it: each source in its order."""
    key = person.person_id or 0
    done = [source.erase(session, key, source.on_erasure) for source in SOURCES]
    session.flush()
    session.expire_all()
    return sum(one.erased for one in done)


def merge(session: Session, kept: Actor, gone: Actor) -> None:
    """As the host does it."""
    for source in SOURCES:
        if source.merge is not None:
            source.merge(session, kept.person_id or 0, gone.person_id or 0)
    session.expire_all()


def by_table(table: str) -> PrivacySource:
    return next(source for source in SOURCES if source.table == table)


def words_of(session: Session) -> str:
    """All that the tables hold, as text."""
    tables = [Claim.__table__, Line.__table__, Question.__table__, Approval.__table__]
    return str([session.execute(sa.select(table)).all() for table in tables])


def receipt(session: Session, payee: Actor, claim: Claim) -> int:
    line = lines_of(session, claim.id)[0]
    writing.prove(
        session, payee, claim.id, line.id, Proof.FILE, received=sample_file(session), digest="x"
    )
    assert line.file_id is not None
    return line.file_id


def test_erasing_leaves_sums_and_no_words(session: Session, claims: Claims) -> None:
    sam, decider = claims.person(), claims.person("Decider")
    drafts = claims.draft(sam, taxi(100))
    kept_file = receipt(session, sam, drafts)
    waiting, decided = claims.sent(sam, taxi(200)), claims.draft(sam, taxi(300))
    writing.rename(session, sam, decided.id, WORDS)
    decided_file = receipt(session, sam, decided)
    writing.send(session, sam, decided.id, 300)
    deciding.ask(session, decider, decided.id, WORDS)
    writing.answer(session, sam, decided.id, WORDS, 300)
    assert claims.decide(decider, decided, less(250, WORDS))
    writing.appeal(session, sam, decided.id, WORDS)
    assert claims.decide(claims.person("Another"), decided, less(260, WORDS))
    ids = (drafts.id, waiting.id, decided.id)

    assert erase(session, sam) >= 3

    assert session.get(Claim, ids[0]) is None
    assert session.get_one(Claim, ids[1]).state is State.WITHDRAWN
    left = session.get_one(Claim, ids[2])
    assert (left.state, left.person_id, left.submitted_by_id) == (State.DECIDED, None, None)
    assert WORDS not in words_of(session)
    assert infos(session, [kept_file, decided_file]) == {}
    assert (verify(session).owed, verify(session).wrong) == (260, ())
    assert erase(session, sam) == 0


def test_erasing_who_decided_keeps_that_somebody_did(session: Session, claims: Claims) -> None:
    decider = claims.person("Decider")
    claim = claims.sent(claims.person(), taxi(16_000))
    claims.decide(decider, claim, no())
    asked = claims.sent(claims.person(), taxi(500))
    deciding.ask(session, decider, asked.id, "Where to?")

    assert erase(session, decider) == 2

    assert session.scalars(sa.select(Approval.person_id)).all() == [None]
    assert session.scalars(sa.select(Question.asked_by_id)).all() == [None]
    assert erase(session, decider) == 0


def test_a_copy_holds_what_somebody_claimed_and_nobody_else(
    session: Session, claims: Claims
) -> None:
    sam, other = claims.person(), claims.person("Ash")
    claims.decided(sam, taxi(500), said=less(400, "Shared"))
    claims.sent(other, taxi(777))
    rows: dict[str, Any] = {
        source.table: source.export(session, sam.person_id or 0) for source in SOURCES
    }

    (one,) = rows["claims_claim"]
    assert (one["what"], one["state"]) == ("Co-design", "decided")
    (line,) = one["lines"]
    assert (line["pence"], line["allowed_pence"], line["reason"]) == (500, 400, "Shared")
    assert {table for table, found in rows.items() if found} == {"claims_claim"}


def test_what_is_old_is_let_go(session: Session, claims: Claims) -> None:
    sam = claims.person()
    draft, decided = claims.draft(sam, taxi(100)), claims.decided(sam, taxi(200))
    drafts, books = by_table("claims_claim").keeping
    assert (drafts.days, books.days) == (90, 2557)
    later, before = now() + timedelta(days=1), now() - timedelta(days=1)
    assert session.scalars(drafts.due(session, before)).all() == []
    assert session.scalars(books.due(session, before)).all() == []
    assert session.scalars(drafts.due(session, later)).all() == [draft.id]
    assert session.scalars(books.due(session, later)).all() == [decided.id]
    for keeping in (drafts, books):
        keeping.forget(session, session.scalars(keeping.due(session, later)).all())
        assert session.scalars(keeping.due(session, later)).all() == []
    session.expire_all()

    assert verify(session).owed == 200
    assert session.scalars(sa.select(Claim.what)).all() == [""]


def test_names_of_deciders_are_let_go_too(session: Session, claims: Claims) -> None:
    decider = claims.person("Decider")
    claims.decide(decider, claims.sent(claims.person(), taxi(500)), no())
    deciding.ask(session, decider, claims.sent(claims.person(), taxi(500)).id, "Where to?")
    later = now() + timedelta(days=1)
    for table in ("claims_question", "claims_approval"):
        (keeping,) = by_table(table).keeping
        assert keeping.days == 2557
        assert session.scalars(keeping.due(session, now() - timedelta(days=1))).all() == []
        ids = session.scalars(keeping.due(session, later)).all()
        assert len(ids) == 1
        keeping.forget(session, ids)
        assert session.scalars(keeping.due(session, later)).all() == []
    session.expire_all()

    assert session.scalars(sa.select(Approval.person_id)).all() == [None]


def test_two_records_of_one_person_become_one(session: Session, claims: Claims) -> None:
    kept, gone, decider = claims.person(), claims.person("Sam too"), claims.person("Decider")
    claims.sent(kept, taxi(100))
    claims.sent(gone, taxi(200))
    for helper in (decider, gone):
        deciding.ask(session, helper, claims.sent(claims.person(), taxi(1)).id, "Where to?")
    merge(session, kept, gone)

    owners = session.scalars(sa.select(Claim.person_id).where(Claim.what == "Co-design")).all()
    assert owners.count(kept.person_id) == 2
    assert gone.person_id not in owners
    assert gone.person_id not in session.scalars(sa.select(Question.asked_by_id)).all()
    merge(session, kept, gone)


@pytest.mark.parametrize("way", ["kept decided", "gone decided"])
def test_records_of_which_one_decided_about_the_other_do_not_become_one(
    session: Session, claims: Claims, way: str
) -> None:
    kept, gone = claims.person(), claims.person("Sam too")
    payee, decider = (gone, kept) if way == "kept decided" else (kept, gone)
    claims.decide(decider, claims.sent(payee, taxi(100)), no())

    with pytest.raises(Veto):
        merge(session, kept, gone)


def test_a_notice_that_is_not_true_any_more_is_not_sent(
    app: Any, session: Session, claims: Claims
) -> None:
    sam, decider = claims.person(), claims.person("Decider")
    claim = claims.sent(sam, taxi(500))
    asked, decided, *_others = kinds()
    to = Recipient(sam.person_id or 0, "Sam", "en")
    about = {"claim": claim.id}
    with app.test_request_context():
        assert asked.compose(session, to, about) is None
        deciding.ask(session, decider, claim.id, "Where to?")
        said = asked.compose(session, to, about)
        assert said is not None
        assert claim.ref in said.text
        assert "500" not in said.text
        assert "Where to?" not in said.text, "a message names no sum and no words"
        assert decided.compose(session, to, about) is None
        assert asked.compose(session, Recipient(0, "Ash", "en"), about) is None
