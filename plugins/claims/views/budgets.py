"""Budgets with their sums and how they went, and facts about tax and benefits: for whoever keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.budgets import BudgetForm, FactForm, SumForm
from plugins.claims.models import Topic
from plugins.claims.money.recognition import Basis
from plugins.claims.policies import KEEP_BUDGETS
from plugins.claims.queries import budgets
from plugins.claims.services import budgets as keeping
from plugins.claims.services.budgets import NewBudget
from plugins.claims.services.facts import NewFact
from plugins.claims.services.facts import add_fact as add
from plugins.claims.services.today import today
from plugins.claims.views.blueprint import blueprint, course_of, once, status
from portal.plugin_api import current_actor, db, requires
from portal.ui import charts
from portal.ui.filters import day, leaf, pounds

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue

    from plugins.claims.queries.budgets import Budget, Step
    from portal.ui.charts import TimeChart

POUND = 100
AT_FIELD = {Why.BUDGET_DAY: "last", Why.SMALLER: "amount", Why.EARLIER_FACT: "day"}


def _field(refused: RefusedError) -> str:
    return AT_FIELD.get(refused.why, "")


@blueprint.get("/budgets", endpoint="budgets")
@requires(KEEP_BUDGETS)
def all_budgets() -> str:
    """Each budget with what is offered, agreed, paid and left."""
    found, outside = budgets.budgets(db.session)
    return render_template("claims/budgets.html", budgets=found, outside=outside)


@blueprint.route("/budgets/new", methods=["GET", "POST"])
@requires(KEEP_BUDGETS, "GET", "POST")
def add_budget() -> ResponseReturnValue:
    """A sum for a course or a body."""
    form = BudgetForm()

    def go() -> str:
        new = NewBudget(
            form.title.data or "",
            form.first.data,
            form.last.data,
            int(form.amount.data or 0),
            course_id,
        )
        row = keeping.add_budget(db.session, current_actor(), new)
        flash(_("Added. Activities can be set up with it."), "good")
        return url_for("claims.budget", ref=row.ref)

    if form.validate_on_submit():
        course_id = course_of(form)
        if not form.errors and (done := once(form, go, _field)):
            return done
    page = render_template(
        "claims/ask_all.html",
        form=form,
        back=url_for("claims.budgets"),
        back_label=_("Budgets"),
        title=_("A new budget"),
        text=_("Nobody is offered more than it has left."),
    )
    return page, status(form)


@blueprint.route("/budgets/<ref>", methods=["GET", "POST"])
@requires(KEEP_BUDGETS, "GET", "POST")
def budget(ref: str) -> ResponseReturnValue:
    """One budget: its sums, how it went in a picture and in numbers; and another sum for it."""
    found = budgets.budget_of(db.session, ref)
    if found is None:
        abort(404)
    form, (one, steps) = SumForm(), found

    def change() -> str:
        keeping.change_sum(db.session, current_actor(), one.id, int(form.amount.data or 0))
        flash(_("Saved."), "good")
        return url_for("claims.budget", ref=ref)

    if form.validate_on_submit() and (done := once(form, change, _field)):
        return done
    if request.method == "GET":
        form.amount.data = one.tally.whole
    rows = [
        (
            day(step.day),
            pounds(step.agreed),
            pounds(step.paid),
            pounds(one.tally.whole - step.agreed),
        )
        for step in steps
        if step.day <= today()
    ]
    page = render_template(
        "claims/budget.html", one=one, rows=rows, chart=_chart(one, steps), form=form
    )
    return page, status(form)


def _chart(one: Budget, steps: list[Step]) -> TimeChart:
    """Agreed in all, with the paid part marked; what lies ahead is empty."""
    now = today()
    columns = [
        (_label(step.day), round(step.agreed / POUND), round(step.paid / POUND))
        if step.day <= now
        else (_label(step.day), 0, 0)
        for step in steps
    ]
    says = _(
        "%(paid)s is paid, %(committed)s more is agreed, %(left)s of %(whole)s is left.",
        paid=pounds(one.tally.paid),
        committed=pounds(one.tally.committed),
        left=pounds(one.tally.left),
        whole=pounds(one.tally.whole),
    )
    return charts.over_time(_("Agreed so far in pounds, and paid of it"), says, columns, [])


def _label(first: date) -> str:
    _weekday, number, month = leaf(first)
    return f"{number} {month}"


@blueprint.route("/facts/new", methods=["GET", "POST"])
@requires(KEEP_BUDGETS, "GET", "POST")
def add_fact() -> ResponseReturnValue:
    """A fact that the college knows from today on."""
    form = FactForm()

    def go() -> str:
        new = NewFact(
            Basis(form.basis.data),
            Topic(form.topic.data),
            form.words.data or "",
            form.day.data,
            form.source.data or "",
        )
        add(db.session, current_actor(), new)
        flash(_("Added. It stands on offers from that day on."), "good")
        return url_for("claims.facts")

    if form.validate_on_submit() and (done := once(form, go, _field)):
        return done
    page = render_template(
        "claims/ask_all.html",
        form=form,
        back=url_for("claims.facts"),
        back_label=_("What it may mean for tax and benefits"),
        title=_("A new fact"),
        text=_("The one that it follows ends on the day before, and stays to read."),
    )
    return page, status(form)
