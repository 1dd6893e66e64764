"""Coming in and going out: asking, inviting, one's own part, support, and how it is being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from plugins.proposals import words
from plugins.proposals.forms.making import GoForm, MineForm, PartForm, RungForm, SupportForm
from plugins.proposals.models import Answer, Credit, SupportKind
from plugins.proposals.queries import ladder
from plugins.proposals.services import coming_in, own_part, taking_part
from plugins.proposals.states.steps import JOINED_IN
from plugins.proposals.views.beginning import part_of
from plugins.proposals.views.blueprint import (
    REFUSED,
    blueprint,
    once,
    own_page,
    page_of,
    sent_before,
    to_page,
    tried,
)
from portal.messages.api import full_link
from portal.plugin_api import current_actor, db, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.route("/<ref>/join", methods=["GET", "POST"])
@signed_in("GET", "POST")
def join(ref: str) -> ResponseReturnValue:
    """Ask to take part. Where nobody is there any more, one comes in at once."""
    page, actor, form = page_of(ref), current_actor(), PartForm()
    if page.makes_it:
        return to_page(ref)
    if page.stage not in JOINED_IN:
        abort(404)
    if form.validate_on_submit():
        part = part_of(form)

        def ask() -> None:
            if page.here:
                coming_in.ask_to_join(db.session, actor, page.id, part)
            else:
                taking_part.join(db.session, actor, page.id, actor.person_id or 0, part)

        if tried(form, ask):
            said = (
                _("They have been asked. You hear from us as soon as one of them answers.")
                if page.here
                else _("Thank you. It goes on with you now.")
            )
            flash(said, "good")
            return to_page(ref)
    page_text = render_template("proposals/join.html", form=form, one=page)
    return page_text, REFUSED if form.errors or form.form_errors else 200


@blueprint.post("/<ref>/join/not")
@signed_in("POST")
def take_back_asking(ref: str) -> ResponseReturnValue:
    """Not to take part after all: nobody is asked any more, and nothing is kept of it."""
    page, form = page_of(ref), GoForm()
    if tried(form, lambda: coming_in.take_back_asking(db.session, current_actor(), page.id)):
        flash(_("You have taken it back. You can ask again at any time."), "good")
    return to_page(ref)


@blueprint.post("/<ref>/asked/<int:asked_id>/<any(yes, no):answer>")
@signed_in("POST")
def answer_asked(ref: str, asked_id: int, answer: str) -> ResponseReturnValue:
    """Say yes or no to somebody who would like to join."""
    page, form = own_page(ref), GoForm()
    done = tried(
        form,
        lambda: coming_in.answer_asked(
            db.session, current_actor(), page.id, asked_id, Answer(answer)
        ),
    )
    if not done:
        return render_template("proposals/refused.html", form=form, one=page), REFUSED
    flash(_("They are being told. Thank you for answering."), "good")
    return to_page(ref, "people")


@blueprint.route("/<ref>/invite", methods=["GET", "POST"])
@signed_in("GET", "POST")
def invite(ref: str) -> ResponseReturnValue:
    """A link to hand on to one person. It is shown once."""
    page, form = own_page(ref), GoForm()
    link = ""
    if form.validate_on_submit():
        secret = coming_in.invite(db.session, current_actor(), page.id)
        link = full_link("proposals.invited", secret=secret)
    return render_template("proposals/invite.html", form=form, one=page, link=link)


@blueprint.route("/invited/<secret>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def invited(secret: str) -> ResponseReturnValue:
    """Come in with an invitation."""
    found, form = coming_in.invitation_of(db.session, secret), PartForm()
    if found is None:
        done = sent_before(form) if form.validate_on_submit() else None
        return done or (render_template("proposals/invitation_over.html"), 404)
    ref, title = ladder.address_of(db.session, found.proposal_id)
    if form.validate_on_submit():

        def come_in() -> str:
            coming_in.accept(db.session, current_actor(), secret, part_of(form))
            flash(_("Welcome. You are making it with the others now."), "good")
            return url_for("proposals.show", ref=ref)

        done = once(form, come_in)
        if done is not None:
            return done
    page = render_template("proposals/invited.html", form=form, title=title)
    return page, REFUSED if form.errors or form.form_errors else 200


@blueprint.route("/<ref>/me", methods=["GET", "POST"])
@signed_in("GET", "POST")
def my_part(ref: str) -> ResponseReturnValue:
    """How one is named, and whether one hears once a week; also for whoever has left."""
    page, actor, form = page_of(ref), current_actor(), MineForm()
    if page.me is None:
        abort(404)
    if form.validate_on_submit():
        other = (form.pseudonym.data or "").strip()
        if form.credit.data == Credit.PSEUDONYM.value and not other:
            form.refuse("pseudonym", _("Write the other name, or choose another answer above"))
        else:
            own_part.change_credit(
                db.session,
                actor,
                page.id,
                Credit(form.credit.data),
                other,
                news=bool(form.news.data),
            )
            flash(_("Saved."), "good")
            return to_page(ref, "people")
    elif request.method == "GET":
        mine = own_part.my_part(db.session, page.id, actor.person_id)
        form.credit.data, form.pseudonym.data = mine.credit.value, mine.pseudonym
        form.news.data = mine.digest
    page_text = render_template("proposals/my_part.html", form=form, one=page)
    return page_text, REFUSED if form.errors else 200


@blueprint.route("/<ref>/support", methods=["GET", "POST"])
@signed_in("GET", "POST")
def support(ref: str) -> ResponseReturnValue:
    """Ask for what would help. A coordinator rings."""
    page, form = own_page(ref), SupportForm()
    if form.validate_on_submit():

        def ask() -> str:
            kind = SupportKind(form.kind.data)
            said = form.words.data or ""
            own_part.ask_for_support(db.session, current_actor(), page.id, kind, said)
            flash(_("A coordinator will be in touch within two working days."), "good")
            return url_for("proposals.show", ref=ref)

        done = once(form, ask)
        if done is not None:
            return done
    page_text = render_template("proposals/support.html", form=form, one=page)
    return page_text, REFUSED if form.errors or form.form_errors else 200


@blueprint.route("/<ref>/how-we-work", methods=["GET", "POST"])
@signed_in("GET", "POST")
def rungs(ref: str) -> ResponseReturnValue:
    """The ladder: as whoever began it declares it, and as people of lived experience see it."""
    page, form, actor = own_page(ref), RungForm(), current_actor()
    if form.validate_on_submit():
        own_part.rate(db.session, actor, page.id, int(form.rung.data))
        flash(_("Thank you. You can change it whenever it changes."), "good")
        return redirect(url_for("proposals.rungs", ref=ref), 303)
    seen = ladder.seen(db.session, page.id)
    mine = seen.by_part.get(page.me.id if page.me else 0)
    if request.method == "GET" and mine:
        form.rung.data = str(mine)
    page_text = render_template("proposals/rungs.html", form=form, one=page, seen=seen, words=words)
    return page_text, REFUSED if form.errors else 200
