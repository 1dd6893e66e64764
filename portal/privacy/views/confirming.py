"""Erasing somebody who asked the college to: what waits for a second person, confirming it, and saying no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from portal import clock
from portal.db import db
from portal.plugin_api import Actor, Veto, current_actor, public, requires, writes
from portal.plugin_api.personal import ErasureFailedError
from portal.privacy.erasure_links import ask_of
from portal.privacy.forms import ConfirmErasureForm, SayNoForm
from portal.privacy.models import ErasureAsk
from portal.privacy.policies import CONFIRM, confirmed_from, may_confirm_erasure
from portal.privacy.queries import Somebody, people
from portal.privacy.services import erasing, erasing_for
from portal.privacy.views.blueprint import blueprint, form_page, settings
from portal.privacy.views.erasing import CHANGED, told_in_words
from portal.privacy.views.for_others import not_erased
from portal.privacy.words import ASKED
from portal.ui.limits import ask_to_wait, limiter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flask.typing import ResponseReturnValue

    from portal.plugin_api.personal import ErasedPart

CLICKS = "60 per minute"  # of one network address, on links of this kind
GONE = 410


@blueprint.get("/manage/erasures")
@requires(CONFIRM)
def erasures() -> str:
    """Who waits to be erased, and who may confirm it from when on."""
    waiting = erasing_for.open_asks(db.session)
    return render_template(
        "privacy/erasures.html",
        lines=[(ask, _may_confirm(ask), _from_day(ask)) for ask in waiting],
        names=_names(waiting),
        me=current_actor().person_id,
        now=clock.now(),
        ready=confirmed_from,
    )


def _names(asks: Sequence[ErasureAsk]) -> dict[int, str]:
    ids = {one.person_id for one in asks} | {one.begun_by_id for one in asks if one.begun_by_id}
    return {one.id: one.name for one in people(db.session, list(ids)).values()}


def _may_confirm(ask: ErasureAsk) -> bool:
    """Whether whoever asks may, or could if they had the right to give out roles."""
    return may_confirm_erasure(
        current_actor(), begun_by_id=ask.begun_by_id, person_id=ask.person_id
    )


def _from_day(ask: ErasureAsk) -> date:
    return clock.local_date(confirmed_from(ask.begun_at), settings().timezone)


def _open_or_404(erasure_id: int) -> tuple[ErasureAsk, Somebody]:
    """One that is open and not about the reader, and its person."""
    ask = db.session.get(ErasureAsk, erasure_id)
    if ask is None or ask.ended_at is not None or ask.person_id == current_actor().person_id:
        abort(404)
    return ask, people(db.session, [ask.person_id])[ask.person_id]


@blueprint.route("/manage/erasures/<int:erasure_id>", methods=["GET", "POST"])
@requires(CONFIRM, "GET", "POST", fresh=True)
@writes
def confirm_erasure(erasure_id: int) -> ResponseReturnValue:
    """What the first person wrote down and what will happen; confirmed by somebody else, it is done."""
    ask, person = _open_or_404(erasure_id)
    form = ConfirmErasureForm()
    try:
        if form.validate_on_submit():
            return _confirm(ask, person, form)
        parts = erasing.plan(db.session, person.id)
    except (ErasureFailedError, erasing.NotErasedError) as error:
        return not_erased(person, getattr(error, "title", ""))
    except Veto as veto:
        return not_erased(person, "", reason=veto.reason)
    return _page(ask, person, form, parts)


def _page(
    ask: ErasureAsk, person: Somebody, form: ConfirmErasureForm, parts: Sequence[ErasedPart]
) -> ResponseReturnValue:
    form.told.data = erasing.seal_of(parts)
    return form_page(
        "privacy/confirm_erasure.html",
        form,
        ask=ask,
        person=person,
        plan=told_in_words(parts),
        names=_names([ask]),
        asked=ASKED,
        may=_may_confirm(ask),
        ready=confirmed_from(ask.begun_at) <= clock.now(),
        from_day=_from_day(ask),
        changed=form.told.data != ask.told,
    )


def _confirm(ask: ErasureAsk, person: Somebody, form: ConfirmErasureForm) -> ResponseReturnValue:
    told = form.told.data or ""
    try:
        erasing_for.confirm(db.session, current_actor(), ask.id, at=clock.now(), told=told)
    except erasing.ChangedError:
        db.session.rollback()
        ask, person = _open_or_404(ask.id)
        form.refuse("", CHANGED)
        return _page(ask, person, form, erasing.plan(db.session, person.id))
    except erasing_for.AskError as error:
        if error.code == "early":
            form.refuse(
                "", _("They still have time to say no. Come back on the day that stands here.")
            )
            return _page(ask, person, form, erasing.plan(db.session, person.id))
        abort(403)
    flash(
        _(
            "They are erased. Tell them now, if they are here or on the phone: we do not know any more how "
            "to reach them."
        ),
        "good",
    )
    return redirect(url_for("privacy.erasures"), 303)


@blueprint.post("/manage/erasures/<int:erasure_id>/stop")
@requires(CONFIRM, "POST")
def stop_erasure(erasure_id: int) -> ResponseReturnValue:
    """They said no, or something is not right. It can be written down anew."""
    ask, _person = _open_or_404(erasure_id)
    try:
        erasing_for.stop(db.session, current_actor(), ask.id, at=clock.now())
    except erasing_for.AskError:
        abort(404)
    flash(_("Stopped. Nothing was erased."), "good")
    return redirect(url_for("privacy.erasures"), 303)


@blueprint.route("/erasure/no/<link>", methods=["GET", "POST"])
@public("GET", "POST")
@limiter.limit(CLICKS, methods=["POST"], on_breach=ask_to_wait)
def say_no(link: str) -> ResponseReturnValue:
    """The link in the message to the person: they did not ask, or think otherwise now. No sign-in is needed,
    as whoever should be erased against their will may have lost that too.
    """
    ask = db.session.get(ErasureAsk, ask_of(link))
    form = SayNoForm()
    if ask is None or ask.ended_at is not None:
        return render_template("privacy/said_no.html", over=True), GONE
    if form.validate_on_submit():
        try:
            erasing_for.stop(db.session, Actor(ask.person_id), ask.id, at=clock.now())
        except erasing_for.AskError:
            abort(GONE)
        return render_template("privacy/said_no.html", over=False)
    return form_page("privacy/say_no.html", form)
