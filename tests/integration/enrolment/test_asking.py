"""Drafts and agreements: how long they last, who may act for whom, two records that were one person's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from portal.enrolment.models import (
    Agreement,
    AgreementCode,
    Company,
    How,
    PlaceDraft,
    Role,
    TakesPart,
)
from portal.enrolment.privacy import asking as asking_privacy
from portal.enrolment.queries.asking import acts_for, draft_of
from portal.enrolment.services import agreements, drafts, merging
from portal.enrolment.services.drafts import Answers
from portal.enrolment.services.outcomes import PartyError
from portal.plugin_api import Actor
from portal.ui.filters import deadline
from tests.factories.enrolment import NOON, book, fill, make_group, make_student
from tests.factories.keeping import let_go

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.app import Portal


def _actor(person_id: int) -> Actor:
    return Actor(person_id=person_id)


def _agreed(session: Session, person_id: int, acting_id: int) -> int:
    code = agreements.make_code(session, _actor(person_id), at=NOON)
    assert (
        agreements.use_code(session, _actor(acting_id), code, at=NOON, today=NOON.date())
        == person_id
    )
    return session.scalars(sa.select(Agreement.id).order_by(Agreement.id.desc())).first() or 0


def test_a_code_works_once(session: Session) -> None:
    one, two, three = (make_student(session) for _ in range(3))
    code = agreements.make_code(session, _actor(one), at=NOON)

    spaced = f" {code[:4].lower()} {code[4:8]}-{code[8:]} "
    assert agreements.use_code(session, _actor(two), spaced, at=NOON, today=NOON.date()) == one
    assert agreements.use_code(session, _actor(three), code, at=NOON, today=NOON.date()) is None
    assert list(acts_for(session, two)) == [one]
    assert list(acts_for(session, one)) == []


@pytest.mark.parametrize("late", [False, True])
def test_a_code_is_useless_to_its_maker_and_after_a_week(session: Session, late: bool) -> None:
    one, two = make_student(session), make_student(session)
    code = agreements.make_code(session, _actor(one), at=NOON)
    who, at = (two, NOON + agreements.CODE_LASTS) if late else (one, NOON)

    assert agreements.use_code(session, _actor(who), code, at=at, today=NOON.date()) is None


def test_a_newer_code_ends_the_one_before(session: Session) -> None:
    one, two = make_student(session), make_student(session)
    old = agreements.make_code(session, _actor(one), at=NOON)
    agreements.make_code(session, _actor(one), at=NOON)

    assert agreements.use_code(session, _actor(two), old, at=NOON, today=NOON.date()) is None


@pytest.mark.parametrize("ender", ["person", "helper"])
def test_either_ends_an_agreement_and_what_was_not_sent_goes(session: Session, ender: str) -> None:
    person, helper = make_student(session), make_student(session)
    agreement_id = _agreed(session, person, helper)
    run = make_group(session)
    drafts.write(session, helper, run.id, at=NOON, person_id=person, needs="Some rest")

    by = _actor(person if ender == "person" else helper)
    assert agreements.end(session, by, agreement_id, at=NOON)

    assert not agreements.may_act_for(session, _actor(helper), person)
    assert draft_of(session, helper, run.id) is None


def test_nobody_else_ends_an_agreement(session: Session) -> None:
    agreement_id = _agreed(session, make_student(session), make_student(session))

    assert not agreements.end(session, _actor(make_student(session)), agreement_id, at=NOON)


@pytest.mark.parametrize("which", ["student", "companion"])
def test_nobody_is_given_a_place_who_did_not_agree(session: Session, which: str) -> None:
    me, stranger = make_student(session), make_student(session)
    run = make_group(session)
    answers = Answers(
        run_id=run.id,
        person_id=stranger if which == "student" else me,
        mode=TakesPart.IN_PERSON,
        role=None if which == "student" else Role.BUDDY,
        companion_id=None if which == "student" else stranger,
    )

    with pytest.raises(PartyError):
        drafts.ask(session, _actor(me), answers, at=NOON, or_wait=True)


def test_old_drafts_go_unless_their_person_waits(session: Session) -> None:
    idle, waits = make_student(session), make_student(session)
    run = make_group(session, 1)
    fill(session, run.id, 1)
    book(session, run.id, waits)
    for person in (idle, waits):
        drafts.write(session, person, run.id, at=NOON, needs="A little light")

    let_go(session, asking_privacy.SOURCES, NOON + drafts.KEPT)
    assert len(session.scalars(sa.select(PlaceDraft.id)).all()) == 2
    let_go(session, asking_privacy.SOURCES, NOON + drafts.KEPT + timedelta(seconds=1))

    assert session.scalars(sa.select(PlaceDraft.by_id)).all() == [waits]


def test_codes_and_ended_agreements_go_in_time(session: Session) -> None:
    person, helper = make_student(session), make_student(session)
    agreement_id = _agreed(session, person, helper)
    agreements.end(session, _actor(person), agreement_id, at=NOON)

    let_go(session, asking_privacy.SOURCES, NOON + agreements.KEPT)
    assert session.scalars(sa.select(AgreementCode.id)).all() == []
    assert session.scalars(sa.select(Agreement.id)).all() == [agreement_id]
    let_go(session, asking_privacy.SOURCES, NOON + agreements.KEPT + timedelta(seconds=1))

    assert session.scalars(sa.select(Agreement.id)).all() == []


def test_two_records_of_one_person_have_one_agreement(session: Session) -> None:
    kept, gone, helper = (make_student(session) for _ in range(3))
    for person in (kept, gone):
        _agreed(session, person, helper)
    _agreed(session, kept, gone)  # to themselves, as it turns out

    merging.merge_people(session, kept, gone, at=NOON)

    rows = session.execute(sa.select(Agreement.person_id, Agreement.acting_id)).all()
    assert rows == [(kept, helper)]


def test_everything_is_erased(session: Session) -> None:
    person, helper = make_student(session), make_student(session)
    _agreed(session, person, helper)
    agreements.make_code(session, _actor(person), at=NOON)
    agreements.agree(
        session, _actor(helper), make_student(session), helper, how=How.PHONE, agreed_on=NOON.date(),
        at=NOON,
    )  # fmt: skip
    run = make_group(session)
    drafts.write(
        session,
        helper,
        run.id,
        at=NOON,
        person_id=person,
        company=Company.KNOWN,
        companion_id=helper,
    )

    exported = [source.export(session, person) for source in asking_privacy.SOURCES]
    for source in asking_privacy.SOURCES:
        source.erase(session, person, "delete")

    assert all(exported)
    assert [source.export(session, person) for source in asking_privacy.SOURCES] == [[], [], []]


@pytest.mark.parametrize(
    ("day", "hour", "words"),
    [
        (19, 16, "Tuesday 19 January 2027, 4pm"),
        (20, 0, "the end of Tuesday 19 January 2027"),
    ],
)
def test_a_deadline_is_said_so_that_nobody_is_a_day_late(
    app: Portal, day: int, hour: int, words: str
) -> None:
    with app.test_request_context():
        assert deadline(NOON.replace(day=day, hour=hour)) == words
