"""What is kept about people: given out, let go, erased everywhere; two records that become one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.jobs import write_digests
from plugins.proposals.models import (
    Answer,
    CommentKind,
    Contributor,
    Credit,
    Draft,
    Review,
    Rung,
    SupportKind,
    SupportPlan,
)
from plugins.proposals.notices import kinds
from plugins.proposals.privacy import CONSENTS, SOURCES
from plugins.proposals.queries.digests import news_of
from plugins.proposals.services import (
    coming_in,
    commenting,
    going_on,
    judging,
    own_part,
    taking_part,
    writing,
)
from plugins.proposals.services.store import load, rules_of
from plugins.proposals.states import Perspective, Stage, verdict
from plugins.proposals.tests.making import College, actor
from portal.desk.api import had_task
from portal.messages.api import known_keys
from portal.plugin_api import Recipient, Veto, now

SignIn = Callable[..., FlaskClient]
NAME = "Quillcanary"
WORDS = "draft-canary"


def erase(session: Session, person_id: int) -> int:
    """As the host does it: each source in its order."""
    done = [source.erase(session, person_id, source.on_erasure) for source in SOURCES]
    session.flush()
    return sum(one.erased for one in done)


def merge(session: Session, kept_id: int, gone_id: int) -> None:
    """As the host does it."""
    for source in SOURCES:
        if source.merge is not None:
            source.merge(session, kept_id, gone_id)
    session.expire_all()


def test_erasing_takes_the_name_off_every_page_and_changes_no_count(
    college: College, session: Session, sign_in: SignIn
) -> None:
    chair, maker = sign_in("co_chair"), sign_in()
    person = college.person(NAME)
    who = maker.person_id  # type: ignore[attr-defined]
    row = college.open(person, who, college.person(), college.person())
    kind = CommentKind.COMMENT
    commenting.comment(session, actor(person), row.id, "idea", kind, "A remark that stays")
    writing.keep_draft(session, row.id, person, "why", WORDS, base=1)
    own_part.ask_for_support(session, actor(person), row.id, SupportKind.TALKING, WORDS)
    assert erase(session, person) >= 3
    session.commit()
    addresses = [
        f"/proposals/{row.ref}{end}" for end in ("", "/versions", "/sheet", "/what-they-see")
    ]
    pages = [one.get(at).text for at in addresses for one in (maker, chair)]
    pages += [maker.get(at).text for at in ("/proposals/", "/proposals/mine", "/me")]

    assert all(NAME not in page and WORDS not in page for page in pages)
    assert "A contributor (account erased)" in pages[0]
    assert "A remark that stays" in pages[0]
    assert "4 people take part" in maker.get("/proposals/").text
    assert session.scalar(sa.select(sa.func.count(Contributor.id))) == 4
    assert erase(session, person) == 0


def test_reviews_of_somebody_erased_still_count(college: College, session: Session) -> None:
    row = college.reviewed()
    reviewer = session.scalars(sa.select(Review.person_id).limit(1)).one()
    assert reviewer is not None
    before = verdict(load(session, row.id).state, rules_of(session))
    erase(session, reviewer)

    assert verdict(load(session, row.id).state, rules_of(session)) == before
    assert before.decides


def test_the_last_one_erased_leaves_an_idea_that_looks_for_somebody(
    college: College, session: Session
) -> None:
    person = college.person()
    row = college.idea(person)
    erase(session, person)
    assert row.stage is Stage.STEWARD
    assert not had_task(session, taking_part.steward_key(row)), "a task of a plugin that may be off"
    going_on.follow_time(session)

    assert had_task(session, taking_part.steward_key(row))


def test_a_copy_holds_what_somebody_gave_and_nobody_else(
    college: College, session: Session
) -> None:
    person, other = college.person(NAME), college.person("Othercanary")
    row = college.open(person, other)
    kind = CommentKind.SUGGESTION
    commenting.comment(session, actor(person), row.id, "idea", kind, "My own remark")
    commenting.comment(session, actor(other), row.id, "idea", kind, "Somebody else’s remark")
    rows = {source.table: source.export(session, person) for source in SOURCES}

    assert rows["proposals_contributor"][0]["perspective"] == "lived"
    assert rows["proposals_comment"][0]["words"] == "My own remark"
    assert "Somebody else" not in str(rows)
    assert "Othercanary" not in str(rows)


def test_drafts_are_let_go_when_nobody_typed_for_long(college: College, session: Session) -> None:
    person = college.person()
    row = college.idea(person)
    writing.keep_draft(session, row.id, person, "why", WORDS, base=1)
    (keeping,) = next(one.keeping for one in SOURCES if one.keeping)
    assert session.scalars(keeping.due(session, now() - timedelta(days=1))).all() == []
    keeping.forget(session, session.scalars(keeping.due(session, now() + timedelta(days=1))).all())

    assert session.scalars(keeping.due(session, now() + timedelta(days=1))).all() == []


def test_taking_consent_back_is_leaving(college: College, session: Session) -> None:
    person = college.person()
    row = college.idea(person, college.person())
    (kind,) = CONSENTS
    (held,) = kind.listed(session, person)
    kind.withdraw(session, actor(person), held.ref)

    assert kind.listed(session, person) == []
    assert len(load(session, row.id).state.active) == 1
    assert len(load(session, row.id).state.contributors) == 2


def test_two_records_of_one_person_become_one_part_and_no_count_changes(
    college: College, session: Session
) -> None:
    kept, gone = college.person(), college.person()
    row, alone = college.idea(kept, gone), college.idea(gone)
    for _again in range(2):
        merge(session, kept, gone)

    both = load(session, row.id).state
    assert [one.person_id for one in both.contributors] == [kept, None]
    assert [one.person_id for one in load(session, alone.id).state.active] == [kept]


@pytest.mark.parametrize("left", [True, False])
def test_whoever_takes_part_under_one_of_two_records_takes_part_afterwards(
    college: College, session: Session, *, left: bool
) -> None:
    kept, gone, other = college.person(), college.person(), college.person()
    row, alone = college.idea(kept, gone, other), college.idea(kept, gone)
    for one in (row, alone):
        going_on.agree_to_end(session, actor(kept), one.id)
        taking_part.leave(session, actor(kept), one.id, kept)
        if left:
            taking_part.leave(session, actor(gone), one.id, gone)
    assert alone.stage is (Stage.STEWARD if left else Stage.IDEA)
    for _again in range(2):
        merge(session, kept, gone)

    state, last = load(session, row.id).state, load(session, alone.id).state
    assert [one.person_id for one in state.contributors] == [kept, None, other]
    assert [one.person_id for one in state.active] == ([other] if left else [kept, other])
    assert [one.person_id for one in last.active] == ([] if left else [kept])
    assert state.contributors[0].perspective is (Perspective.LIVED if left else Perspective.SUBJECT)
    assert not going_on.agree_to_end(session, actor(other), row.id) or left, "an old yes is none"


def test_what_hangs_on_the_second_of_two_parts_is_given_out_and_let_go(
    college: College, session: Session
) -> None:
    kept, gone = college.person(), college.person()
    row = college.idea(kept, gone)
    going_on.take_step(session, actor(kept), row.id)
    for who, said in ((kept, "First words"), (gone, "Second words")):
        writing.keep(session, actor(who), row.id, who, "why", said, base=row.version)
        writing.keep_draft(session, row.id, who, "who", f"{WORDS} {who}", base=1)
        own_part.ask_for_support(session, actor(who), row.id, SupportKind.TALKING, "quill")
        own_part.rate(session, actor(who), row.id, 3)
    for _again in range(2):
        merge(session, kept, gone)
    given = {source.table: source.export(session, kept) for source in SOURCES}

    assert [one["text"]["why"] for one in given["proposals_version"][1:]] == [
        "First words",
        "Second words",
    ]
    drafts, *plans = given["proposals_draft"]
    assert drafts["words"] == f"{WORDS} {kept}\n\n{WORDS} {gone}"
    assert [one["words"] for one in plans] == ["quill", "quill"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Rung)) == 1
    erase(session, kept)
    for model in (Draft, SupportPlan, Rung):
        assert session.scalar(sa.select(sa.func.count()).select_from(model)) == 0


def test_one_person_waits_for_no_answer_twice_nor_beside_a_part(
    college: College, session: Session
) -> None:
    kept, gone, maker = college.person(), college.person(), college.person()
    both, there, alone = college.idea(maker), college.idea(maker, kept), college.idea(maker)
    for who, rows in ((kept, (both,)), (gone, (both, there, alone))):
        for row in rows:
            part = taking_part.Part(Perspective.LEARNER, Credit.NONE)
            coming_in.ask_to_join(session, actor(who), row.id, part)
    second = coming_in.waiting(session, both.id)[1]
    for _again in range(2):
        merge(session, kept, gone)

    assert coming_in.waiting(session, both.id) == [second]
    assert coming_in.waiting(session, there.id) == []
    (asked,) = coming_in.waiting(session, alone.id)
    coming_in.answer_asked(session, actor(maker), alone.id, asked, Answer.YES)
    assert [one.person_id for one in load(session, alone.id).state.active] == [maker, kept]


def test_somebody_who_reviewed_an_idea_does_not_become_one_with_its_maker(
    college: College, session: Session
) -> None:
    makers = college.person("Ash"), college.person("Bo")
    row, reviewer = college.open(*makers, stage=Stage.REVIEW), college.person()
    college.review(row, reviewer, Perspective.LIVED, 2)

    for kept, gone in ((reviewer, makers[0]), (makers[0], reviewer)):
        with pytest.raises(Veto, match="the other one reviews"):
            merge(session, kept, gone)


def test_the_weeks_letter_comes_once_and_to_those_who_wish_it(
    college: College, session: Session
) -> None:
    wishes, wishes_not = college.person(), college.person()
    row = college.idea(wishes, wishes_not)
    own_part.change_credit(session, actor(wishes), row.id, Credit.NAME, "", news=True)
    write_digests(session)
    year, week, _day = now().isocalendar()
    keys = {one: f"proposals:digest:{year}:{week}:{one}" for one in (wishes, wishes_not)}
    found = known_keys(session, list(keys.values()))
    write_digests(session)

    assert set(found) == {keys[wishes]}


def test_each_thing_is_in_one_weeks_letter_whenever_that_is_written(
    app: Any, college: College, session: Session
) -> None:
    """Written on a Monday, then on a Wednesday because the worker was down, then on a Sunday night."""
    (kind,) = (one for one in kinds() if one.purpose == "proposals:digest")
    letters = sa.table("message", sa.column("id"), sa.column("about", sa.JSON))
    told = []
    with time_machine.travel("2027-03-01T09:00:00+00:00", tick=False) as clock:
        reader, other = college.person(), college.person()
        row = college.open(reader, other)
        own_part.change_credit(session, actor(reader), row.id, Credit.NAME, "", news=True)
        clock.move_to("2027-03-07T23:59:59+00:00")
        said = CommentKind.COMMENT
        commenting.comment(session, actor(other), row.id, "idea", said, "On Sunday night")
        for day in ("08", "09"):
            clock.move_to(f"2027-03-{day}T00:00:00+00:00")
            commenting.comment(session, actor(other), row.id, "idea", said, f"On the {day}")
        for day in ("08T09:00", "17T09:00", "28T23:59"):
            clock.move_to(f"2027-03-{day}:00+00:00")
            write_digests(session)
            session.flush()
            latest = sa.select(letters.c.about).order_by(letters.c.id.desc()).limit(1)
            about = session.scalars(latest).one()
            with app.test_request_context():
                news = news_of(session, reader, about["since"], about["until"])
                told.append([many for _title, _link, many in news])
                letter = kind.compose(session, Recipient(reader, "Sam", ""), about)
                assert (letter is None) is (news == [])

    # Three steps, a version and a comment in the first week, two comments in the second.
    assert told == [[5], [2], []]


@pytest.mark.parametrize("kept_first", [True, False])
def test_two_records_of_one_reviewer_are_one_voice(
    college: College, session: Session, *, kept_first: bool
) -> None:
    row = college.open(stage=Stage.REVIEW)
    kept, gone = college.person(), college.person()
    order = (kept, gone) if kept_first else (gone, kept)
    college.review(row, order[0], Perspective.LIVED, 1)
    college.review(row, order[1], Perspective.LEARNER, 3)
    for perspective in (Perspective.PROFESSIONAL, Perspective.SUBJECT):
        college.review(row, college.person(), perspective, 3)
    assert verdict(load(session, row.id).state, rules_of(session)).enough
    for _again in range(2):
        merge(session, kept, gone)

    state = load(session, row.id).state
    assert not verdict(state, rules_of(session)).enough, "one person is counted as two"
    mine = [one for one in state.reviews if one.person_id == kept]
    assert [dict(one.bands)["why"] for one in mine if not one.voided] == [3]
    assert len(mine) == 2


def test_an_appeal_is_for_others_also_when_two_records_become_one(
    college: College, session: Session
) -> None:
    maker, judge = college.person(), college.person()
    row = college.decided(Stage.NOT_NOW, people=(maker, college.person()))
    before = session.scalars(sa.select(Review.person_id).order_by(Review.id)).first()
    assert before is not None
    judging.appeal(session, actor(maker), row.id, "")
    college.review(row, judge, Perspective.LIVED, 2)
    merge(session, judge, before)

    assert all(one.voided for one in load(session, row.id).state.reviews)
