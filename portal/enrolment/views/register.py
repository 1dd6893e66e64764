"""The register: on a phone, without scripts, on paper. Whoever leads a session has its own; others a 404."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import people_by_ids
from portal.config import Settings
from portal.courses.api import LedSession, led_session, led_sessions, materials_of_run
from portal.db import db
from portal.enrolment import policies
from portal.enrolment.forms.register import PaperForm, RegisterForm, TapsError, read_taps
from portal.enrolment.models import LONGEST_NAME, MarkedHow, Role
from portal.enrolment.queries import register as queries
from portal.enrolment.queries.register import Count, RegisterLine
from portal.enrolment.services import register as services
from portal.enrolment.services.attendance import Shown, shown
from portal.enrolment.services.leading import still_leads
from portal.enrolment.services.register import Answer, Came
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import REFUSED, SEE_OTHER
from portal.enrolment.views.register_copy import copy_headers, lock_of
from portal.enrolment.words import MARK_WORDS, SCRIPT_WORDS, SHOWN_WORDS
from portal.plugin_api import Actor, current_actor, signed_in
from portal.ui.filters import hour

LOOK_BACK, LOOK_AHEAD = timedelta(days=21), timedelta(days=8)
NOON = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page. `chosen` is the radio that is set; `others` what somebody else said meanwhile."""

    place: int
    name: str
    pronouns: str
    role: Role
    shown: Shown
    was: str
    chosen: str
    version: int
    ahead: bool
    others: str = ""

    @property
    def counts(self) -> bool:
        """True when there is something to mark."""
        return self.shown not in (Shown.NOT_YET_ENROLLED, Shown.SESSION_CANCELLED)


def zone() -> str:
    """The college's own time."""
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    return settings.timezone


def mine(
    session_id: int,
    may: Callable[[Actor, LedSession, datetime], bool] = policies.may_take_register,
) -> LedSession:
    """The session, if this person may take its register, or what `may` asks; else the page that says there is
    none.
    """
    one = led_session(db.session, session_id)
    actor = current_actor()
    if one is None or not may(actor, one, clock.now()):
        abort(404)
    if not actor.can(policies.TAKE_REGISTER) and not still_leads(db.session, actor, one.id):
        abort(404)
    return one


def is_open(one: LedSession) -> bool:
    """True from the session's day on."""
    return services.is_open(one, clock.local_date(clock.now(), one.zone))


@blueprint.get("/registers")
@signed_in
def registers() -> ResponseReturnValue:
    """My sessions, today's first; everybody's for whoever may take every register."""
    actor, now = current_actor(), clock.now()
    everybody = actor.can(policies.TAKE_REGISTER)
    found = led_sessions(
        db.session,
        now - (LOOK_BACK if everybody else policies.LEADS_AFTER),
        now + LOOK_AHEAD,
        leader_id=None if everybody else actor.person_id,
    )
    if found and not everybody and not still_leads(db.session, actor, found[0].id):
        found = []
    counts = queries.counts(db.session, {one.id: (one.run_id, one.starts_at) for one in found})
    today = clock.local_date(now, zone())
    return render_template(
        "enrolment/register/index.html",
        everybody=everybody,
        today=[(one, counts[one.id]) for one in found if one.day == today],
        open=[
            (one, counts[one.id]) for one in reversed(found) if _is_open(one, counts[one.id], today)
        ],
        coming=[(one, counts[one.id]) for one in found if one.day > today and not one.cancelled],
    )


def _is_open(one: LedSession, count: Count, today: date) -> bool:
    return one.day < today and not one.cancelled and count.marked < count.places


