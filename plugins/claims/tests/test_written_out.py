"""Questions with their own words and numbers in them ask the same; what is given each time still is."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Claim, State
from plugins.claims.queries.written_out import written_out
from portal.plugin_api import now

GIVEN = sa.bindparam("given", type_=sa.String)
HARD = "50 % of it's :given, %s, \\' \"and\" ?"


def test_words_stand_in_it_as_they_are(session: Session) -> None:
    asked: Any = sa.select(
        sa.literal(HARD), GIVEN, sa.literal(-3), sa.literal(State.DECIDED)
    ).where(sa.literal(HARD).like("50 \\%%", escape="\\"), sa.literal("sent").in_(["sent", "it's"]))
    question = written_out(asked)
    given = "'; DROP TABLE claims_claim; --"

    assert session.execute(question, {"given": given}).all() == [(HARD, given, -3, "decided")]
    assert list(question.compile().params) == ["given"]


@pytest.mark.parametrize("value", [True, None, 1.5, b"a", [], [True], [None], [b"a"]])
def test_what_is_no_word_and_no_number_is_refused(value: Any) -> None:
    held = sa.literal(1).in_(value) if isinstance(value, list) else sa.literal(value)
    with pytest.raises(TypeError, match="not a word or a number"):
        written_out(sa.select(held))


def test_two_questions_are_never_taken_for_one_another(session: Session) -> None:
    ones = [written_out(sa.select(sa.literal(number).label("one"))) for number in range(50)]
    for _turn in range(2):
        assert [session.scalars(one).one() for one in ones] == list(range(50))


def test_it_reads_what_the_same_question_reads(session: Session) -> None:
    at = now()
    session.add(Claim(ref="a", what="b", state=State.SENT, begun_at=at, changed_at=at, sent_at=at))
    session.flush()
    of_claims = sa.select(Claim.state, Claim.sent_at, sa.literal(1) == 1)
    both: Any = sa.union_all(*[of_claims.where(Claim.state == State.SENT)] * 2)

    assert session.execute(written_out(both)).all() == [(State.SENT, at, True)] * 2
