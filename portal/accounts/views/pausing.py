"""Pausing one's account, and being back: each in one step, and nobody asks why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from portal.accounts.models import Person
from portal.accounts.services import people
from portal.accounts.views.blueprint import blueprint
from portal.accounts.views.mine import own_id
from portal.db import db
from portal.plugin_api import current_actor, signed_in
from portal.plugin_api.dispatch import gather_silence_costs

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _me() -> Person:
    return db.session.get_one(Person, own_id())


@blueprint.get("/me/pause")
@signed_in
def pause() -> str:
    """What a pause means, what would be lost by silence, and one button; or the pause that is on."""
    me = _me()
    costs = gather_silence_costs(db.session, me.id)
    return render_template(
        "accounts/pause.html", me=me, costs=costs.items, part_missing=bool(costs.missing)
    )


@blueprint.post("/me/pause/begin")
@signed_in("POST")
def begin_pause() -> ResponseReturnValue:
    """From now on only what cannot wait."""
    people.pause_account(db.session, current_actor(), _me())
    flash(_("Your account is paused. Come back whenever you like."), "good")
    return redirect(url_for("accounts.pause"), 303)


@blueprint.post("/me/pause/end")
@signed_in("POST")
def end_pause() -> ResponseReturnValue:
    """I am back."""
    people.resume_account(db.session, current_actor(), _me())
    flash(_("Welcome back. We tell you what is new from now on."), "good")
    return redirect(url_for("accounts.details"), 303)
