"""What the desk shows of claims: what waits for a decision, is to be put right, or is to be paid."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.money.deadlines import ARRIVES_IN, after_working_days, before_working_days
from plugins.claims.policies import DECIDE, PAY, PUT_RIGHT, again_kinds
from plugins.claims.promises import DECIDED_IN, ZONE
from plugins.claims.queries import to_pay
from plugins.claims.queries.adjusting import longest_waiting
from plugins.claims.queries.advances import asked
from plugins.claims.queries.claims import to_decide
from plugins.claims.queries.to_pay import Part
from plugins.claims.services.again import to_approve
from plugins.claims.services.looking import certain, certain_cash
from plugins.claims.services.today import today
from portal.plugin_api import Actor, DeskLine, local_date, setting

_GROUP = _l("Claims")


def lines(session: Session, actor: Actor) -> Iterator[DeskLine]:
    """Each claim that waits, but one's own, with the day by which it is decided; what is to be put right, and
    what is to be paid.
    """
    if actor.can(DECIDE):
        yield from _to_decide(session, actor)
        yield from _ahead(session, actor)
        yield from _again(session, actor)
    if actor.can(PUT_RIGHT) and (since := longest_waiting(session)):
        days = int(setting(session, DECIDED_IN))
        yield DeskLine(
            group=_GROUP,
            title=_l("Something is to be put right after a decision"),
            next_step=_l("Look at it, and approve it"),
            url=url_for("claims.adjustments"),
            due=after_working_days(local_date(since, ZONE), days),
        )
    if actor.can(PAY):
        yield from _to_pay(session, actor)


def _to_decide(session: Session, actor: Actor) -> Iterator[DeskLine]:
    for one in to_decide(session):
        if one.due is not None and one.person_id != actor.person_id:
            yield DeskLine(
                group=_GROUP,
                title=_l("A claim is late") if one.late else _l("A claim waits for a decision"),
                next_step=_l("Decide about it"),
                url=url_for("claims.decide", ref=one.ref),
                due=one.due.decided,
            )


def _to_pay(session: Session, actor: Actor) -> Iterator[DeskLine]:
    """One line for all that the actor may pay, with the first day by which it is due; one for cash."""
    me = actor.person_id or 0
    page = to_pay.page(session, me, Part.READY)
    days = [one.due for one in certain(session, page.owed) if one.ready]
    some = len(days)
    if days:
        said = _l("Payments are ready: %(count)d", count=some)
        if page.last is not None:
            said = _l("Payments are ready: more than %(count)d", count=some)
        yield DeskLine(
            group=_GROUP,
            title=said,
            next_step=_l("Pay them"),
            url=url_for("claims.pay"),
            due=min(day or today() for day in days),
        )
    cash, _last = to_pay.cash(session, me)
    if any(not one.mine and one.ready for one in certain_cash(session, cash)):
        yield DeskLine(
            group=_GROUP,
            title=_l("Cash waits for a second signature"),
            next_step=_l("Sign as it is handed over"),
            url=url_for("claims.pay_cash"),
            due=today(),
        )


def _again(session: Session, actor: Actor) -> Iterator[DeskLine]:
    """One line for all that the actor may approve once more, with the first day by which it is paid."""
    found = to_approve(session, actor, again_kinds(actor))
    days = [one.due for one in found if one.barred is None]
    if days:
        yield DeskLine(
            group=_GROUP,
            title=_l("To approve once more, before it is paid: %(count)d", count=len(days)),
            next_step=_l("Look at it, and approve it"),
            url=url_for("claims.again"),
            due=min(day or today() for day in days),
        )


def _ahead(session: Session, actor: Actor) -> Iterator[DeskLine]:
    """Money ahead that was asked for: in the time that a claim has, and early enough to be paid."""
    for one in asked(session)[0]:
        if one.person_id != actor.person_id:
            days = int(setting(session, DECIDED_IN))
            due = after_working_days(local_date(one.asked_at, ZONE), days)
            yield DeskLine(
                group=_l("Claims"),
                title=_l("Somebody asks for money ahead"),
                next_step=_l("Decide about it"),
                url=url_for("claims.decide_ahead", ref=one.ref),
                due=min(due, before_working_days(one.event_on, 1 + ARRIVES_IN)),
            )
