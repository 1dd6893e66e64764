"""The history of a step and of an opportunity: each change with who made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _

from portal.db import db
from portal.facilitators.models import ChangedKind
from portal.facilitators.policies import MANAGE
from portal.facilitators.queries import history as queries
from portal.facilitators.queries.opportunities import opportunity
from portal.facilitators.views.frame import blueprint, names
from portal.facilitators.views.ways import step_or_404
from portal.facilitators.words import CLEARANCES
from portal.facilitators.words import pathway as pathway_words
from portal.plugin_api import requires
from portal.plugin_api.types import Words
from portal.ui import filters
from portal.ui.history import Difference, Entry

CHOICES: Mapping[str, Mapping[Any, Words]] = {
    "stage": pathway_words.PARTS,
    "clearance": CLEARANCES,
    "kind": pathway_words.KINDS,
}


@blueprint.get("/manage/pathway/steps/<key>/history")
@requires(MANAGE)
def step_history(key: str) -> str:
    """What was changed about a step."""
    step = step_or_404(key)
    return _page(
        ChangedKind.STEP,
        key,
        str(step.title),
        back=url_for("facilitators.edit_step", key=key),
        address=lambda **more: url_for("facilitators.step_history", key=key, **more),
    )


@blueprint.get("/manage/opportunities/<int:opportunity_id>/history")
@requires(MANAGE)
def opportunity_history(opportunity_id: int) -> str:
    """What was changed about an opportunity."""
    one = opportunity(db.session, opportunity_id) or abort(404)
    return _page(
        ChangedKind.OPPORTUNITY,
        str(opportunity_id),
        one.title,
        back=url_for("facilitators.board_one", opportunity_id=opportunity_id),
        address=lambda **more: url_for(
            "facilitators.opportunity_history", opportunity_id=opportunity_id, **more
        ),
    )


def _page(
    kind: ChangedKind, key: str, title: str, *, back: str, address: Callable[..., str]
) -> str:
    before = request.args.get("before", type=int)
    lines, more = queries.history(db.session, kind, key, before=before)
    people = names(one.actor_person_id for one in lines if one.actor_person_id is not None)
    return render_template(
        "facilitators/history.html",
        title=title,
        back=back,
        entries=[
            _entry(one, {key: person.name for key, person in people.items()}) for one in lines
        ],
        older=address(before=more) if more else "",
        newest=address() if before else "",
    )


def _entry(one: queries.Changed, people: Mapping[int, str]) -> Entry:
    return Entry(
        at=one.at,
        who=people.get(one.actor_person_id or 0, ""),
        what=pathway_words.CHANGED.get(one.action, one.action),
        differences=tuple(
            Difference(
                pathway_words.FIELDS.get(field, field), *(_words(field, value) for value in pair)
            )
            for field, pair in one.changes.items()
        ),
    )


def _words(field: str, value: Any) -> str:
    if value is None or value == "":
        return str(_("nothing"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if field in CHOICES:
        return str(CHOICES[field].get(value, value))
    return filters.day(date.fromisoformat(value)) if field == "last_day" else str(value)
