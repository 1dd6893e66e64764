"""Venues, terms and topics: the lists that runs are planned with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import ChangeKind, CourseSession, Run, Term, Venue
from portal.courses.services import history
from portal.courses.services.errors import InvalidError, NotAllowedNowError
from portal.courses.services.schedule import check_date
from portal.courses.services.slugs import free_slug
from portal.plugin_api import Actor
from portal.plugin_api.events import LimitsChanged, publish_many
from portal.plugin_api.types import Words

LONGEST_NAME = 120
LONGEST_POSTCODE = 12
LARGEST_ROOM = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFacts:
    """What people need to know to decide whether they can come. `capacity` None: not known."""

    name: str
    address: str = ""
    postcode: str = ""
    capacity: int | None = None
    step_free: bool = False
    hearing_loop: bool = False
    quiet_room: bool = False
    accessible_toilet: bool = False
    parking: bool = False
    bus: str = ""
    access_note: str = ""
    online: bool = False

    @classmethod
    def of(cls, venue: Venue) -> VenueFacts:
        """What is known about a venue now."""
        return cls(**{field: getattr(venue, field) for field in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDates:
    """A term's name and its first and last day, both included."""

    name: str
    starts_on: date
    ends_on: date


def create_venue(session: Session, actor: Actor, facts: VenueFacts) -> Venue:
    """A new venue; its address on the site is made from the name.

    Raises:
        InvalidError: at the fields that cannot stand.
    """
    values = _checked_venue(facts)
    venue = Venue(slug=free_slug(session, Venue.slug, facts.name, otherwise="venue"), **values)
    session.add(venue)
    session.flush()
    _noted(session, actor, ChangeKind.VENUE, venue.id, "created", {"name": [None, venue.name]})
    return venue


def edit_venue(session: Session, actor: Actor, venue_id: int, facts: VenueFacts) -> Venue:
    """Change what is known about a venue. A smaller capacity takes no place from anybody.

    Raises:
        InvalidError: at the fields that cannot stand.
    """
    venue = session.get_one(Venue, venue_id, with_for_update=True)
    changes = history.apply(venue, _checked_venue(facts))
    if changes:
        _noted(session, actor, ChangeKind.VENUE, venue.id, "edited", changes)
    if not changes.keys().isdisjoint(("capacity", "online")):
        _tell_runs(session, venue.id)
    return venue


def delete_venue(session: Session, actor: Actor, venue_id: int) -> None:
    """Remove a venue that nothing was ever planned in.

    Raises:
        NotAllowedNowError: something was.
    """
    venue = session.get_one(Venue, venue_id, with_for_update=True)
    used = sa.or_(
        sa.exists().where(Run.venue_id == venue.id),
        sa.exists().where(CourseSession.venue_id == venue.id),
    )
    if session.scalar(sa.select(used)):
        raise NotAllowedNowError(
            _l("Sessions were planned here, so the venue stays: their history needs it.")
        )
    session.delete(venue)
    _noted(session, actor, ChangeKind.VENUE, venue_id, "deleted", {"name": [venue.name, None]})


def create_term(session: Session, actor: Actor, dates: TermDates) -> Term:
    """A new term.

    Raises:
        InvalidError: at the fields that cannot stand.
    """
    values = _checked_term(dates)
    term = Term(slug=free_slug(session, Term.slug, dates.name, otherwise="term"), **values)
    session.add(term)
    session.flush()
    _noted(session, actor, ChangeKind.TERM, term.id, "created", {"name": [None, term.name]})
    return term


def edit_term(session: Session, actor: Actor, term_id: int, dates: TermDates) -> Term:
    """Change a term's name or days; sessions stay where they are.

    Raises:
        InvalidError: at the fields that cannot stand.
    """
    term = session.get_one(Term, term_id, with_for_update=True)
    changes = history.apply(term, _checked_term(dates))
    if changes:
        _noted(session, actor, ChangeKind.TERM, term.id, "edited", changes)
    return term


def delete_term(session: Session, actor: Actor, term_id: int) -> None:
    """Remove a term without runs.

    Raises:
        NotAllowedNowError: it has runs.
    """
    term = session.get_one(Term, term_id, with_for_update=True)
    if session.scalar(sa.select(sa.exists().where(Run.term_id == term.id))):
        raise NotAllowedNowError(_l("Runs were planned in this term, so it stays."))
    session.delete(term)
    _noted(session, actor, ChangeKind.TERM, term_id, "deleted", {"name": [term.name, None]})


def _tell_runs(session: Session, venue_id: int) -> None:
    """The runs to come that meet in a venue whose size changed, for whoever gives their places away."""
    run_ids = session.scalars(
        sa.select(Run.id)
        .join(CourseSession)
        .where(
            sa.func.coalesce(CourseSession.venue_id, Run.venue_id) == venue_id,
            CourseSession.ends_at > clock.now(),
        )
        .distinct()
        .order_by(Run.id)
    )
    publish_many(session, [LimitsChanged(run_id=run_id) for run_id in run_ids])


def _checked_venue(facts: VenueFacts) -> dict[str, object]:
    values = {
        field: value.replace("\r\n", "\n").replace("\x00", "").strip()
        if isinstance(value, str)
        else value
        for field, value in asdict(facts).items()
    }
    errors: dict[str, Words] = _name_errors(values["name"])
    if len(values["postcode"]) > LONGEST_POSTCODE:
        errors["postcode"] = _l("This is too long for a postcode")
    if facts.capacity is not None and not 0 < facts.capacity <= LARGEST_ROOM:
        errors["capacity"] = _l(
            "Give a number from 1 to %(most)d, or leave it empty", most=LARGEST_ROOM
        )
    if errors:
        raise InvalidError(**errors)
    return values


def _checked_term(dates: TermDates) -> dict[str, object]:
    name = dates.name.replace("\x00", "").strip()
    errors = _name_errors(name)
    for field in ("starts_on", "ends_on"):
        try:
            check_date(getattr(dates, field), field=field)
        except InvalidError as error:
            errors.update(error.errors)
    if not errors and dates.ends_on <= dates.starts_on:
        errors["ends_on"] = _l("The last day must come after the first")
    if errors:
        raise InvalidError(**errors)
    return {"name": name, "starts_on": dates.starts_on, "ends_on": dates.ends_on}


def _name_errors(name: str) -> dict[str, Words]:
    if not name:
        return {"name": _l("Give it a name")}
    if len(name) > LONGEST_NAME:
        return {"name": _l("Make the name shorter than %(most)d letters", most=LONGEST_NAME)}
    return {}


def _noted(
    session: Session,
    actor: Actor,
    kind: ChangeKind,
    subject_id: int,
    action: str,
    changes: history.Changes,
) -> None:
    session.flush()
    history.note(session, actor, kind, subject_id, action, course_id=None, changes=changes)
