"""Stopping somebody's places for a time, for those who may: who, why, until when, and what they say.

Reading why is put on record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.accounts.api import PersonRef, people_by_ids, person_here, person_search
from portal.db import db
from portal.enrolment.forms.blocks import (
    STANDS,
    AnswerForm,
    AppealForForm,
    DecideForm,
    ReviewForm,
)
from portal.enrolment.forms.taking import ConfirmForm
from portal.enrolment.models import AppealOutcome, Block, BlockAppeal, How
from portal.enrolment.policies import BLOCK
from portal.enrolment.queries import blocks as queries
from portal.enrolment.services import appeals, block_tasks, blocks, rules, spans
from portal.enrolment.services.outcomes import NoSuchBlockError, RefusedError
from portal.enrolment.views import blueprint
from portal.enrolment.views.for_others import words_of
from portal.enrolment.views.frame import SEE_OTHER, found, not_there, page, sent, today
from portal.plugin_api import current_actor, requires, writes
from portal.ui.forms import OnceForm

blueprint.register_error_handler(NoSuchBlockError, not_there)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A line of the list."""

    name: str
    url: str
    last_day: date
    review_on: date
    reviewed: bool
    appealed: bool


@dataclass(frozen=True, slots=True)
class Said:
    """An appeal as a page shows it. `answer_url` is empty where it is not for the reader to answer."""

    words: str
    at: datetime
    answer_by: date
    outcome: str
    answer: str
    answered_at: datetime | None
    answered_by: str
    answer_url: str = ""


def said(rows: Collection[BlockAppeal], names: dict[int, str], answer: bool) -> list[Said]:
    """Appeals with their answers, oldest first."""
    return [
        Said(
            words=one.words,
            at=one.at,
            answer_by=block_tasks.answer_by(clock.local_date(one.at, zone())),
            outcome=one.outcome.value if one.outcome else "",
            answer=one.answer,
            answered_at=one.answered_at,
            answered_by=names.get(one.answered_by_id or 0, ""),
            answer_url=url_for("enrolment.answer_appeal", appeal_id=one.id)
            if answer and one.answered_at is None
            else "",
        )
        for one in rows
    ]


def zone() -> str:
    """The college's own time zone."""
    settings: str = current_app.settings.timezone  # type: ignore[attr-defined]  # the portal's own app
    return settings


def attempt(form: OnceForm, work: Callable[[], str]) -> ResponseReturnValue | None:
    """`sent`, with what a service refuses at the field that it names."""

    def try_it() -> str:
        try:
            return work()
        except RefusedError as error:
            form.refuse(error.field if error.field in form else "", error.reason)
            return ""

    return sent(form, try_it)


def _names(ids: Collection[int | None]) -> dict[int, str]:
    known = people_by_ids(db.session, {one for one in ids if one is not None})
    return {person.id: person.name for person in known.values()}


def _person(person_id: int) -> PersonRef:
    return found(people_by_ids(db.session, [person_id]).get(person_id))


def _block(block_id: int) -> Block:
    return found(db.session.get(Block, block_id))


def _url(block_id: int) -> str:
    return url_for("enrolment.block", block_id=block_id)


@blueprint.get("/manage/stopped")
@requires(BLOCK)
def stopped() -> ResponseReturnValue:
    """Whose places are stopped now; and finding somebody."""
    lines, words = queries.blocks_at(db.session, clock.now()), words_of("q")
    names = _names([line.block.person_id for line in lines])
    return render_template(
        "enrolment/block/index.html",
        stopped=[
            Stopped(
                name=names.get(line.block.person_id, ""),
                url=_url(line.block.id),
                last_day=line.block.last_day,
                review_on=line.block.review_on,
                reviewed=line.block.reviewed_at is not None,
                appealed=line.appealed,
            )
            for line in lines
        ],
        words=words,
        people=person_search(db.session, words) if words else [],
    )


@blueprint.route("/manage/stopped/people/<int:person_id>", methods=["GET", "POST"])
@requires(BLOCK, "GET", "POST")
def decide_block(person_id: int) -> ResponseReturnValue:
    """A decision, and what follows from it, before it is made."""
    person, now = found(person_here(db.session, person_id)), clock.now()
    form = DecideForm()
    weeks = rules.number(db.session, spans.BLOCK_WEEKS)
    form.last_day.description = ngettext(
        "At most %(num)d week from now.", "At most %(num)d weeks from now.", weeks
    )
    standing = queries.block_at(db.session, person_id, now)
    if not form.is_submitted() and standing is not None:
        form.instead.data = str(standing.id)

    def work() -> str:
        instead = form.instead.data or ""
        block_id = blocks.decide(
            db.session,
            current_actor(),
            person_id,
            reason=form.reason.data,
            last_day=form.last_day.data,
            review_on=form.review_on.data,
            zone=zone(),
            at=now,
            instead_of=int(instead) if instead.isascii() and instead.isdigit() else None,
        )
        flash(_("Decided. %(name)s is told in their own way.", name=person.name), "good")
        return _url(block_id)

    return attempt(form, work) or page(
        "block/decide.html",
        form,
        person=person,
        own=person_id == current_actor().person_id,
        standing=standing,
        standing_url=_url(standing.id) if standing else "",
    )


