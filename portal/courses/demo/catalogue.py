"""Words and states of the demo catalogue: what the invented college says of each course, and where it
stands. What the facts said about the source stays on the course ("inspired by").
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.courses.models import ChangeKind, Course, CourseChange, CourseState, Mode, Topic
from portal.courses.services import history
from portal.plugin_api import Actor

WORDS = Path(__file__).parents[1] / "data" / "demo_words.toml"
ONE_OFF = re.compile(
    r"workshop|taster|talk|open (?:morning|afternoon)|session|one-off", re.IGNORECASE
)
LENGTHS = (3, 4, 4, 5, 6, 6)  # sessions of a course for which nobody stated any
LONGEST_RUN = 8
MINUTES = (90, 120, 120, 150)
# Of every twenty courses that are this college's own, how many stand where. The rest are live.
STATES = (
    (CourseState.IDEA, 2),
    (CourseState.CO_PRODUCTION, 2),
    (CourseState.PILOT, 1),
    (CourseState.APPROVED, 1),
    (CourseState.RESTING, 2),
)
OF = 20
FOR_SUPPORTERS = 0.2  # of the courses for which nobody said it


@dataclass(frozen=True, slots=True)
class Offered:
    """A course that can have dates."""

    id: int
    sessions: int
    minutes: int
    mode: Mode


def read_words() -> dict[str, Any]:
    """The demo college's own words."""
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


def write_catalogue(
    session: Session, words: Mapping[str, Any], actor: Actor, chance: random.Random, at: datetime
) -> list[Offered]:
    """Rewrite the imported courses as the college's own; the courses that can run, in random order.

    A neighbouring service's course keeps the importer's words: it is not ours to describe. The second
    course with the same title rests, so that no two live ones look alike.
    """
    courses = session.execute(
        sa.select(Course, Topic.name).join(Topic, Topic.id == Course.topic_id).order_by(Course.id)
    ).all()
    states = [state for state, count in STATES for _one in range(count)]
    states += [CourseState.LIVE] * (OF - len(states))
    titles: set[str] = set()
    used: Counter[str] = Counter()
    offered: list[Offered] = []
    for number, (course, topic) in enumerate(courses):
        if course.adjacent:
            continue
        if number % OF == 0:
            chance.shuffle(states)
        state = states[number % OF]
        new = _words_of(course, topic, words, used, chance)
        plain = str(new["title"]).casefold()
        new["state"] = CourseState.RESTING if plain in titles else state
        titles.add(plain)
        _change(session, course, new, actor, at - timedelta(days=chance.randrange(150, 400)))
        if course.state in (CourseState.LIVE, CourseState.PILOT) and not course.self_paced:
            offered.append(_offer(course))
    session.flush()
    chance.shuffle(offered)
    return offered


def _words_of(
    course: Course,
    topic: str,
    words: Mapping[str, Any],
    used: Counter[str],
    chance: random.Random,
) -> dict[str, Any]:
    title = words["titles"].get(course.title, course.title)
    about = _about(title, topic, words)
    summaries = [about["summary"], *about.get("more", ())]
    summary = summaries[used[about["summary"]] % len(summaries)]
    used[about["summary"]] += 1
    sessions, minutes = course.planned_sessions, course.planned_minutes
    if "planned_sessions" in course.filled and not course.drop_in:
        one_off = ONE_OFF.search(course.title) or ONE_OFF.search(course.source_note)
        sessions = 1 if one_off else chance.choice(LENGTHS)
    if "planned_minutes" in course.filled and not course.self_paced:
        minutes = chance.choice(MINUTES)
    points = "\n".join(f"- {point}" for point in about["points"])
    return {
        "title": title,
        "summary": summary,
        "description": f"{summary}\n\n{_('You will find out:')}\n\n{points}",
        "what_to_expect": _expect(course),
        "what_to_bring": about.get("bring") or _("Just yourself. We have pens, paper and tea."),
        "planned_sessions": sessions,
        "planned_minutes": minutes,
        "for_supporters": course.for_supporters or chance.random() < FOR_SUPPORTERS,
    }


def _about(title: str, topic: str, words: Mapping[str, Any]) -> dict[str, Any]:
    plain = title.casefold()
    for about in words["about"]:
        if any(re.search(rf"\b{re.escape(word)}", plain) for word in about["words"]):
            return cast(dict[str, Any], about)
    topics = words["topics"]
    return cast(dict[str, Any], topics.get(topic, topics["*"]))


def _expect(course: Course) -> str:
    parts = [
        _(
            "A small group, led by two people: one has lived through something like it, one works in it."
        ),
        _("You can listen, step out or leave at any time, and you need not say why."),
    ]
    if course.planned_mode is Mode.ONLINE:
        parts.append(_("You can keep your camera off."))
    if course.drop_in:
        parts.append(_("Come when you can. There is nothing to catch up on."))
    return " ".join(parts)


def _change(
    session: Session, course: Course, new: Mapping[str, Any], actor: Actor, at: datetime
) -> None:
    """Write the college's words as an edit like any other: with a version and a row of history."""
    changes = history.apply(course, new)
    course.filled = {name: how for name, how in course.filled.items() if name not in new}
    changes["version"] = [course.version, course.version + 1]
    course.version += 1
    course.updated_at = at
    session.add(
        CourseChange(
            subject_kind=ChangeKind.COURSE,
            subject_id=course.id,
            course_id=course.id,
            action="edited",
            at=at,
            actor_person_id=actor.person_id,
            why=_("Written in our own words, with the people who will teach it"),
            changes=changes,
        )
    )


def _offer(course: Course) -> Offered:
    return Offered(
        id=course.id,
        sessions=min(course.planned_sessions or LONGEST_RUN, LONGEST_RUN),
        minutes=course.planned_minutes or 120,
        mode=course.planned_mode or Mode.IN_PERSON,
    )
