"""My money: what is to come, what waits for its person, what was paid, and the statement of a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from flask import Response, abort, render_template, request, url_for

from plugins.claims import words
from plugins.claims.money.rates import tax_year
from plugins.claims.money.readiness import Wait
from plugins.claims.queries import claims, my_money
from plugins.claims.queries.claims import MOST_ID
from plugins.claims.queries.glance import glance
from plugins.claims.queries.own_past import past
from plugins.claims.queries.places import Place, place_of
from plugins.claims.queries.statement import Statement, statement
from plugins.claims.services import again
from plugins.claims.services.today import today
from plugins.claims.statement_paper import (
    said,
    statement_paper,
    statement_sheet,
    statement_tables,
    year_name,
)
from plugins.claims.views.blueprint import blueprint, kept_list, number_in
from plugins.claims.words import money as words_money
from plugins.claims.words import offers as words_offers
from plugins.claims.words import paying as words_paying
from portal.plugin_api import current_actor, db, signed_in
from portal.ui import current_page
from portal.ui.paper import can_typeset, paper_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

FIRST_YEAR = 2000
LISTS = ("turn", "coming", "past")
BankTurn = Literal["", "none", "unconfirmed", "again"]
_TURNS: Mapping[Wait, BankTurn] = {
    Wait.DETAILS: "none",
    Wait.CONFIRM: "unconfirmed",
    Wait.AGAIN: "again",
}


@blueprint.get("/")
@signed_in
def index() -> str:
    """My money: one's own alone, each list a page at a time."""
    me, at = current_actor().person_id or 0, today()
    seen = glance(db.session, me)
    due = my_money.owed(db.session, seen)
    found = my_money.places(db.session, me, at, {name: _after(name) for name in LISTS}, seen)
    turn, coming, was = (found[name] for name in LISTS)
    became = past(db.session, me, was.places)
    said = {"paying_words": words_paying, "offer_words": words_offers, "money_words": words_money}
    return render_template(
        "claims/index.html",
        owed=due.total,
        ahead=due.left_open,
        today=at,
        hours=seen.minutes,
        also=kept_list("claims/_also.html", seen.years, years=seen.years),
        bank=_bank_turn(seen.wait, due.to_send),
        again=again.of_person(db.session, me) if due.total else {},
        lists={
            "turn": (my_money.waits_for_them(db.session, turn.places), turn.more),
            "coming": (my_money.coming(db.session, me, due, coming.places), coming.more),
            "past": (became, was.more),
        },
        asked={name: name in request.args for name in LISTS},
        past=kept_list("claims/_past.html", became, found=became, **said) if became else "",
        words=words,
        **said,
    )


@blueprint.get("/mine")
@signed_in
def mine() -> str:
    """All of one's claims, the newest first, a page at a time."""
    before = number_in(request.args.get("before", ""))
    found, more = claims.mine(db.session, current_actor().person_id or 0, before=before or MOST_ID)
    return render_template(
        "claims/mine.html",
        shown=kept_list("claims/_mine.html", found, claims=found) if found else "",
        first=not before,
        more=more,
    )


def _after(name: str) -> Place | None:
    return place_of(request.args.get(name, ""))


def _bank_turn(wait: Wait | None, to_send: int) -> BankTurn:
    """What somebody has to do about their bank details before money can go there."""
    if wait is None or (wait is Wait.DETAILS and not to_send):
        return ""
    return _TURNS[wait]


@blueprint.get("/statement/<int:year>", endpoint="statement")
@signed_in
def of_year(year: int) -> str:
    """What was paid in a tax year, to read and to print."""
    return render_template(
        "claims/statement.html",
        tables=statement_tables(_statement(year)),
        year=year,
        name=current_actor().name,
        year_name=year_name(year),
        today=today(),
        can_typeset=can_typeset(),
        said=said(),
    )


@blueprint.get("/statement/<int:year>.pdf")
@signed_in
def statement_pdf(year: int) -> ResponseReturnValue:
    """The same as a file to keep or send."""
    made = statement_paper(_statement(year), current_actor().name, today())
    return paper_file(made, f"statement-{year}", url_for("claims.statement", year=year))


@blueprint.get("/statement/<int:year>.csv")
@signed_in
def statement_csv(year: int) -> ResponseReturnValue:
    """The same for a spreadsheet. With a mark at its beginning, or some programs misread letters."""
    text = statement_sheet(_statement(year), current_actor().name, current_page().college.name)
    answer = Response(text.encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="statement-{year}.csv"'
    return answer


def _statement(year: int) -> Statement:
    if not FIRST_YEAR <= year <= tax_year(today()):
        abort(404)
    return statement(db.session, current_actor().person_id or 0, year)
