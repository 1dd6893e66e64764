"""My courses: what is next, what waits, what was. Rows are fetched for whoever is signed in, nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import people_by_ids
from portal.config import Settings
from portal.courses.api import (
    CourseRef,
    RunInfo,
    course,
    courses_by_ids,
    materials_of_run,
    online_links,
    run_by_id,
    runs_by_ids,
)
from portal.db import db
from portal.enrolment.forms.taking import MODES
from portal.enrolment.models import Role
from portal.enrolment.policies import may_have_handouts
from portal.enrolment.queries import mine as queries
from portal.enrolment.queries.blocks import block_at
from portal.enrolment.queries.mine import MyPlace, companions
from portal.enrolment.queries.missed_first import standing_for
from portal.enrolment.queries.own import own_place
from portal.enrolment.queries.pauses import pause_at
from portal.enrolment.queries.waiting import PlaceInList, place_in_list, places_in_lists
from portal.enrolment.services.attendance import Shown
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import found
from portal.enrolment.views.keeping import changes
from portal.enrolment.views.showing import PlaceShown, place_shown
from portal.plugin_api import current_actor, signed_in


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait, or an offer that ended one."""

    place: PlaceInList
    title: str
    first: datetime | None
    url: str
    wait: str
    offer: str


@dataclass(frozen=True, slots=True)
class MissedShown:
    """A first session that was missed, and what is kept: an offer, a place in a list, or word of dates."""

    starts: datetime | None = None
    offer_url: str = ""
    wait_url: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record of attendance: a place that has begun."""

    place: PlaceShown
    first: datetime | None
    last: datetime | None
    minutes: int


@blueprint.get("/me/courses")
@signed_in
def my_courses() -> ResponseReturnValue:
    """What is next, first of all; then everything else that somebody takes part in, waits for or has done."""
    person_id, now = _person(), clock.now()
    held = queries.my_courses(db.session, person_id, now)
    every = (*held.coming, *held.past)
    near = {one.id for place in held.coming for one in place.run.meetings if one.ends_at > now}
    links = online_links(db.session, near) if near else {}
    places = [place_shown(place, now, links) for place in every]
    coming = [one for one in places if one.following is not None]
    coming.sort(key=_next_start)
    first = coming[0] if coming else None
    slugs = {place.enrolment_id: place.run.course_slug for place in held.coming}
    info = course(db.session, slugs[first.enrolment_id]) if first is not None else None
    waits = _waits(person_id, now)
    return render_template(
        "enrolment/my_courses.html",
        first=first,
        bring=info.what_to_bring if info is not None else "",
        coming=coming,
        called_off=[one for one in places if one.cancelled and _still_ahead(one, now)],
        past=[
            one
            for one in places
            if one.following is None and not (one.cancelled and _still_ahead(one, now))
        ],
        offers=[wait for wait in waits if wait.offer],
        waits=[wait for wait in waits if not wait.offer],
        interests=_interests(person_id),
        zone=_settings().timezone,
        stopped=block_at(db.session, person_id, now),
        pause=pause_at(db.session, person_id, now),
    )


def _next_start(place: PlaceShown) -> datetime:
    following = place.following
    assert following is not None  # noqa: S101 - only such places are sorted
    return following.starts_at


def _still_ahead(place: PlaceShown, now: datetime) -> bool:
    return any(one.ends_at > now for one in place.lines)


@blueprint.get("/me/courses/<int:enrolment_id>")
@signed_in
def place(enrolment_id: int) -> ResponseReturnValue:
    """One place of my own: every session with what is or was, who leads, and what can be changed."""
    held, now = found(own_place(db.session, _person(), enrolment_id)), clock.now()
    links = online_links(db.session, [one.id for one in held.run.meetings])
    leaders = people_by_ids(db.session, held.run.leader_ids) if held.run.leader_ids else {}
    return render_template(
        "enrolment/place.html",
        place=place_shown(held, now, links),
        missed=_missed(enrolment_id),
        run=held.run,
        rows=_part_rows(held),
        actions=changes(held),
        leaders=[leaders[one] for one in held.run.leader_ids if one in leaders],
        info=course(db.session, held.run.course_slug),
        handouts=materials_of_run(db.session, held.run.id) if may_have_handouts(held.state) else (),
        phone=_settings().college.phone,
        back=url_for("enrolment.my_courses"),
    )


def _missed(enrolment_id: int) -> MissedShown | None:
    """What is kept for them, when they could not be at a first session that is needed."""
    one = standing_for(db.session, enrolment_id)
    if one is None:
        return None
    if one.entry_id is None:
        return MissedShown()
    place = place_in_list(db.session, one.entry_id, clock.now())
    run = run_by_id(db.session, place.run_id) if place is not None else None
    if place is None or run is None or run.starts_at is None:
        return MissedShown(over=True)
    if place.offer_id is not None:
        url = url_for("enrolment.offer", offer_id=place.offer_id)
        return MissedShown(starts=run.starts_at, offer_url=url)
    url = url_for("enrolment.waiting", entry_id=one.entry_id)
    return MissedShown(starts=run.starts_at, wait_url=url)


def _part_rows(held: MyPlace) -> list[tuple[str, str]]:
    """How they take part, with whom, and what they said about it."""
    why = _("To learn") if held.role is Role.STUDENT else _("To support somebody")
    rows = [(_("You come"), why), (_("How"), str(MODES[held.mode]))]
    others = companions(db.session, held.enrolment_id)
    known = people_by_ids(db.session, [one.person_id for one in others if one.person_id])
    names = [
        known[one.person_id].name if one.person_id in known else one.guest_name for one in others
    ]
    if names:
        rows.append((_("With you"), ", ".join(names)))
    return [*rows, (_("What those who lead know from you"), held.needs(db.session) or _("Nothing"))]


@blueprint.get("/me/courses/record")
@signed_in
def my_record() -> ResponseReturnValue:
    """The record of attendance, to print or to show to whoever its owner likes."""
    person_id, now = _person(), clock.now()
    held = queries.my_courses(db.session, person_id, now)
    entries = [_entry(place_shown(place, now)) for place in (*held.coming, *held.past)]
    begun = [one for one in entries if one.first is not None and one.first <= now]
    return render_template(
        "enrolment/my_record.html",
        entries=sorted(begun, key=lambda one: one.first or now, reverse=True),
        name=current_actor().name,
        today=clock.local_date(now, _settings().timezone),
        back=url_for("enrolment.my_courses"),
    )


def _entry(place: PlaceShown) -> Entry:
    """Only sessions that count for this person; `minutes` are those of the ones they came to."""
    counted = [
        one
        for one in place.lines
        if one.part not in (Shown.NOT_YET_ENROLLED, Shown.SESSION_CANCELLED)
    ]
    return Entry(
        place=place,
        first=counted[0].starts_at if counted else None,
        last=counted[-1].starts_at if counted else None,
        minutes=sum(one.minutes for one in counted if one.part in (Shown.PRESENT, Shown.PART)),
    )


def _waits(person_id: int, now: datetime) -> list[Wait]:
    entries = places_in_lists(db.session, person_id, now)
    runs = runs_by_ids(db.session, {one.run_id for one in entries})
    return [_wait(one, runs[one.run_id], now) for one in entries if one.run_id in runs]


def _wait(one: PlaceInList, run: RunInfo, now: datetime) -> Wait:
    following = run.next_after(now)
    return Wait(
        place=one,
        title=run.course_title,
        first=following.starts_at if following else None,
        url=run.url,
        wait=url_for("enrolment.waiting", entry_id=one.entry_id),
        offer=url_for("enrolment.offer", offer_id=one.offer_id) if one.offer_id else "",
    )


def _interests(person_id: int) -> list[CourseRef]:
    wanted = queries.interests(db.session, person_id)
    known = courses_by_ids(db.session, wanted) if wanted else {}
    return [known[course_id] for course_id in wanted if course_id in known]


def _person() -> int:
    person_id = current_actor().person_id
    assert person_id is not None  # noqa: S101 - every page here asks for somebody who is signed in
    return person_id


def _settings() -> Settings:
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # the portal's own app
    return settings
