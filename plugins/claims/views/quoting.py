"""The calculator, and the rates it works with: for everybody, before they say yes to anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from plugins.claims import words
from plugins.claims.errors import Why
from plugins.claims.forms.quoting import QuoteForm
from plugins.claims.money.amounts import TENTHS, miles
from plugins.claims.money.mileage import Quote, Vehicle
from plugins.claims.money.rates import NoRateError
from plugins.claims.queries.quotes import quote as quoted
from plugins.claims.queries.quotes import year_name
from plugins.claims.queries.rates import rates
from plugins.claims.views.blueprint import blueprint, status
from plugins.claims.words import REFUSALS
from portal.plugin_api import db, public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/quote")
@public
def quote() -> ResponseReturnValue:
    """What a journey is worth, and why."""
    form = QuoteForm(request.args)
    found = _quote(form) if request.args and form.validate() else None
    page = render_template(
        "claims/quote.html",
        form=form,
        found=found,
        rates=[one for one in rates(db.session) if one.key in words.RATES],
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
