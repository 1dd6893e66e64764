"""The steps that those who make an idea take: each a page that says what happens, and one button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugins.proposals.forms.making import AlikeForm, GoForm, MergeForm
from plugins.proposals.policies import LOOK_AFTER, SILENCE_DAYS
from plugins.proposals.queries import lists
from plugins.proposals.services import going_on, joining_two, taking_part
from plugins.proposals.states import LIVING, Stage
from plugins.proposals.states.steps import ENDED_FROM
from plugins.proposals.views.blueprint import (
    REFUSED,
    blueprint,
    once,
    own_page,
    page_of,
    to_page,
    tried,
)
from portal.plugin_api import Words, current_actor, db, requires, setting, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.plugin_api import Actor


@dataclass(frozen=True, slots=True)
class StepPage:
    """A step: the stages that it is taken from, its words, and what does it."""

    stages: frozenset[Stage]
    title: Words
    text: Words
    button: Words
    done: Words
    run: Callable[[Any, Actor, int], object]
    kind: str = ""


def _step(expected: Stage) -> Callable[[Any, Actor, int], object]:
    def run(session: Any, actor: Actor, proposal_id: int) -> None:
        going_on.take_step(session, actor, proposal_id, expected)

    return run


def _leave(session: Any, actor: Actor, proposal_id: int) -> None:
    taking_part.leave(session, actor, proposal_id, actor.person_id or 0)


STEPS: Mapping[str, StepPage] = {
    "draft": StepPage(
        frozenset({Stage.IDEA}),
        _l("Begin to write it"),
        _l(
            "The idea gets a page with headings. You and whoever joins you write there, in your "
            "own time."
        ),
        _l("Begin to write it"),
        _l("You can write now, under any heading. Begin wherever you like."),
        _step(Stage.IDEA),
    ),
    "open": StepPage(
        frozenset({Stage.DRAFTING}),
        _l("Open it for everybody’s comments"),
        _l(
            "From then on everybody can read it, also without signing in, and people who are "
            "signed in can say "
            "what they think. It stays open for two weeks unless the college set another time; "
            "you can always "
            "take more."
        ),
        _l("Open it"),
        _l("It is open. Everybody can say what they think now."),
        _step(Stage.DRAFTING),
    ),
    "review": StepPage(
        frozenset({Stage.OPEN}),
        _l("Ask people to look at it"),
        _l(
            "People who had no part in it look at it: some who have been there or would take it, and some "
            "who work in the field or know the subject. You can still change the text; then they look again."
        ),
        _l("Ask them"),
        _l("It is being looked at. You hear from us when there is something to say."),
        _step(Stage.OPEN),
    ),
    "more-time": StepPage(
        frozenset({Stage.OPEN}),
        _l("Take more time"),
        _l("You get two weeks more. Nobody asks why, and you can do it as often as you like."),
        _l("Take two weeks more"),
        _l("You have two weeks more."),
        going_on.more_time,
    ),
    "pause": StepPage(
        LIVING,
        _l("Let it rest"),
        _l(
            "Nothing is lost: its place, its text, its comments and reviews stay as they are. "
            "Any of you can go "
            "on with it at any time. Nobody asks why."
        ),
        _l("Let it rest"),
        _l("It is resting. Go on whenever you like."),
        going_on.pause,
    ),
    "resume": StepPage(
        frozenset({Stage.PAUSED}),
        _l("Go on with it"),
        _l("It goes on where it was when it began to rest."),
        _l("Go on"),
        _l("Welcome back. It is where you left it."),
        going_on.resume,
    ),
    "again": StepPage(
        frozenset({Stage.NOT_NOW}),
        _l("Write its next version"),
        _l(
            "When what would change the answer is there, you go on: you change the text, open it for "
            "comments and ask people to look at it, as before. The answer and its reasons stay to read."
        ),
        _l("Write its next version"),
        _l("You can write again. Say in the text what has changed."),
        going_on.write_again,
    ),
    "leave": StepPage(
        frozenset(Stage),
        _l("Leave this idea"),
        _l(
            "You take part no longer. What you gave stays, and you stay thanked for it as you "
            "chose. Nobody asks "
            "why, and you can come back. If nobody is left, the college looks for somebody to "
            "go on with it."
        ),
        _l("Leave"),
        _l("You have left. Thank you for what you gave."),
        _leave,
        "secondary",
    ),
    "end": StepPage(
        ENDED_FROM,
        _l("End this idea"),
        _l(
            "It ends when each of you who takes part agrees. Until then your yes is kept, and "
            "you can take it "
            "back. The text stays to read. If you would only like to stop yourself, you can "
            "leave instead."
        ),
        _l("I agree to end it"),
        _l("Your yes is kept. It ends when everybody who takes part agrees."),
        going_on.agree_to_end,
        "warning",
    ),
    "keep": StepPage(
        ENDED_FROM,
        _l("Keep this idea going"),
        _l("You take back your yes to ending it. It goes on."),
        _l("Keep it going"),
        _l("Good. It goes on."),
        going_on.keep_going,
    ),
}


@blueprint.route("/<ref>/do/<step>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def do(ref: str, step: str) -> ResponseReturnValue:
    """What happens, and the button. A second click finds it done."""
    chosen = STEPS.get(step)
    if chosen is None:
        abort(404)
    page, form = page_of(ref), GoForm()
    if page.me is None:
        abort(404)
    if not page.makes_it or page.stage not in chosen.stages:
        return to_page(ref)
    if form.validate_on_submit():

        def run() -> str:
            chosen.run(db.session, current_actor(), page.id)
            flash(str(chosen.done), "good")
            return url_for("proposals.show", ref=ref)

        done = once(form, run)
        if done is not None:
            return done
    form.submit.label.text = chosen.button
    text = render_template("proposals/do.html", form=form, one=page, step=chosen)
    return text, REFUSED if form.form_errors else 200


AFTER: Mapping[str, tuple[Stage, Words]] = {
    "delivery": (Stage.DELIVERY, _l("The course is running")),
    "evaluation": (Stage.EVALUATION, _l("Ask those who came how it was")),
    "improvement": (Stage.IMPROVEMENT, _l("Improve it with what they said")),
    "drafting": (Stage.DRAFTING, _l("Write its next version")),
    "retired": (Stage.RETIRED, _l("The course comes to its end")),
}


@blueprint.route(
    "/<ref>/after/<any(delivery, evaluation, improvement, drafting, retired):to>",
    methods=["GET", "POST"],
)
@requires(LOOK_AFTER, "GET", "POST")
def after(ref: str, to: str) -> ResponseReturnValue:
    """A step in the life of the course that it became."""
    page, form = page_of(ref), GoForm()
    stage, title = AFTER[to]
    if form.validate_on_submit():

        def note() -> str:
            going_on.advance(db.session, current_actor(), page.id, stage)
            flash(_("Noted. Its page says so now."), "good")
            return url_for("proposals.show", ref=ref)

        done = once(form, note)
        if done is not None:
            return done
    text = render_template("proposals/after.html", form=form, one=page, title=title)
    return text, REFUSED if form.form_errors else 200


@blueprint.route("/<ref>/join-with", methods=["GET", "POST"])
@signed_in("GET", "POST")
def join_with(ref: str) -> ResponseReturnValue:
    """Suggest that this idea becomes part of another."""
    page, form, actor = own_page(ref), MergeForm(), current_actor()
    asked = AlikeForm(request.args)
    found = _alike(actor, asked.q.data or "")
    form.target.choices = [(one.id, one.title) for one in found if one.id != page.id]
    if form.validate_on_submit():
        target = form.target.data

        def ask() -> None:
            relation = joining_two.ask(db.session, actor, page.id, target)
            joining_two.agree(db.session, actor, relation)

        if tried(form, ask):
            flash(_("Everybody of both is being asked. Nothing happens without each yes."), "good")
            return to_page(ref, "others")
    days = int(setting(db.session, SILENCE_DAYS))
    text = render_template("proposals/join_with.html", form=form, asked=asked, one=page, days=days)
    return text, REFUSED if form.errors or form.form_errors else 200


def _alike(actor: Actor, words: str) -> list[lists.Line]:
    found = lists.page(db.session, actor, stages=sorted(LIVING), words=words)
    return list(found.lines)


@blueprint.post("/<ref>/join-with/<int:relation_id>")
@signed_in("POST")
def agree_to_join(ref: str, relation_id: int) -> ResponseReturnValue:
    """Say yes to joining two ideas. Saying nothing is not a yes."""
    said = _("Your yes is kept. You can take it back as long as they are two.")
    return _answered(ref, relation_id, joining_two.agree, said)


@blueprint.post("/<ref>/join-with/<int:relation_id>/not")
@signed_in("POST")
def take_back_join(ref: str, relation_id: int) -> ResponseReturnValue:
    """Take a yes to joining two ideas back."""
    said = _("You have taken your yes back. Nobody is told.")
    return _answered(ref, relation_id, joining_two.take_back, said)


def _answered(
    ref: str, relation_id: int, answer: Callable[[Any, Actor, int], object], said: str
) -> ResponseReturnValue:
    page, form = own_page(ref), GoForm()
    if all(one.relation_id != relation_id for one in page.others):
        abort(404)
    if tried(form, lambda: answer(db.session, current_actor(), relation_id)):
        flash(said, "good")
        return to_page(ref, "others")
    return render_template("proposals/refused.html", form=form, one=page), REFUSED
