"""What the pages of a course and its runs say about coming: links for whoever looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.enrolment.policies import ARRANGE
from portal.enrolment.queries.asking import Standing, is_interested, standings
from portal.plugin_api import Actor, CourseAction, RunBrief, now

FREE = _l("It is free, and you do not need a referral. You can stop at any time.")


def course_actions(
    session: Session, course_id: int, runs: Sequence[RunBrief], actor: Actor
) -> Iterator[CourseAction]:
    """One thing to do for each run that takes people; without any, being told when it has dates.

    Whoever arranges places also finds the people of each run.
    """
    mine: dict[int, Standing] = {}
    open_ones = [run for run in runs if run.takes_people]
    if actor.person_id is not None and open_ones:
        mine = standings(session, actor.person_id, [run.id for run in open_ones], now())
    for run in open_ones:
        standing = mine.get(run.id)
        if standing is not None:
            yield _standing(run, standing)
        elif not run.drop_in:
            yield _ask(run)
    if not open_ones:
        yield _interest(session, course_id, actor)
    if actor.can(ARRANGE):
        for run in runs:
            url = url_for("enrolment.people", run_id=run.id)
            yield CourseAction(_l("Who takes part, and who waits"), url, run.id)


def _ask(run: RunBrief) -> CourseAction:
    url = url_for("enrolment.start", run_id=run.id)
    if run.full:
        return CourseAction(
            _l("Join the waiting list"),
            url,
            run.id,
            _l("This one is full. Places often come free, and we offer them in turn."),
        )
    return CourseAction(_l("Take a place"), url, run.id, FREE)


def _standing(run: RunBrief, mine: Standing) -> CourseAction:
    if mine.enrolment_id is not None:
        url = url_for("enrolment.place", enrolment_id=mine.enrolment_id)
        return CourseAction(_l("See my place"), url, run.id, _l("You have a place."))
    if mine.offer_id is not None:
        url = url_for("enrolment.offer", offer_id=mine.offer_id)
        return CourseAction(_l("Answer the offer"), url, run.id, _l("There is a place for you."))
    url = url_for("enrolment.waiting", entry_id=mine.entry_id)
    return CourseAction(
        _l("See my place in the list"), url, run.id, _l("You are on the waiting list.")
    )


def _interest(session: Session, course_id: int, actor: Actor) -> CourseAction:
    url = url_for("enrolment.interest", course_id=course_id)
    if actor.person_id is not None and is_interested(session, actor.person_id, course_id):
        return CourseAction(
            _l("Change my mind"), url, text=_l("We will tell you when it has dates.")
        )
    return CourseAction(
        _l("Tell me when it runs"), url, text=_l("We let you know as soon as it has dates.")
    )