@blueprint.route("/registers/<int:session_id>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def register(session_id: int) -> ResponseReturnValue:
    """One session's register. The form is complete without scripts; with them every tap is sent by itself."""
    return _page(mine(session_id), RegisterForm(), MarkedHow.FORM)


@blueprint.route("/registers/<int:session_id>/paper", methods=["GET", "POST"])
@signed_in("GET", "POST")
def register_from_paper(session_id: int) -> ResponseReturnValue:
    """Marks that were written down in the room, typed in later."""
    one = mine(session_id)
    return _page(one, PaperForm(data={"day": one.day}), MarkedHow.PAPER)


def _page(one: LedSession, form: RegisterForm, how: MarkedHow) -> ResponseReturnValue:
    lines = queries.lines(db.session, one.run_id, one.id)
    answers: Sequence[Answer] = ()
    if form.is_submitted() and not is_open(one):
        abort(404)
    if form.validate_on_submit():
        taps = form.taps(request.form, [line.enrolment_id for line in lines])
        if isinstance(form, PaperForm):
            taps = services.written_at(taps, _noon(form.day.data, one.zone))
        answers = services.take(db.session, current_actor(), one, taps, how=how, at=clock.now())
        if all(answer.came is Came.TAKEN for answer in answers):
            flash(_("The register is saved. Thank you."), "good")
            return redirect(url_for("enrolment.register", session_id=one.id), SEE_OTHER)
        lines = queries.lines(db.session, one.run_id, one.id)
        form = type(form)(
            formdata=None, data=form.data | {"form_key": RegisterForm(formdata=None).key}
        )
    rows = _rows(one, lines, answers, keep_typed=form.is_submitted())
    now, actor = clock.now(), current_actor()
    may_be_kept = request.method == "GET" and how is MarkedHow.FORM and is_open(one)
    headers = copy_headers(actor, one, now) if may_be_kept else {}
    page = render_template(
        f"enrolment/register/{'paper' if how is MarkedHow.PAPER else 'register'}.html",
        form=form,
        session=one,
        rows=rows,
        marked=sum(1 for row in rows if row.counts and row.was),
        places=sum(1 for row in rows if row.counts),
        visitors=_visitors(one),
        is_open=is_open(one),
        may_welcome=is_open(one) and policies.may_welcome(actor, one, now),
        may_read_needs=policies.may_read_needs(actor, one, now),
        may_see_emergency=policies.may_see_emergency(actor, one, now),
        clash=bool(answers),
        mark_words=MARK_WORDS,
        shown_words=SHOWN_WORDS,
        words={name: str(text) for name, text in SCRIPT_WORDS.items()},
        person_id=actor.person_id,
        may_be_kept=bool(headers),
        made_at=now,
        lock=lock_of(actor),
        longest_name=LONGEST_NAME,
        handouts=() if one.cancelled else materials_of_run(db.session, one.run_id),
    )
    # A clash is no refusal: the other marks are in.
    return page, REFUSED if form.errors else 200, headers


def _noon(day: date, zone_name: str) -> datetime:
    return clock.wall_to_utc(datetime(day.year, day.month, day.day, NOON), zone_name)  # noqa: DTZ001 - a wall time


@blueprint.post("/registers/<int:session_id>/marks")
@signed_in("POST")
def register_marks(session_id: int) -> ResponseReturnValue:
    """Taps from a phone, each exactly once; the answer says what came of each, as JSON."""
    one = mine(session_id)
    try:
        taps = read_taps(request.form.get("taps", ""))
    except TapsError:
        abort(400)
    if not is_open(one):
        abort(409)
    answers = services.take(
        db.session, current_actor(), one, taps, how=MarkedHow.TAPPED, at=clock.now()
    )
    names = _names_of_markers(answers)
    return {"answers": [_told(answer, names) for answer in answers]}


def _told(answer: Answer, names: dict[int, str]) -> dict[str, object]:
    line = answer.line
    return {
        "key": answer.tap.key,
        "came": answer.came.value,
        "mark": line.mark.value if line and line.mark else "",
        "version": line.version if line else 0,
        "others": _others(line, names) if line and answer.came is Came.CONFLICT else "",
    }


def _names_of_markers(answers: Sequence[Answer]) -> dict[int, str]:
    ids = {
        answer.line.by_id
        for answer in answers
        if answer.came is Came.CONFLICT and answer.line and answer.line.by_id
    }
    if not ids:
        return {}
    return {one.id: one.name for one in people_by_ids(db.session, ids).values()}


def _others(line: RegisterLine, names: dict[int, str]) -> str:
    """What somebody else said meanwhile, in words."""
    who = names.get(line.by_id or 0, _("Somebody"))
    if line.mark is None or line.at is None:
        return str(_("Somebody else took the mark back meanwhile."))
    return str(
        _(
            "%(who)s marked “%(mark)s” at %(time)s.",
            who=who,
            mark=MARK_WORDS[line.mark],
            time=hour(line.at),
        )
    )


def _rows(
    one: LedSession,
    lines: Sequence[RegisterLine],
    answers: Sequence[Answer],
    *,
    keep_typed: bool,
) -> list[Row]:
    """The page's lines by name, with what was typed in a form that could not be taken."""
    people = people_by_ids(db.session, {line.person_id for line in lines if line.person_id})
    clashes = {
        answer.tap.enrolment_id: answer for answer in answers if answer.came is Came.CONFLICT
    }
    names = _names_of_markers(answers)
    rows = []
    for line in lines:
        who = people.get(line.person_id or 0)
        was = line.mark.value if line.mark else ""
        clash = clashes.get(line.enrolment_id)
        typed = request.form.get(f"mark-{line.enrolment_id}") if keep_typed else None
        rows.append(
            Row(
                place=line.enrolment_id,
                name=who.name if who else line.guest_name or _("Somebody"),
                pronouns=who.pronouns if who else "",
                role=line.role,
                shown=Shown.SESSION_CANCELLED if one.cancelled else shown_of(one, line),
                was=was,
                chosen=typed if typed is not None else was,
                version=line.version,
                ahead=line.ahead,
                others=_others(line, names) if clash else "",
            )
        )
    return sorted(rows, key=lambda row: (_by_letter(row.name), row.place))


def _by_letter(name: str) -> str:
    """The name without accents, as a list on paper is sorted: Çağla stands at C."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name)
        if not unicodedata.combining(letter)
    ).casefold()


def shown_of(one: LedSession, line: RegisterLine) -> Shown:
    """What the register says of one place."""
    return shown(one, line.from_at, line.mark)


def _visitors(one: LedSession) -> list[str]:
    found = queries.visitors(db.session, one.id)
    if not found:
        return []
    people = people_by_ids(db.session, {line.person_id for line in found if line.person_id})
    return [
        people[line.person_id].name if line.person_id in people else line.guest_name
        for line in found
    ]


@blueprint.get("/registers/<int:session_id>/print")
@signed_in
def register_print(session_id: int) -> ResponseReturnValue:
    """The register on paper, large: names and boxes, nothing else about anybody."""
    one = mine(session_id)
    lines = queries.lines(db.session, one.run_id, one.id)
    return render_template(
        "enrolment/register/print.html",
        session=one,
        rows=_rows(one, lines, (), keep_typed=False),
        mark_words=MARK_WORDS,
        printed_at=clock.now().astimezone(UTC),
    )
