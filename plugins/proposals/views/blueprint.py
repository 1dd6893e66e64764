"""What the pages have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, url_for

from plugins.proposals.queries import pages
from plugins.proposals.queries.shown import Shown
from plugins.proposals.services.store import GoneError
from plugins.proposals.states import RefusedError
from plugins.proposals.words import REFUSALS
from portal.courses.api import claim_form, settle_form
from portal.plugin_api import current_actor, db

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.ui.forms import Form, OnceForm

blueprint = Blueprint("proposals", __name__, template_folder="../templates")
REFUSED = 422


def page_of(ref: str) -> Shown:
    """The proposal of an address; a page that does not exist for whoever may not see it."""
    found = pages.shown(db.session, ref, current_actor())
    if found is None:
        abort(404)
    return found


def own_page(ref: str) -> Shown:
    """The same for whoever makes it; for everybody else there is no such page."""
    found = page_of(ref)
    if not found.makes_it:
        abort(404)
    return found


def made_page(ref: str) -> Shown:
    """The same for whoever made it and has left, too: what they typed meanwhile is not lost with a 404."""
    found = page_of(ref)
    if found.me is None:
        abort(404)
    return found


def number_of(text: str | None, otherwise: int) -> int:
    """A number that a page carried along; `otherwise` for anything else."""
    given = text or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else otherwise


def to_page(ref: str, anchor: str = "") -> ResponseReturnValue:
    """The way back to a proposal's page."""
    return redirect(url_for("proposals.show", ref=ref, _anchor=anchor or None), 303)


def tried(form: Form, work: Callable[[], object]) -> bool:
    """Do it. False when it was refused: the reason stands at the form, and nothing was changed."""
    try:
        work()
    except RefusedError as refused:
        form.refuse("", REFUSALS[refused.why])
        db.session.rollback()
        return False
    except GoneError:
        abort(404)
    return True


def sent_before(form: OnceForm) -> ResponseReturnValue | None:
    """The way to where this very form led when it was sent before; None when it was not."""
    before = claim_form(db.session, form.key)
    return None if before is None else redirect(before, 303)


def once(form: OnceForm, work: Callable[[], str]) -> ResponseReturnValue | None:
    """Do it once, however often the form is sent, and lead on to where `work` says.

    None when it was refused: the reason stands at the form, and nothing was changed.
    """
    done = sent_before(form)
    if done is not None:
        return done
    place = ""

    def run() -> None:
        nonlocal place
        place = work()

    if not tried(form, run):
        return None
    settle_form(db.session, form.key, place)
    return redirect(place, 303)
