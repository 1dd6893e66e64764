"""How long paying takes: what was promised and what became of it, for everybody who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from plugins.claims.promises import PAID_IN
from plugins.claims.queries.pace import Month, paces
from plugins.claims.services.today import today
from plugins.claims.views.blueprint import blueprint
from portal.plugin_api import db, setting, signed_in
from portal.ui import charts
from portal.ui.filters import leaf, month

if TYPE_CHECKING:
    from portal.ui.charts import TimeChart


@blueprint.get("/pace")
@signed_in
def pace() -> str:
    """A picture of the last twelve months, and the same in numbers."""
    promised = int(setting(db.session, PAID_IN))
    months = paces(db.session, today(), promised)
    rows = [
        (month(one.first), one.pace.claims, one.pace.average, one.pace.longest, one.pace.in_time)
        for one in reversed(months)
        if one.pace
    ]
    return render_template("claims/pace.html", promised=promised, rows=rows, chart=_chart(months))


def _chart(months: list[Month]) -> TimeChart | None:
    """The longest of each month, with the average marked in it; None where no month says anything."""
    shown = [one.pace for one in months if one.pace is not None]
    if not shown:
        return None
    columns = [
        (leaf(one.first)[2], one.pace.longest, one.pace.average)
        if one.pace
        else (leaf(one.first)[2], 0, 0)
        for one in months
    ]
    longest = max(one.longest for one in shown)
    says = ngettext(
        "In the last twelve months nobody waited for longer than %(num)d working day.",
        "In the last twelve months nobody waited for longer than %(num)d working days.",
        longest,
    )
    return charts.over_time(
        _("Working days until the money leaves: the longest, and the average within it"),
        says,
        columns,
        [],
    )
