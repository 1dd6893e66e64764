"""Looking at ideas: interests first, then the text; the conversation, the decision, the appeal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from plugins.proposals import words
from plugins.proposals.forms.judging import (
    AppealForm,
    ConfirmForm,
    DeclareForm,
    TalkForm,
    decide_form,
    review_form,
)
from plugins.proposals.forms.making import GoForm
from plugins.proposals.policies import CRITERIA, DECIDE, LOOK_AFTER, REVIEW, criteria_of
from plugins.proposals.queries import judged
from plugins.proposals.services import judging
from plugins.proposals.services.judging import Decision
from plugins.proposals.states import ADOPTED, Perspective, Stage, Verdict
from plugins.proposals.views.blueprint import (
    REFUSED,
    blueprint,
    made_page,
    number_of,
    once,
    own_page,
    page_of,
    to_page,
    tried,
)
from portal.courses.api import InvalidError, topics
from portal.plugin_api import current_actor, db, requires, setting, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.proposals.queries.shown import Shown

IN_REVIEW = frozenset({Stage.REVIEW, Stage.CONVERSATION})


def criteria() -> tuple[str, ...]:
    """The college's criteria."""
    return criteria_of(str(setting(db.session, CRITERIA)))


@blueprint.get("/to-look-at")
@requires(REVIEW)
def to_review() -> str:
    """What waits for reviewers and for a decision."""
    actor = current_actor()
    return render_template(
        "proposals/to_review.html",
        waiting=judged.waiting(db.session, actor, criteria()),
        words=words,
        decides=actor.can(DECIDE),
    )


def _in_review(ref: str) -> Shown:
    """What is looked at and not made by the reader. A form is taken in all the same, and refused with its
    reason and with what was typed: it may rest, be joined or be decided while somebody writes.
    """
    page = page_of(ref)
    if request.method != "POST" and (page.stage not in IN_REVIEW or page.me is not None):
        abort(404)
    return page


@blueprint.route("/<ref>/interests", methods=["GET", "POST"])
@requires(REVIEW, "GET", "POST")
def declare(ref: str) -> ResponseReturnValue:
    """What interests the reviewer has. The text opens afterwards."""
    page, form = _in_review(ref), DeclareForm()
    mine = judged.my_review(db.session, page.id, current_actor().person_id)
    if request.method != "POST" and mine.declared is not None:  # the first word stands
        return redirect(url_for("proposals.review", ref=ref), 303)
    if form.validate_on_submit():

        def said() -> None:
            judging.declare(
                db.session,
                current_actor(),
                page.id,
                Perspective(form.perspective.data),
                interests=form.interests.data or "",
                employer=form.employer.data or "",
            )

        if tried(form, said):
            return redirect(url_for("proposals.review", ref=ref), 303)
    text = render_template("proposals/declare.html", form=form, one=page)
    return text, REFUSED if form.errors or form.form_errors else 200


@blueprint.route("/<ref>/look", methods=["GET", "POST"])
@requires(REVIEW, "GET", "POST")
def review(ref: str) -> ResponseReturnValue:
    """The text, and what the reviewer sees in it."""
    page, actor = _in_review(ref), current_actor()
    mine = judged.my_review(db.session, page.id, actor.person_id)
    if mine.declared is None and request.method != "POST":
        return redirect(url_for("proposals.declare", ref=ref), 303)
    asked = criteria()
    form = review_form(asked)
    if form.validate_on_submit():
        answers, read = form.bands(asked), number_of(form.version.data, 0)
        if tried(form, lambda: judging.review(db.session, actor, page.id, answers, read=read)):
            flash(_("Thank you. You can change it until there is a decision."), "good")
            return redirect(url_for("proposals.to_review"), 303)
        page = page_of(ref)  # with the text that they have not read yet
    elif request.method == "GET":
        for n, key in enumerate(asked):
            band, said = mine.answers.get(key, (None, ""))
            form[f"band{n}"].data = None if band is None else str(band)
            form[f"words{n}"].data = said
    form.version.data = str(page.version)
    text = render_template(
        "proposals/review.html",
        form=form,
        one=page,
        mine=mine,
        older=bool(mine.confirmed) and mine.confirmed != page.version,
        words=words,
        talks=judged.talks(db.session, page.id),
    )
    return text, REFUSED if form.errors or form.form_errors else 200


@blueprint.post("/<ref>/look/same")
@requires(REVIEW, "POST")
def confirm(ref: str) -> ResponseReturnValue:
    """The reviewer has read the new version, and sees it as before."""
    page, form = _in_review(ref), ConfirmForm()
    read = number_of(form.version.data, 0)
    if tried(form, lambda: judging.confirm(db.session, current_actor(), page.id, read=read)):
        flash(_("Thank you. Your review counts for the new version."), "good")
        return redirect(url_for("proposals.to_review"), 303)
    return render_template("proposals/refused.html", form=form, one=page), REFUSED


