"""Being erased: what will happen first, then the question, then it is done and the person is signed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import after_this_request, g, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.db import db
from portal.plugin_api import ANONYMOUS, Veto, current_actor, public, signed_in, writes
from portal.plugin_api.personal import ErasedPart, ErasureFailedError
from portal.privacy.forms import EraseForm
from portal.privacy.services import erasing
from portal.privacy.services.kept import what_is_kept
from portal.privacy.views.blueprint import INVALID, blueprint, form_page
from portal.privacy.views.mine import UNAVAILABLE, own_id
from portal.ui.limits import ask_to_wait, limiter, myself

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response
    from flask.typing import ResponseReturnValue

    from portal.plugin_api.types import Words

DONE = 303
PLANS = "30 per hour"  # to see what would happen, all of it is done and undone
CHANGED = _l(
    "Something has changed since you opened this page, so nothing was erased. Please read it again."
)


@blueprint.route("/me/data/erase", methods=["GET", "POST"])
@signed_in("GET", "POST", fresh=True)
@writes
@limiter.limit(PLANS, key_func=myself, on_breach=ask_to_wait)
def erase() -> ResponseReturnValue:
    """What will be erased and what must be held, and why; then, once they are sure, it is done."""
    form = EraseForm()
    if form.validate_on_submit():
        return _erase(form)
    try:
        parts = erasing.plan(db.session, own_id())
    except ErasureFailedError as error:
        return _cannot_now(error.title)
    except Veto as veto:
        return _refused(veto)
    form.told.data = erasing.seal_of(parts)
    return form_page("privacy/erase.html", form, plan=told_in_words(parts))


def _erase(form: EraseForm) -> ResponseReturnValue:
    try:
        erasing.erase(
            db.session, current_actor(), own_id(), at=clock.now(), told=form.told.data or ""
        )
    except erasing.ChangedError:
        db.session.rollback()
        parts = erasing.plan(db.session, own_id())
        form = EraseForm(formdata=None)
        form.told.data = erasing.seal_of(parts)
        form.refuse("", CHANGED)
        return form_page("privacy/erase.html", form, plan=told_in_words(parts))
    except (ErasureFailedError, erasing.NotErasedError) as error:
        return _cannot_now(getattr(error, "title", ""))
    except Veto as veto:
        return _refused(veto)
    except erasing.NobodyError:
        pass  # a second click, and the first one did it
    after_this_request(_sign_out)
    return redirect(url_for("privacy.erased"), DONE)


def _sign_out(response: Response) -> Response:
    """Once it is committed: the record of the session is gone already, so the cookie leads nowhere."""
    if response.status_code == DONE:
        session.clear()
        g.actor = ANONYMOUS
    return response


def _cannot_now(title: Words) -> ResponseReturnValue:
    """Nothing was changed: the response is an error, so all of it is rolled back."""
    db.session.rollback()
    return render_template("privacy/not_erased.html", part=title, reason=""), UNAVAILABLE


def _refused(veto: Veto) -> ResponseReturnValue:
    db.session.rollback()
    return render_template("privacy/not_erased.html", part="", reason=veto.reason), INVALID


def told_in_words(parts: Sequence[ErasedPart]) -> dict[str, list[tuple[str, str, str]]]:
    """(part, what, reason) of what is there now: what is deleted, what loses the name, what is held."""
    told: dict[str, list[tuple[str, str, str]]] = {"delete": [], "pseudonymise": [], "held": []}
    for one in parts:
        title, what = str(one.title), what_is_kept(one.source)
        if one.result.held:
            told["held"].append((title, what, str(one.result.reason)))
        if one.result.erased or one.source.discreet:
            told[one.source.on_erasure].append((title, what, ""))
    return told


@blueprint.get("/erased")
@public
def erased() -> str:
    """Goodbye. The same for everybody who opens it."""
    return render_template("privacy/erased.html", title=_("You are erased"))
