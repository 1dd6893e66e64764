"""Staff pages about venues and terms."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.courses.forms.base import ConfirmForm, OnceForm
from portal.courses.forms.places import TermForm, VenueForm
from portal.courses.models import Term, Venue
from portal.courses.policies import EDIT_VENUE
from portal.courses.queries import manage as queries
from portal.courses.services import places
from portal.courses.views.manage import (
    REFUSED,
    address,
    blueprint,
    changed_words,
    found,
    once,
)
from portal.db import db
from portal.plugin_api import current_actor, requires


def _status(form: OnceForm) -> int:
    return REFUSED if form.errors else 200


@blueprint.get("/venues")
@requires(EDIT_VENUE)
def venues() -> ResponseReturnValue:
    """All venues by name."""
    return render_template("courses/manage/venues.html", venues=queries.venues(db.session))


@blueprint.route("/venues/new", methods=["GET", "POST"])
@requires(EDIT_VENUE, "GET", "POST")
def new_venue() -> ResponseReturnValue:
    """A new venue."""
    form = VenueForm()

    def create() -> str:
        venue = places.create_venue(db.session, current_actor(), form.facts())
        flash(_("“%(name)s” is in the list.", name=venue.name), "good")
        return address("venues")

    if form.validate_on_submit() and (response := once(form, create)):
        return response
    return render_template("courses/manage/venue_edit.html", form=form, venue=None), _status(form)


@blueprint.route("/venues/<int:venue_id>", methods=["GET", "POST"])
@requires(EDIT_VENUE, "GET", "POST")
def edit_venue(venue_id: int) -> ResponseReturnValue:
    """What is known about a venue."""
    venue = found(Venue, venue_id)
    form = VenueForm.showing(venue)

    def save() -> str:
        places.edit_venue(db.session, current_actor(), venue_id, form.facts())
        flash(changed_words(), "good")
        return address("venues")

    if form.validate_on_submit() and (response := once(form, save)):
        return response
    return render_template("courses/manage/venue_edit.html", form=form, venue=venue), _status(form)


@blueprint.route("/venues/<int:venue_id>/remove", methods=["GET", "POST"])
@requires(EDIT_VENUE, "GET", "POST")
def remove_venue(venue_id: int) -> ResponseReturnValue:
    """Take a venue that was never used off the list."""
    form = ConfirmForm()

    def remove() -> str:
        places.delete_venue(db.session, current_actor(), venue_id)
        flash(_("The venue is off the list."), "good")
        return address("venues")

    return _remove(form, Venue, venue_id, remove, address("venues"))


@blueprint.get("/terms")
@requires(EDIT_VENUE)
def terms() -> ResponseReturnValue:
    """All terms, the latest first."""
    return render_template("courses/manage/terms.html", terms=queries.terms(db.session))


@blueprint.route("/terms/new", methods=["GET", "POST"])
@requires(EDIT_VENUE, "GET", "POST")
def new_term() -> ResponseReturnValue:
    """A new term."""
    form = TermForm()

    def create() -> str:
        term = places.create_term(db.session, current_actor(), form.dates())
        flash(_("“%(name)s” is in the list.", name=term.name), "good")
        return address("terms")

    if form.validate_on_submit() and (response := once(form, create)):
        return response
    return render_template("courses/manage/term_edit.html", form=form, term=None), _status(form)


@blueprint.route("/terms/<int:term_id>", methods=["GET", "POST"])
@requires(EDIT_VENUE, "GET", "POST")
def edit_term(term_id: int) -> ResponseReturnValue:
    """A term's name and days."""
    term = found(Term, term_id)
    form = TermForm.showing(term)

    def save() -> str:
        places.edit_term(db.session, current_actor(), term_id, form.dates())
        flash(changed_words(), "good")
        return address("terms")

    if form.validate_on_submit() and (response := once(form, save)):
        return response
    return render_template("courses/manage/term_edit.html", form=form, term=term), _status(form)


@blueprint.route("/terms/<int:term_id>/remove", methods=["GET", "POST"])
@requires(EDIT_VENUE, "GET", "POST")
def remove_term(term_id: int) -> ResponseReturnValue:
    """Take a term without runs off the list."""
    form = ConfirmForm()

    def remove() -> str:
        places.delete_term(db.session, current_actor(), term_id)
        flash(_("The term is off the list."), "good")
        return address("terms")

    return _remove(form, Term, term_id, remove, address("terms"))


def _remove(
    form: ConfirmForm,
    model: type[Venue] | type[Term],
    key: int,
    work: Callable[[], str],
    back: str,
) -> ResponseReturnValue:
    # A second click finds the record gone, so the form is asked before the record.
    if form.validate_on_submit() and db.session.get(model, key) is not None:
        if response := once(form, work):
            return response
    elif form.is_submitted() and not form.errors and (response := once(form, lambda: back)):
        return response
    return (
        render_template("courses/manage/remove.html", form=form, row=found(model, key), back=back),
        _status(form),
    )
