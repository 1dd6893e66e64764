"""How to call each page of offers with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from plugins.claims.models import Activity, ActivityKind, BudgetRow, Credit, Offer, Stage
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.services import answering, confirming, offering
from plugins.claims.services.answering import Answer, choice_of
from plugins.claims.services.budgets import NewBudget, add_budget
from plugins.claims.services.hours import add_hours
from plugins.claims.services.offering import NewActivity, NewOffer
from plugins.claims.services.refs import new_ref
from plugins.claims.services.today import today
from portal.accounts.api import create_person
from portal.plugin_api import SYSTEM, Actor, RouteSample

Values = Mapping[str, Any]
SUM = 1_000_00  # pence


def _person(session: Session) -> int:
    return create_person(session, SYSTEM, name="Alex")


def budget(session: Session) -> BudgetRow:
    """A budget of this year."""
    year = timedelta(days=365)
    new = NewBudget("A sample", today() - year, today() + year, SUM)
    return add_budget(session, SYSTEM, new)


def activity(session: Session) -> Activity:
    """One of today, with a budget."""
    new = NewActivity(
        ActivityKind.DESIGN,
        Basis.INVOLVEMENT,
        "A sample",
        "Fares",
        today(),
        10,
        budget_id=budget(session).id,
    )
    return offering.add_activity(session, Actor(_person(session)), new)


def offer_to(session: Session, person_id: int, *, stage: Stage = Stage.OPEN) -> Offer:
    """An offer of money, hours and a certificate, answered where it is closed."""
    new = NewOffer(person_id, 150, 2750, credit=60, certificate=True)
    made = offering.offer(session, Actor(_person(session)), activity(session).id, new)
    if stage is not Stage.OPEN:
        said = Answer(
            Taken.CHARITY, charity="A sample", wanted=frozenset({"certificate", "credit"})
        )
        answering.answer(session, Actor(person_id), made.id, said)
        confirming.close(session, Actor(_person(session)), made.id, stage)
    return made


def own(stage: Stage = Stage.OPEN) -> Callable[[Session, int], Values]:
    """An offer of somebody's own."""

    def arrange(session: Session, person_id: int) -> Values:
        return {"ref": offer_to(session, person_id, stage=stage).ref}

    return arrange


def _others(stage: Stage) -> Callable[[Session], Values]:
    def arrange(session: Session) -> Values:
        made = offer_to(session, _person(session), stage=stage)
        choice = choice_of(session, made.id)
        return {"ref": made.ref, "choice_id": choice.id if choice else 0}

    return arrange


def _for_charity(session: Session) -> Values:
    return {"choice_id": _others(Stage.DONE)(session)["choice_id"], "version": 1}


def _activity(session: Session) -> Values:
    return {"ref": activity(session).ref, "person_id": _person(session)}


def _budget(session: Session) -> Values:
    return {"ref": budget(session).ref}


def _hours(session: Session) -> Values:
    person_id = _person(session)
    key = f"sample:{new_ref()}"
    add_hours(session, SYSTEM, person_id, Credit.ADJUSTED, 120, key=key, words="A sample")
    return {"person_id": person_id}


def _staff(
    endpoint: str,
    roles: tuple[str, ...],
    arrange: Callable[[Session], Values] = lambda _session: {},
    payload: Values | None = None,
    *,
    get: bool = True,
) -> list[RouteSample]:
    name = f"claims.{endpoint}"
    found = [RouteSample(name, "GET", arrange, roles=roles)] if get else []
    if payload is not None:
        found.append(RouteSample(name, "POST", arrange, payload, roles))
    return found


_STUDENT, _MAKERS, _KEEPERS = ("student",), ("coordinator",), ("treasurer",)
_ACTIVITY = {
    "kind": "board",
    "basis": "involvement",
    "title": "Meeting of the board",
    "covered": "Fares",
    "day": ["1", "3", "2027"],
    "pays_in": "10",
}
_BUDGET = {
    "title": "The board",
    "first": ["1", "4", "2026"],
    "last": ["31", "3", "2027"],
    "amount": "500",
}
_FACT = {
    "basis": "volunteer",
    "topic": "tax",
    "words": "No tax is due on it.",
    "day": ["6", "4", "2027"],
    "source": "GOV.UK",
}
_HOURS = {"kind": "spent", "hours": "1", "words": "A ticket"}
SAMPLES: tuple[RouteSample, ...] = (
    RouteSample("claims.facts", "GET", public=True),
    RouteSample("claims.offers", "GET", roles=_STUDENT),
    RouteSample("claims.my_hours", "GET", roles=_STUDENT),
    RouteSample("claims.ceiling", "GET", roles=_STUDENT),
    RouteSample("claims.ceiling", "POST", payload={"amount": "200"}, roles=_STUDENT),
    RouteSample("claims.offer", "GET", arrange_own=own()),
    RouteSample(
        "claims.offer",
        "POST",
        arrange_own=own(),
        payload={"taken": "charity", "charity": "The lifeboats", "wanted": "certificate"},
    ),
    RouteSample("claims.say_no", "GET", arrange_own=own()),
    RouteSample("claims.say_no", "POST", arrange_own=own()),
    *_staff("activities", _MAKERS, _activity),
    *_staff("add_activity", _MAKERS, payload=_ACTIVITY),
    *_staff("activity", _MAKERS, _activity),
    *_staff("make_offer", _MAKERS, _activity, {"hours": "2.5", "pence_an_hour": "27.50"}),
    *_staff("close_offer", _MAKERS, _others(Stage.OPEN), {"stage": "done"}),
    *_staff("budgets", _KEEPERS, _budget),
    *_staff("add_budget", _KEEPERS, payload=_BUDGET),
    *_staff("budget", _KEEPERS, _budget, {"amount": "900"}),
    *_staff("add_fact", _KEEPERS, payload=_FACT),
    *_staff("recognition", _KEEPERS, _others(Stage.DONE)),
    *_staff("hand_over", _KEEPERS, _others(Stage.DONE), {}, get=False),
    *_staff("paid_by_hand", _KEEPERS, _for_charity, {}, get=False),
    *_staff("hours", _KEEPERS, _hours),
    *_staff("hours_of", _KEEPERS, _hours, _HOURS),
)
