"""Taking a place: what to expect first, then one question a page, then the answers once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import PersonRef, people_by_ids
from portal.courses.api import CourseInfo, Meeting, Place, RunInfo
from portal.courses.api import course as course_by_slug
from portal.db import before_writing, db
from portal.enrolment.forms.taking import (
    COMPANY,
    MODES,
    AskForm,
    CompanyForm,
    ModeForm,
    NeedsForm,
    WhoForm,
)
from portal.enrolment.models import PlaceDraft, TakesPart
from portal.enrolment.queries.asking import acts_for, draft_of, written
from portal.enrolment.queries.leading import led_then
from portal.enrolment.queries.mine import Expectations, expectations
from portal.enrolment.queries.needs import drafted_words
from portal.enrolment.queries.waiting import Odds, odds
from portal.enrolment.services import drafts, wishes
from portal.enrolment.services.drafts import Answers
from portal.enrolment.services.outcomes import Enrolled, Full, Offered, Waiting
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import REFUSED, SEE_OTHER, found, sent
from portal.plugin_api import current_actor, public, signed_in
from portal.ui.filters import moment

WHO, HOW, NEEDS, COMPANY_STEP = "who", "how", "needs", "company"
PLACE, WAIT = "place", "list"  # what whoever presses the button was told


@dataclass(frozen=True, slots=True)
class Group:
    """A run as somebody who thinks of coming sees it."""

    about: Expectations
    course: CourseInfo
    meetings: tuple[Meeting, ...]
    leaders: Sequence[PersonRef]

    @property
    def run(self) -> RunInfo:
        """The run itself."""
        return self.about.run

    @property
    def mode(self) -> TakesPart | None:
        """The only way of taking part; None where there is a choice."""
        return only_way(self.run.mode)

    @property
    def place(self) -> Place | None:
        """Where most of it is."""
        return self.run.place

    @property
    def full(self) -> bool:
        """True when nothing is free, as far as can be seen from outside."""
        return self.run.places == 0


def only_way(mode: StrEnum) -> TakesPart | None:
    """How everybody takes part in a run of this mode; None where there is a choice."""
    return {"in_person": TakesPart.IN_PERSON, "online": TakesPart.ONLINE}.get(mode.value)


def me() -> int:
    """The id of whoever is signed in."""
    return current_actor().person_id or abort(401)


def group_of(run_id: int) -> Group:
    """The public run of that id with all that somebody should know first, or the page that there is none."""
    now, actor = clock.now(), current_actor()
    about = found(expectations(db.session, run_id, actor.person_id, now))
    course = found(course_by_slug(db.session, about.run.course_slug))
    known: dict[int, PersonRef] = {}
    if actor.is_signed_in and about.run.leader_ids:
        known = people_by_ids(db.session, about.run.leader_ids)
    coming = [one for one in about.run.meetings if one.cancelled or one.starts_at > now]
    return Group(
        about=about,
        course=course,
        meetings=tuple(coming),
        leaders=[known[who] for who in about.run.leader_ids if who in known],
    )


@blueprint.get("/places/runs/<int:run_id>")
@public
def start(run_id: int) -> ResponseReturnValue:
    """What to expect, before anything is asked. Everybody may read it."""
    group, actor = group_of(run_id), current_actor()
    first = NEEDS if group.mode else HOW
    if actor.person_id is not None:
        first = _steps(group, _people_i_may_ask_for(actor.person_id))[0]
    begun = actor.person_id is not None and draft_of(db.session, actor.person_id, run_id)
    return render_template(
        "enrolment/start.html",
        group=group,
        signed_in=actor.is_signed_in,
        until=needs_until(group.run),
        first_url=url_for("enrolment.step", run_id=run_id, step=first),
        check_url=url_for("enrolment.check", run_id=run_id) if begun else "",
        chances=chances(group, 1) if group.full else None,
    )


def chances(group: Group, many: int) -> Odds:
    """How it went for those who stood where as many who ask together now would stand."""
    return odds(db.session, group.about.waiting + 1, but_run_id=group.run.id, party=many)


def needs_until(run: RunInfo) -> datetime | None:
    """Until when the people who lead can read what is shared."""
    return run.ends_at + wishes.NEEDS_KEPT if run.ends_at else None


def _people_i_may_ask_for(person_id: int) -> list[tuple[int, str]]:
    ids = acts_for(db.session, person_id)
    known = people_by_ids(db.session, ids) if ids else {}
    return [(one, known[one].name) for one in ids if one in known]


def _steps(group: Group, others: Sequence[object]) -> list[str]:
    """The questions of this run, in their order."""
    steps = [WHO] if others else []
    if group.mode is None:
        steps.append(HOW)
    return [*steps, NEEDS, COMPANY_STEP]


@blueprint.route(
    "/places/runs/<int:run_id>/<any(who, how, needs, company):step>", methods=["GET", "POST"]
)
@signed_in("GET", "POST")
def step(run_id: int, step: str) -> ResponseReturnValue:
    """One question. What was answered is kept, so it can be left and taken up again anywhere."""
    group = group_of(run_id)
    others = _people_i_may_ask_for(me())
    steps = _steps(group, others)
    if step not in steps:
        abort(404)
    draft = draft_of(db.session, me(), run_id)
    form = _form(step, draft, others)
    after = steps[steps.index(step) + 1 :]
    if form.validate_on_submit():
        drafts.write(db.session, me(), run_id, at=clock.now(), **form.answers())
        left = _open_steps(group, draft_of(db.session, me(), run_id), after)
        if not left:
            return redirect(url_for("enrolment.check", run_id=run_id), SEE_OTHER)
        return redirect(url_for("enrolment.step", run_id=run_id, step=left[0]), SEE_OTHER)
    number = steps.index(step)
    back = (
        url_for("enrolment.step", run_id=run_id, step=steps[number - 1])
        if number
        else url_for("enrolment.start", run_id=run_id)
    )
    return (
        render_template(
            "enrolment/step.html",
            group=group,
            form=form,
            step=step,
            number=number + 1,
            steps=len(steps) + 1,
            back=back,
            until=needs_until(group.run),
        ),
        REFUSED if form.errors else 200,
    )


def _form(
    step: str, draft: PlaceDraft | None, others: Sequence[tuple[int, str]]
) -> WhoForm | ModeForm | NeedsForm | CompanyForm:
    if step == WHO:
        who = WhoForm(data={"person_id": str(draft.person_id) if draft else None})
        who.offer([(me(), _("Me")), *others])
        return who
    if step == HOW:
        return ModeForm(data={"mode": draft.mode.value if draft and draft.mode else None})
    if step == NEEDS:
        words = drafted_words(db.session, draft.uid, draft.needs) if draft else ""
        return NeedsForm(data={"needs": words or ""})
    company = CompanyForm(data=CompanyForm.showing(draft))
    whose = draft.person_id if draft else me()
    known = [one for one in others if one[0] != whose]
    company.offer(known if whose == me() else [(me(), _("Me")), *known])
    return company


def _open_steps(group: Group, draft: PlaceDraft | None, steps: Sequence[str]) -> list[str]:
    """Which of these questions have no answer yet."""
    answered = {
        WHO: draft is not None,
        HOW: draft is not None and (group.mode is not None or draft.mode is not None),
        NEEDS: draft is not None and draft.needs is not None,
        COMPANY_STEP: draft is not None and draft.company is not None,
    }
    return [one for one in steps if not answered[one]]


@blueprint.route("/places/runs/<int:run_id>/check", methods=["GET", "POST"])
@signed_in("GET", "POST")
def check(run_id: int) -> ResponseReturnValue:
    """The answers once more, and the button. Nobody joins a list who was told of a place."""
    form = AskForm()
    lost = False
    asked: Answers | None = None
    if form.is_submitted():
        # Others wait for the same run: what needs no lock is read before it is had.
        with before_writing():
            asked = _answers(run_id)
            if asked is None:
                group_of(run_id)  # the page that there is none comes before any other answer

    def ask() -> str:
        nonlocal lost
        if asked is None:
            return url_for("enrolment.check", run_id=run_id)
        outcome = drafts.ask(
            db.session,
            current_actor(),
            asked,
            at=clock.now(),
            or_wait=form.wish.data == WAIT,
        )
        lost = isinstance(outcome, Full)
        return "" if isinstance(outcome, Full) else _address_of(outcome)

    if (response := sent(form, ask)) and not lost:
        return response
    group = group_of(run_id)
    others = _people_i_may_ask_for(me())
    steps = _steps(group, others)
    answers = _answers(run_id)
    if answers is None:
        left = _open_steps(group, draft_of(db.session, me(), run_id), steps)
        address = url_for("enrolment.step", run_id=run_id, step=(left or steps)[0])
        return redirect(address, SEE_OTHER)
    many = len(answers.bodies)
    waits = lost or group.run.places < many
    form.wish.data = WAIT if waits else PLACE
    return (
        render_template(
            "enrolment/check.html",
            group=group,
            form=form,
            rows=_rows(group, answers, dict(others), steps),
            lost=lost,
            waits=waits,
            chances=chances(group, many) if waits else None,
            many=many,
            led=led_then(db.session, answers.person_id, group.run, clock.now()),
            led_by="" if answers.person_id == me() else dict(others).get(answers.person_id, ""),
        ),
        REFUSED if lost or form.errors or form.form_errors else 200,
    )


def _answers(run_id: int) -> Answers | None:
    draft = written(db.session, me(), run_id)
    return drafts.answers_of(draft, only_way(found(draft.run_mode))) if draft else None


def _address_of(outcome: Enrolled | Waiting | Offered) -> str:
    if isinstance(outcome, Enrolled):
        if outcome.already:
            flash(_("You had this place already."), "good")
        return url_for("enrolment.done", enrolment_id=outcome.enrolment_ids[0])
    if isinstance(outcome, Offered):
        return url_for("enrolment.offer", offer_id=outcome.offer_id)
    return url_for("enrolment.waiting", entry_id=outcome.entry_id)


def _rows(
    group: Group, answers: Answers, others: dict[int, str], steps: Sequence[str]
) -> list[tuple[str, ...]]:
    """The answers for the page where they are checked, each with a way to change it."""

    def change(name: str) -> str:
        return url_for("enrolment.step", run_id=group.run.id, step=name)

    coming = group.run.next_after(clock.now())
    rows: list[tuple[str, ...]] = [
        (_("First session"), moment(coming.starts_at) if coming else _("To be said"))
    ]
    if group.place and answers.mode is TakesPart.IN_PERSON:
        rows.append((_("Where"), group.place.name))
    if WHO in steps:
        name = _("Me") if answers.person_id == me() else others.get(answers.person_id, "")
        rows.append((_("Who it is for"), name, change(WHO)))
    if HOW in steps:
        rows.append((_("How"), str(MODES[answers.mode]), change(HOW)))
    else:
        rows.append((_("How"), str(MODES[answers.mode])))
    rows.append((_("What you would like us to know"), answers.needs or _("Nothing"), change(NEEDS)))
    if answers.role is None:
        company = str(COMPANY["alone"])
    else:
        company = answers.guest_name or (others | {me(): _("Me")}).get(
            answers.companion_id or 0, ""
        )
    rows.append((_("Who comes along"), company, change(COMPANY_STEP)))
    return rows
