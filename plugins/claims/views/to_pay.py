"""The lists of those who pay: what is ready and goes into the open batch, what waits, cash, the batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, render_template, request, url_for
from flask_babel import ngettext

from plugins.claims import words
from plugins.claims.errors import Why
from plugins.claims.forms.paying import ButtonForm, PutForm
from plugins.claims.money.batches import What
from plugins.claims.policies import PAY
from plugins.claims.queries import paying, places, to_pay
from plugins.claims.queries.to_pay import A_PAGE, Part
from plugins.claims.services import batching
from plugins.claims.services.looking import certain, certain_cash, ready_sums
from plugins.claims.services.separating import PAYING
from plugins.claims.services.today import today
from plugins.claims.views.blueprint import blueprint, kept_list, number_in, once, status
from plugins.claims.views.paying import names, page_of
from plugins.claims.words import paying as words_paying
from portal.plugin_api import current_actor, db, requires

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from plugins.claims.queries.to_pay import Owed, Places
    from plugins.claims.services.sources import Key


LONGEST = len(What) * places.LONGEST + len(What)  # letters of an address's places


def why(one: Owed) -> Why | None:
    """What is said of something that cannot go into a batch now."""
    if one.bar is not None:
        return PAYING[one.bar]
    if one.wait is not None:
        return paying.WAITS[one.wait]
    return Why.AGAIN if one.again else None


def _me() -> int:
    return current_actor().person_id or 0


def _places() -> Places:
    """Where the page before this one ended, as the address says; empty where it says nothing of use."""
    found = map(places.place_of, request.args.get("after", "")[:LONGEST].split("~"))
    return {What(one.kind): one for one in found if one is not None and one.kind in set(What)}


def _listed(part: Part) -> tuple[Sequence[Owed], Mapping[int, str], str]:
    """A page of a list, the names on it, and the address of the next one."""
    page = to_pay.page(db.session, _me(), part, _places())
    more, last = "", page.last
    if last is not None:
        after = "~".join(str(one) for one in last.values())
        more = url_for(str(request.endpoint), after=after)
    owed = page.owed if part is Part.OTHERS else certain(db.session, page.owed)
    return owed, page.names, more


@blueprint.get("/pay")
@requires(PAY)
def pay() -> str:
    """What is ready to be paid, what is due first in front: what is ticked, or all of it, is looked at."""
    owed, people, more = _listed(Part.READY)
    ready = kept_list(
        "claims/_ready.html", owed, *people.items(), found=owed, names=people, today=today()
    )
    also = kept_list("claims/_pay_also.html", ())
    return render_template("claims/pay.html", ready=ready if owed else "", more=more, also=also)


@blueprint.route("/pay/put", methods=["GET", "POST"])
@requires(PAY, "GET", "POST")
def put() -> ResponseReturnValue:
    """What was ticked, or all that is ready, and what it comes to: one button puts it into the open batch."""
    form = PutForm()
    given = request.form if request.method == "POST" else request.args
    chosen = None if given.get("all_of_it") else _keys(given.getlist("chosen"))

    def go() -> str:
        done = batching.put_in(db.session, current_actor(), chosen, seen=form.pence)
        said = ngettext("%(num)d payment is in it.", "%(num)d payments are in it.", done.count)
        flash(said, "good")
        return page_of(done.ref)

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    return _put_page(form, chosen), status(form)


def _keys(picks: Collection[str]) -> set[Key]:
    found = set()
    for pick in list(picks)[:A_PAGE]:
        what, _dash, what_id = pick.partition("-")
        if what in set(What) and number_in(what_id):
            found.add((What(what), number_in(what_id)))
    return found


def _put_page(form: PutForm, chosen: set[Key] | None) -> str:
    if chosen is None:
        sums, owed = ready_sums(db.session, _me()), []
    else:
        found = to_pay.chosen(db.session, _me(), chosen) if chosen else []
        sums, owed = [], certain(db.session, found)
    ready = [one for one in owed if one.ready]
    total = sum(one.pence for one in sums) + sum(one.pence for one in ready)
    form.seen.data = str(total)
    return render_template(
        "claims/put.html",
        form=form,
        sums=sums,
        ready=ready,
        count=sum(one.count for one in sums) + len(ready),
        total=total,
        left=[one for one in owed if not one.ready],
        chosen=chosen is not None,
        picks=[one.key for one in ready],
        people=names(one.person_id for one in owed),
        why=why,
        words=words,
        said=words_paying,
    )


@blueprint.get("/pay/waiting")
@requires(PAY)
def pay_waiting() -> str:
    """What waits for its person; who has no account can be paid in cash."""
    return waiting_page(ButtonForm(formdata=None))


def waiting_page(form: ButtonForm) -> str:
    """The same, with what was wrong."""
    owed, people, more = _listed(Part.WAITS)
    return render_template(
        "claims/pay_waiting.html",
        form=form,
        owed=owed,
        people=people,
        more=more,
        why=lambda one: paying.WAITS[one.wait],
        words=words,
    )


@blueprint.get("/pay/others")
@requires(PAY)
def pay_others() -> str:
    """What is ready, and somebody else is to pay."""
    owed, people, more = _listed(Part.OTHERS)
    return render_template(
        "claims/pay_others.html", owed=owed, people=people, more=more, why=why, words=words
    )


@blueprint.get("/pay/cash")
@requires(PAY)
def pay_cash() -> str:
    """Cash that waits for a second signature."""
    return cash_page(ButtonForm(formdata=None))


def cash_page(form: ButtonForm) -> str:
    """The same, with what was wrong."""
    cash, last = to_pay.cash(db.session, _me(), number_in(request.args.get("after", "")))
    return render_template(
        "claims/pay_cash.html",
        form=form,
        cash=certain_cash(db.session, cash),
        people=names(one.person_id for one in cash),
        more=url_for("claims.pay_cash", after=last) if last else "",
        why=lambda one: PAYING[one.bar] if one.bar else Why.AGAIN,
        words=words,
    )


@blueprint.get("/pay/batches")
@requires(PAY)
def pay_batches() -> str:
    """The batches, the newest first."""
    found, last = paying.batches(db.session, number_in(request.args.get("before", "")))
    return render_template(
        "claims/pay_batches.html",
        batches=kept_list("claims/_batches.html", found, found=found, said=words_paying)
        if found
        else "",
        more=url_for("claims.pay_batches", before=last) if last else "",
    )