@blueprint.get("/<ref>/what-they-see")
@signed_in
def said(ref: str) -> str:
    """What reviewers said: for those who make it without names, for whoever decides with them."""
    page, decides = page_of(ref), current_actor().can(DECIDE)
    if not (page.makes_it or (decides and page.me is None)):
        abort(404)
    return render_template(
        "proposals/said.html",
        one=page,
        said=judged.said_of(db.session, page.id, criteria(), named=decides and page.me is None),
        talks=judged.talks(db.session, page.id),
        criteria=criteria(),
        words=words,
    )


def _found(page: Shown) -> tuple[Verdict, list[tuple[object, ...]]]:
    """What the reviews add up to, and its table in words."""
    found = judging.verdict_of(db.session, page.id)
    rows = [
        (words.criterion(key), *(words.between(middle) for middle in found.gaps[key]))
        for key in criteria()
        if key in found.gaps
    ]
    return found, rows


@blueprint.route("/<ref>/decide", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def decide(ref: str) -> ResponseReturnValue:
    """The decision; in its place the conversation, where the two sides differ."""
    page = _in_review(ref)
    found, rows = _found(page)
    asked = criteria()
    form = decide_form(asked, list(topics(db.session).items()))
    if form.validate_on_submit():
        decision = Decision(
            Stage(form.outcome.data),
            reasons={key: form[f"reason{n}"].data or "" for n, key in enumerate(asked)},
            change=form.change.data or "",
            contact=form.contact.data or "",
            topic_id=form.topic.data,
        )

        def said_so() -> str:
            judging.decide(db.session, current_actor(), page.id, decision)
            flash(
                _("Decided. It is a course now, being made by its people.")
                if decision.stage in ADOPTED
                else _("Decided. Its people are being told why, and whom they can ask."),
                "good",
            )
            return url_for("proposals.show", ref=ref)

        try:
            done = once(form, said_so)
        except InvalidError as error:
            for said_of_it in error.errors.values():
                form.refuse("", said_of_it)
            db.session.rollback()
            done = None
        if done is not None:
            return done
        page = page_of(ref)
        found, rows = _found(page)
    text = render_template(
        "proposals/decide.html", form=form, one=page, found=found, rows=rows, words=words
    )
    return text, REFUSED if form.errors or form.form_errors else 200


@blueprint.post("/<ref>/talk")
@requires(LOOK_AFTER, "POST")
def begin_talk(ref: str) -> ResponseReturnValue:
    """Begin the conversation: everybody concerned is told."""
    page, form = page_of(ref), GoForm()
    if page.stage is Stage.CONVERSATION:
        return redirect(url_for("proposals.talk", ref=ref), 303)
    if tried(form, lambda: judging.converse(db.session, current_actor(), page.id)):
        flash(_("They are being told. Ring them to find a time."), "good")
        return redirect(url_for("proposals.talk", ref=ref), 303)
    return render_template("proposals/refused.html", form=form, one=page), REFUSED


@blueprint.route("/<ref>/talk", methods=["GET"])
@requires(LOOK_AFTER)
def talk(ref: str) -> ResponseReturnValue:
    """Where the two sides differ, and a place to write down what was said."""
    page = page_of(ref)
    if page.stage not in IN_REVIEW:
        abort(404)
    found, rows = _found(page)
    return render_template(
        "proposals/talk.html",
        form=TalkForm(formdata=None),
        one=page,
        found=found,
        rows=rows,
        words=words,
    )


@blueprint.post("/<ref>/talk/words")
@requires(LOOK_AFTER, "POST")
def end_talk(ref: str) -> ResponseReturnValue:
    """What was said; reviewers look again."""
    page, form = page_of(ref), TalkForm()
    if form.validate_on_submit():
        said_there = form.words.data

        def keep() -> str:
            judging.end_conversation(db.session, current_actor(), page.id, said_there)
            flash(_("Kept. The reviewers look at it again."), "good")
            return url_for("proposals.show", ref=ref)

        done = once(form, keep)
        if done is not None:
            return done
    found, rows = _found(page)
    text = render_template(
        "proposals/talk.html", form=form, one=page, found=found, rows=rows, words=words
    )
    return text, REFUSED


@blueprint.route("/<ref>/appeal", methods=["GET", "POST"])
@signed_in("GET", "POST")
def appeal(ref: str) -> ResponseReturnValue:
    """Ask that different people look again."""
    sent = request.method == "POST"
    page, form = (made_page if sent else own_page)(ref), AppealForm()
    if page.stage is not Stage.NOT_NOW and not sent:
        return to_page(ref)
    if form.validate_on_submit():
        said_why = form.words.data or ""

        def ask() -> str:
            judging.appeal(db.session, current_actor(), page.id, said_why)
            flash(_("Different people are being asked to look at it."), "good")
            return url_for("proposals.show", ref=ref)

        done = once(form, ask)
        if done is not None:
            return done
    text = render_template("proposals/appeal.html", form=form, one=page)
    return text, REFUSED if form.errors or form.form_errors else 200
