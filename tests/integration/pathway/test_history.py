"""Who changed what about steps and opportunities: written with the change, and read on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.facilitators.models import ChangedKind, LeadingChange, Stage
from portal.facilitators.queries.history import PAGE, history
from portal.facilitators.queries.steps import FIRST_STEPS
from portal.facilitators.services import opportunities, steps
from portal.facilitators.services.steps import StepWords
from portal.plugin_api import SYSTEM, Actor
from portal.privacy.services.erasing import erase
from tests.factories.accounts import make_person
from tests.factories.pathway import WORDS, make_opportunity

DBS = next(one for one in FIRST_STEPS if one.key == "dbs")


def words_of_dbs(**values: object) -> StepWords:
    """The step as the college begins with it, but for these."""
    names = StepWords.__dataclass_fields__
    first = {name: getattr(DBS, name) for name in names}
    plain = {
        name: str(value) if name in ("title", "asks", "why", "how_long", "who_helps") else value
        for name, value in first.items()
    }
    return StepWords(**{**plain, **values})  # type: ignore[arg-type]


def test_first_change_of_a_step_says_what_it_was_before(session: Session) -> None:
    who = make_person(session, "Kim").id
    steps.change_step(session, Actor(person_id=who), "dbs", words_of_dbs(months=24))
    steps.change_step(session, Actor(person_id=who), "dbs", words_of_dbs(months=24, used=False))
    lines, more = history(session, ChangedKind.STEP, "dbs")
    assert [(one.action, one.actor_person_id, one.changes) for one in lines] == [
        ("changed", who, {"used": [True, False]}),
        ("changed", who, {"months": [36, 24]}),
    ]
    assert more is None


def test_the_same_words_again_are_no_change(session: Session) -> None:
    steps.change_step(session, SYSTEM, "dbs", words_of_dbs())
    made = make_opportunity(session, published=False)
    opportunities.change(session, SYSTEM, made, WORDS, version=1)
    assert history(session, ChangedKind.STEP, "dbs") == ([], None)
    assert [one.action for one in history(session, ChangedKind.OPPORTUNITY, str(made))[0]] == [
        "created"
    ]


def test_opportunity_has_each_change_of_its_words_and_of_the_board(session: Session) -> None:
    made = make_opportunity(session)
    other = make_opportunity(session)
    words = replace(WORDS, money="£24 an hour.", last_day=date(2027, 3, 1))
    opportunities.change(session, SYSTEM, made, words, version=1)
    opportunities.close(session, SYSTEM, made)
    lines, _more = history(session, ChangedKind.OPPORTUNITY, str(made))
    assert [one.action for one in lines] == ["closed", "changed", "published", "created"]
    assert lines[1].changes == {
        "money": ["£22 an hour.", "£24 an hour."],
        "last_day": [None, "2027-03-01"],
    }
    assert len(history(session, ChangedKind.OPPORTUNITY, str(other))[0]) == 2


def test_history_comes_in_pages(session: Session) -> None:
    for number in range(PAGE + 1):
        steps.change_step(session, SYSTEM, "dbs", words_of_dbs(months=number + 1))
    lines, more = history(session, ChangedKind.STEP, "dbs")
    assert (len(lines), lines[0].changes["months"][1], more) == (PAGE, PAGE + 1, lines[-1].id)
    rest, none = history(session, ChangedKind.STEP, "dbs", before=more)
    assert ([one.changes["months"] for one in rest], none) == ([[36, 1]], None)


def test_page_says_it_in_words_for_coordinators_alone(
    session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    boss = sign_in("coordinator")
    who = boss.person_id  # type: ignore[attr-defined]
    words = words_of_dbs(stage=Stage.TRAINED, why="B" * 200, clearance=None, months=None)
    steps.change_step(session, Actor(person_id=who), "dbs", words)
    made = make_opportunity(session)
    opportunities.change(
        session, SYSTEM, made, replace(WORDS, last_day=date(2027, 3, 1)), version=1
    )
    session.commit()
    page = boss.get("/manage/pathway/steps/dbs/history").text
    for said in (
        "Part: from Checks to Learning",
        "What it puts on record: from DBS check to nothing",
        '<div class="rc-typed">' + "B" * 200,
    ):
        assert said in page
    assert "/manage/pathway/steps/dbs/history" in boss.get("/manage/pathway/steps/dbs").text
    address = f"/manage/opportunities/{made}/history"
    page = boss.get(address).text
    assert "Last day on the board: from nothing to Monday 1 March 2027" in page
    assert "Put on the board" in page
    assert "by the portal itself" in page
    assert address in boss.get(f"/manage/opportunities/{made}").text
    assert sign_in("facilitator").get(address).status_code == 403
    assert boss.get("/manage/pathway/steps/none/history").status_code == 404


def test_whoever_is_erased_is_nobody_in_the_history(session: Session) -> None:
    who = make_person(session, "Kim").id
    steps.change_step(session, Actor(person_id=who), "dbs", words_of_dbs(months=24))
    erase(session, SYSTEM, who, at=clock.now())
    assert session.scalars(sa.select(LeadingChange.actor_person_id)).all() == [None]
