"""Writing: a section with its preview, what is typed meanwhile, comments and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from plugins.proposals import words
from plugins.proposals.forms.making import GoForm, TitleForm, WriteForm
from plugins.proposals.forms.saying import AMONG, AnswerForm, CommentForm, GuestCommentForm
from plugins.proposals.models import LONGEST_TEXT, Answer, CommentKind, Credit
from plugins.proposals.queries import versions
from plugins.proposals.services import commenting
from plugins.proposals.services import writing as keeping
from plugins.proposals.states import WITH_TEXT, RefusedError
from plugins.proposals.texts import SECTIONS, compare
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
from portal.plugin_api import current_actor, db, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.proposals.queries.shown import Shown
    from plugins.proposals.services.writing import Kept


@blueprint.route("/<ref>/write/<key>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def write(ref: str, key: str) -> ResponseReturnValue:
    """One section. What others keep meanwhile is kept too."""
    page = made_page(ref) if request.method == "POST" else _writable(ref, key)
    if key not in SECTIONS:
        abort(404)
    actor, form = current_actor(), WriteForm()
    person_id = actor.person_id or 0
    now = versions.writing(db.session, page.id, person_id, key)
    if request.method == "GET":
        form.words.data = now.words if now.draft is None else now.draft
        form.base.data = str(now.base)
    base = number_of(form.base.data, now.version)
    if form.validate_on_submit() and not form.preview.data:
        kept: list[Kept] = []

        def keep() -> None:
            said = form.words.data or ""
            kept.append(keeping.keep(db.session, actor, page.id, person_id, key, said, base=base))

        if tried(form, keep):
            if kept[0].clash:
                both = url_for("proposals.both", ref=ref, key=key, version=kept[0].version)
                return redirect(both, 303)
            flash(_("Kept. Everybody who makes it can read it now."), "good")
            return to_page(ref, key)
    return _page_to_write(page, key, form, now)


def _page_to_write(
    page: Shown, key: str, form: WriteForm, now: versions.Writing
) -> ResponseReturnValue:
    text = render_template(
        "proposals/write.html",
        form=form,
        one=page,
        key=key,
        name=words.SECTION_NAMES[key],
        preview=form.words.data if form.preview.data else "",
        draft=request.method == "GET" and now.draft is not None,
    )
    return text, REFUSED if form.errors or form.form_errors else 200


def _writable(ref: str, key: str) -> Shown:
    if key not in SECTIONS:
        abort(404)
    page = own_page(ref)
    if page.stage not in WITH_TEXT:
        abort(404)
    return page


@blueprint.post("/<ref>/typing/<key>")
@signed_in("POST")
def typing(ref: str, key: str) -> ResponseReturnValue:
    """What is being typed, sent by the page itself every few seconds: for the writer's eyes alone.

    Also while the idea rests: somebody may let it rest while others write.
    """
    page, form = own_page(ref), WriteForm()
    if key not in SECTIONS:
        abort(404)
    said = (form.words.data or "")[:LONGEST_TEXT]
    base = number_of(form.base.data, page.version)
    try:
        keeping.keep_draft(db.session, page.id, current_actor().person_id, key, said, base=base)
    except RefusedError:
        abort(404)
    return "", 204


@blueprint.get("/<ref>/write/<key>/both/<int:version>")
@signed_in
def both(ref: str, key: str, version: int) -> str:
    """Two wrote in the same place: what the other wrote, and the text that holds both."""
    page = _writable(ref, key)
    texts = versions.texts_of(db.session, page.id, [version - 1, version])
    if len(texts) < 2:
        abort(404)
    theirs, merged = compare(texts[version - 1].get(key, ""), texts[version].get(key, ""))
    return render_template(
        "proposals/both.html",
        one=page,
        key=key,
        name=words.SECTION_NAMES[key],
        theirs=theirs,
        merged=merged,
    )


@blueprint.route("/<ref>/name", methods=["GET", "POST"])
@signed_in("GET", "POST")
def rename(ref: str) -> ResponseReturnValue:
    """Its name."""
    sent = request.method == "POST"
    page, form = (made_page if sent else own_page)(ref), TitleForm()
    if page.stage not in WITH_TEXT and not sent:
        abort(404)
    if form.validate_on_submit():
        name = form.title.data
        if tried(form, lambda: keeping.rename(db.session, current_actor(), page.id, name)):
            return to_page(ref)
    elif not sent:
        form.title.data = page.title
    text = render_template("proposals/name.html", form=form, one=page)
    return text, REFUSED if form.errors or form.form_errors else 200


@blueprint.route("/<ref>/say/<key>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def say(ref: str, key: str) -> ResponseReturnValue:
    """Say something about a section."""
    page = page_of(ref)
    form = GuestCommentForm() if page.me is None else CommentForm()
    sent = request.method == "POST"
    if key not in SECTIONS or not (page.can_comment or sent):
        abort(404)
    if not sent:
        form.among.data = "y" if page.among else ""
    among = form.among.data == "y" and page.me is not None
    if among:
        form.words.description = AMONG
    if form.validate_on_submit():

        def comment() -> str:
            kind = CommentKind(form.kind.data)
            named: tuple[Any, ...] = ()
            if isinstance(form, GuestCommentForm):
                named = Credit(form.credit.data), form.pseudonym.data
            said = form.words.data
            commenting.comment(
                db.session, current_actor(), page.id, key, kind, said, *named, among=among
            )
            flash(
                _("Thank you. Only those who make it can read it.")
                if among
                else _("Thank you. The people who make it read it and answer here."),
                "good",
            )
            return url_for("proposals.show", ref=ref, _anchor=key)

        done = once(form, comment)
        if done is not None:
            return done
    section = next(one for one in page.texts if one.key == key)
    text = render_template(
        "proposals/say.html", form=form, one=page, section=section, name=words.SECTION_NAMES[key]
    )
    return text, REFUSED if form.errors or form.form_errors else 200


@blueprint.post("/<ref>/said/<int:comment_id>/without-name")
@signed_in("POST")
def take_name_off(ref: str, comment_id: int) -> ResponseReturnValue:
    """What the reader said stands without a name from now on."""
    page, form, actor = page_of(ref), GoForm(), current_actor()
    tried(form, lambda: commenting.take_name_off(db.session, actor, page.id, comment_id))
    flash(_("It stands without a name now."), "good")
    return to_page(ref)


@blueprint.route("/<ref>/said/<int:comment_id>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def answer(ref: str, comment_id: int) -> ResponseReturnValue:
    """Answer a comment, with thanks."""
    page, form = own_page(ref), AnswerForm()
    remarks = [(one, text.key) for text in page.texts for one in text.remarks]
    found = next((pair for pair in remarks if pair[0].id == comment_id), None)
    if found is None:
        abort(404)
    remark, key = found
    if form.validate_on_submit():
        said, thanks = Answer(form.answer.data), form.thanks.data
        actor = current_actor()
        if tried(
            form,
            lambda: commenting.answer(db.session, actor, page.id, comment_id, said, thanks),
        ):
            flash(_("Answered. Thank you for reading it."), "good")
            return to_page(ref, key)
    text = render_template("proposals/answer.html", form=form, one=page, remark=remark)
    return text, REFUSED if form.errors or form.form_errors else 200