@blueprint.get("/manage/stopped/<int:block_id>")
@requires(BLOCK)
@writes
def block(block_id: int) -> ResponseReturnValue:
    """One decision: why, until when, what was said against it, and what can be done now."""
    one, now, actor = _block(block_id), clock.now(), current_actor()
    blocks.note_reading(db.session, actor, one)
    rows = queries.appeals_of(db.session, block_id)
    names = _names(
        [one.person_id, one.by_id, one.reviewed_by_id, one.ended_by_id]
        + [row.answered_by_id for row in rows]
    )
    mine = appeals.may_look_again(db.session, actor, one, now)
    holds = blocks.holds(one, now)
    return render_template(
        "enrolment/block/one.html",
        block=one,
        name=names.get(one.person_id, ""),
        by=names.get(one.by_id or 0, ""),
        reviewed_by=names.get(one.reviewed_by_id or 0, ""),
        ended_by=names.get(one.ended_by_id or 0, ""),
        own=one.person_id == actor.person_id,
        for_me=mine,
        holds=holds,
        appeals=said(rows, names, answer=mine),
        waits=any(row.answered_at is None for row in rows),
        anew_url=url_for("enrolment.decide_block", person_id=one.person_id),
    )


@blueprint.route("/manage/stopped/<int:block_id>/lift", methods=["GET", "POST"])
@requires(BLOCK, "GET", "POST")
def lift_block(block_id: int) -> ResponseReturnValue:
    """End it now."""
    one, form = _block(block_id), ConfirmForm()

    def work() -> str:
        if blocks.lift(db.session, current_actor(), block_id, at=clock.now()):
            flash(_("They can take places again, and are told so."), "good")
        else:
            flash(_("It was over already."), "warn")
        return _url(block_id)

    return attempt(form, work) or page(
        "block/lift.html", form, name=_person(one.person_id).name, back=_url(block_id)
    )


@blueprint.route("/manage/stopped/<int:block_id>/review", methods=["GET", "POST"])
@requires(BLOCK, "GET", "POST")
def review_block(block_id: int) -> ResponseReturnValue:
    """Somebody looks at it again."""
    one, form = _block(block_id), ReviewForm()

    def work() -> str:
        stands = form.outcome.data == STANDS
        if appeals.review(db.session, current_actor(), block_id, stands=stands, at=clock.now()):
            flash(_("Written down."), "good")
        else:
            flash(_("It was over already."), "warn")
        return _url(block_id)

    return attempt(form, work) or page(
        "block/review.html",
        form,
        block=one,
        name=_person(one.person_id).name,
        back=_url(block_id),
    )


@blueprint.route("/manage/stopped/<int:block_id>/appeal", methods=["GET", "POST"])
@requires(BLOCK, "GET", "POST")
def appeal_for(block_id: int) -> ResponseReturnValue:
    """What somebody says against it, written down for them."""
    one, form = _block(block_id), AppealForForm()

    def work() -> str:
        appeals.appeal(
            db.session,
            current_actor(),
            block_id,
            form.words.data,
            today=today(),
            at=clock.now(),
            how=How(form.how.data),
        )
        flash(_("Written down. Somebody answers it."), "good")
        return _url(block_id)

    return attempt(form, work) or page(
        "block/appeal_for.html", form, name=_person(one.person_id).name, back=_url(block_id)
    )


@blueprint.route("/manage/stopped/appeals/<int:appeal_id>", methods=["GET", "POST"])
@requires(BLOCK, "GET", "POST")
def answer_appeal(appeal_id: int) -> ResponseReturnValue:
    """The answer to an appeal."""
    one, form = found(db.session.get(BlockAppeal, appeal_id)), AnswerForm()
    about = _block(one.block_id)

    def work() -> str:
        done = appeals.answer(
            db.session,
            current_actor(),
            appeal_id,
            outcome=AppealOutcome(form.outcome.data),
            words=form.answer.data,
            at=clock.now(),
        )
        if done:
            flash(_("Answered. They are told in their own way."), "good")
        else:
            flash(_("Somebody has answered it meanwhile."), "warn")
        return _url(about.id)

    if one.answered_at is not None and not form.is_submitted():
        return redirect(_url(about.id), SEE_OTHER)
    return attempt(form, work) or page(
        "block/answer.html",
        form,
        appeal=one,
        block=about,
        name=_person(about.person_id).name,
        back=_url(about.id),
    )
