"""What places put on the desk: offers that end today or reached nobody, runs with too few or too many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import people_by_ids
from portal.courses.api import RunSeats, all_run_seats, courses_by_ids
from portal.enrolment.queries.desk import OpenOffer, open_offers
from portal.enrolment.services import rules
from portal.enrolment.services.room import limits
from portal.plugin_api import Actor, DeskLine
from portal.plugin_api.types import Words
from portal.ui.filters import hour, short_day

SEE = "desk:task:see"
OFFERS, NUMBERS = _l("Offers"), _l("Too few or too many")
FEW_SOON = timedelta(days=14)  # before the first session: late enough to know, early enough to act
DECIDE = timedelta(days=5)
OVER_SOON = timedelta(weeks=3)


def desk_lines(session: Session, actor: Actor, *, zone: str, at: datetime) -> Iterable[DeskLine]:
    """Everything that places have for the desk; names, so only for those who work at it. Six queries."""
    if not actor.can(SEE):
        return []
    runs = {run.id: run for run in all_run_seats(session, ending_after=at)}
    courses = courses_by_ids(session, {run.course_id for run in runs.values()})
    titles = {run.id: courses[run.course_id].title for run in runs.values()}
    return [
        *_offers(session, titles, zone, at),
        *_numbers(session, runs.values(), titles, zone, at),
    ]


# --- offers ---------------------------------------------------------------------------------------------


def _offers(
    session: Session, titles: dict[int, str], zone: str, at: datetime
) -> Iterable[DeskLine]:
    today = clock.local_date(at, zone)
    tonight = clock.wall_to_utc(datetime.combine(today + timedelta(days=1), time.min), zone)
    offers = [
        one
        for one in open_offers(session, at, ending_before=tonight)
        if one.expires_at <= tonight or _is_overdue(one, zone, at)
    ]
    people = people_by_ids(session, {one.person_id for one in offers})
    for one in offers:
        person = people.get(one.person_id)
        if person is None or one.run_id not in titles:
            continue
        # An offer that ends at midnight ends on the day that people call today.
        last = clock.local_date(one.expires_at - timedelta(seconds=1), zone)
        yield DeskLine(
            group=OFFERS,
            title=f"{person.name}: {titles[one.run_id]}",
            next_step=_offer_step(one, last, today),
            url=_run_url(one.run_id),
            due=last,
        )


def _is_overdue(offer: OpenOffer, zone: str, at: datetime) -> bool:
    """True when nobody was reached within a working day: until then it is one call among others."""
    return not offer.told and clock.working_hours_after(offer.made_at, 24, zone) <= at


def _offer_step(offer: OpenOffer, last: date, today: date) -> Words:
    if offer.told:
        until = hour(offer.expires_at)
        words = _("Ring them: the place we offered is kept until %(time)s today", time=until)
    elif last <= today:
        words = _("Nobody has reached them yet. After today we ask the next person")
    else:
        day = short_day(last)
        words = _(
            "Nobody has reached them yet. Try again: we keep the place until %(day)s", day=day
        )
    return str(words)


# --- numbers --------------------------------------------------------------------------------------------


def _numbers(
    session: Session,
    runs: Iterable[RunSeats],
    titles: dict[int, str],
    zone: str,
    at: datetime,
) -> Iterable[DeskLine]:
    fewest = rules.number(session, rules.FEWEST)
    for run in runs:
        if not run.takes_people or not run.sessions:
            continue
        first = run.sessions[0].starts_at
        coming = [one.starts_at for one in run.sessions if one.starts_at > at]
        if at < first <= at + FEW_SOON and run.seats_taken < fewest:
            step: Words = _l("Tell more people, or decide whether it goes ahead")
            day = clock.local_date(max(at, first - DECIDE), zone)
            yield _number_line(run, titles, _few(run.seats_taken), step, day)
        if coming and coming[0] <= at + OVER_SOON and (most := _most(run, at)) < run.seats_taken:
            words: Words = ngettext(
                "%(taken)d people, room for %(num)d",
                "%(taken)d people, room for %(num)d",
                most,
                taken=run.seats_taken,
            )
            step = _l("Everybody keeps their place: find a larger room")
            yield _number_line(run, titles, words, step, clock.local_date(coming[0], zone))


def _most(run: RunSeats, at: datetime) -> int:
    """How many the tightest session to come has room for, by room and by what learns well together."""
    most = limits(run, at)
    return most.total if run.online else min(most.in_person, most.total)


def _few(taken: int) -> str:
    if not taken:
        return str(_("nobody so far"))
    return str(ngettext("%(num)d person so far", "%(num)d people so far", taken))


def _number_line(
    run: RunSeats, titles: dict[int, str], words: Words, step: Words, day: date
) -> DeskLine:
    return DeskLine(
        group=NUMBERS,
        title=_("%(course)s: %(words)s", course=titles[run.id], words=words),
        next_step=step,
        url=_run_url(run.id),
        due=day,
    )


def _run_url(run_id: int) -> str:
    return url_for("enrolment.people", run_id=run_id)
