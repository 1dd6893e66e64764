"""The calculator, and the rates it works with: for everybody, before they say yes to anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from plugins.claims import words
from plugins.claims.errors import Why
from plugins.claims.forms.quoting import QuoteForm
from plugins.claims.forms.rates import RateForm
from plugins.claims.money.amounts import TENTHS, miles
from plugins.claims.money.mileage import Quote, Vehicle
from plugins.claims.money.rates import NoRateError
from plugins.claims.policies import KEEP_RATES
from plugins.claims.queries.quotes import quote as quoted
from plugins.claims.queries.quotes import year_name
from plugins.claims.queries.rates import rates
from plugins.claims.services.rates import NewRate
from plugins.claims.services.rates import add_rate as add
from plugins.claims.views.blueprint import blueprint, once, status
from plugins.claims.words import REFUSALS
from portal.plugin_api import current_actor, db, public, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.claims.errors import RefusedError


@blueprint.get("/quote")
@public
def quote() -> ResponseReturnValue:
    """What a journey is worth, and why."""
    form = QuoteForm(request.args)
    known = rates(db.session)
    found = _quote(form) if request.args and form.validate() else None
    page = render_template(
        "claims/quote.html",
        form=form,
        found=found,
        rates=[one for key in words.RATES for one in known if one.key == key],
        words=words,
        miles=miles,
        year_name=year_name,
    )
    return page, status(form)


def _quote(form: QuoteForm) -> Quote | None:
    try:
        return quoted(
            db.session,
            Vehicle(form.category.data),
            form.day.data,
            form.miles.data,
            (form.before.data or 0) * TENTHS,
        )
    except NoRateError:
        form.refuse("day", REFUSALS[Why.NO_RATE])
        return None


@blueprint.route("/rates/new", methods=["GET", "POST"])
@requires(KEEP_RATES, "GET", "POST")
def add_rate() -> ResponseReturnValue:
    """A rate that the college knows from today on."""
    form = RateForm()

    def go() -> str:
        new = NewRate(
            form.kind.data, int(form.pence.data or 0), form.day.data, form.source.data or ""
        )
        proposed = add(db.session, current_actor(), new)
        flash(_("Added. It holds for journeys that are claimed from now on."), "good")
        if proposed:
            flash(
                ngettext(
                    "For %(num)d journey that was decided, more is owed now. It waits to be approved.",
                    "For %(num)d journeys that were decided, more is owed now. They wait to be approved.",
                    proposed,
                ),
                "good",
            )
            return url_for("claims.adjustments")
        return url_for("claims.quote", _anchor="rates")

    if form.validate_on_submit() and (done := once(form, go, _at_day)):
        return done
    return render_template("claims/add_rate.html", form=form), status(form)


def _at_day(_refused: RefusedError) -> str:
    return "day"
