"""The steps on the way to leading: those that a college begins with, and what it made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.facilitators.models import ClearanceKind, PathwayStep, Stage
from portal.plugin_api.types import Words


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what it asks, why, how long it takes, who helps. `stage` is the part of the pathway it is in.

    `clearance` is what it puts on record, for `months`; None for without an end.
    """

    key: str
    stage: Stage
    place: int
    title: Words
    asks: Words
    why: Words
    how_long: Words
    who_helps: Words
    times: int = 1
    clearance: ClearanceKind | None = None
    months: int | None = None
    used: bool = True


def steps(session: Session, *, all_of_them: bool = False) -> Sequence[Step]:
    """This college's steps in their order; with `all_of_them`, those it does not use as well. One query."""
    found = {one.key: one for one in FIRST_STEPS}
    for row in session.scalars(sa.select(PathwayStep)):
        found[row.key] = Step(
            key=row.key,
            stage=row.stage,
            place=row.place,
            title=row.title,
            asks=row.asks,
            why=row.why,
            how_long=row.how_long,
            who_helps=row.who_helps,
            times=row.times,
            clearance=row.clearance,
            months=row.months,
            used=row.used,
        )
    ordered = sorted(found.values(), key=lambda one: (PARTS.index(one.stage), one.place, one.key))
    return [one for one in ordered if one.used or all_of_them]


PARTS = (Stage.CHECKS, Stage.TRAINED, Stage.SHADOWING)
FIRST_STEPS = (
    Step(
        key="references",
        stage=Stage.CHECKS,
        place=10,
        title=_l("Two people who know you"),
        asks=_l(
            "Tell us of two people who can say something about you. They need not be employers: a "
            "neighbour, a tutor or somebody from a group is fine."
        ),
        why=_l("Students trust us with a lot. We ask the same of everybody who leads."),
        how_long=_l("Ten minutes for you; then about two weeks until they have answered"),
        who_helps=_l("A coordinator. They write to the two people, you need not"),
    ),
    Step(
        key="dbs",
        stage=Stage.CHECKS,
        place=20,
        title=_l("A DBS check"),
        asks=_l(
            "A form about your addresses and your name, and three papers to show. The college pays. "
            "Something on your record is no reason to stop: talk to us before you fill it in."
        ),
        why=_l("The law asks it of people who work with those who may be at risk."),
        how_long=_l("Half an hour with us; then two to eight weeks"),
        who_helps=_l("A coordinator sits beside you, in person or on the phone"),
        clearance=ClearanceKind.DBS,
        months=36,
    ),
    Step(
        key="introduction",
        stage=Stage.TRAINED,
        place=10,
        title=_l("Getting to know the college"),
        asks=_l("An afternoon with others who begin: who does what, and what to do when worried."),
        why=_l("So that you know whom to turn to from the first day."),
        how_long=_l("One afternoon"),
        who_helps=_l("A coordinator and somebody who leads already"),
        clearance=ClearanceKind.INDUCTION,
    ),
    Step(
        key="train_the_trainers",
        stage=Stage.TRAINED,
        place=20,
        title=_l("Learning to lead together"),
        asks=_l(
            "Four mornings in a small group. You plan a session with somebody and try out a part of it. "
            "You say how much of your own story you tell: nothing is fine too."
        ),
        why=_l("Leading is a craft. It is easier when somebody has shown you."),
        how_long=_l("Four mornings, two hours and a half each"),
        who_helps=_l("Two trainers, one of them with lived experience"),
        clearance=ClearanceKind.TRAINING,
        months=36,
    ),
    Step(
        key="shadow",
        stage=Stage.SHADOWING,
        place=10,
        title=_l("Being there at two sessions"),
        asks=_l("Come to two sessions beside those who lead. You need not say or do anything."),
        why=_l("To see whether you would like it, before anybody counts on you."),
        how_long=_l("Two sessions, and a talk after each"),
        who_helps=_l("Those who lead the session, and your supporter"),
        times=2,
    ),
)
