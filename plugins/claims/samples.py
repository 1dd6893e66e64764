"""How to call each page of this plugin with success: for the generated access tests."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from plugins.claims.models import Category, Claim, Decision, Proof, State
from plugins.claims.queries.claims import show
from plugins.claims.samples_offers import SAMPLES as OF_OFFERS
from plugins.claims.samples_paying import PAYING
from plugins.claims.services import deciding, writing
from plugins.claims.services.deciding import Decided
from plugins.claims.services.store import lines_of, today
from portal.accounts.api import create_person
from portal.files.api import SAMPLE_PICTURE, sample_file
from portal.plugin_api import SYSTEM, Actor, RouteSample

Values = Mapping[str, Any]
COST = 1_250  # pence


def _person(session: Session) -> int:
    return create_person(session, SYSTEM, name="Alex")


def _claim(session: Session, person_id: int, state: State) -> tuple[Claim, int]:
    payee = Actor(person_id)
    claim = writing.begin(session, payee, "A sample")
    line = writing.add_line(session, payee, claim.id, Category.TAXI)
    writing.say_when(session, payee, claim.id, line, today())
    writing.say_how_much(session, payee, claim.id, line, COST)
    picture = sample_file(session)
    writing.prove(
        session, payee, claim.id, line, Proof.FILE, received=picture, digest=picture.sha256
    )
    if state is not State.DRAFT:
        writing.send(session, payee, claim.id, show(session, claim).total)
    return claim, line


def _take_on(session: Session, claim: Claim, state: State) -> None:
    decider = Actor(_person(session))
    if state is State.QUERIED:
        deciding.ask(session, decider, claim.id, "Where to?")
    if state is State.DECIDED:
        no = Decided(Decision.DECLINED, reason="It was paid before")
        said = {line.id: no for line in lines_of(session, claim.id)}
        deciding.decide(session, decider, claim.id, claim.version, said)


def own(state: State) -> Callable[[Session, int], Values]:
    """A claim of somebody's own in a state, with one line that has a receipt."""

    def arrange(session: Session, person_id: int) -> Values:
        claim, line = _claim(session, person_id, state)
        _take_on(session, claim, state)
        return {"ref": claim.ref, "line_id": line, "version": claim.version}

    return arrange


def others(state: State) -> Callable[[Session], Values]:
    """A claim of somebody else."""

    def arrange(session: Session) -> Values:
        return own(state)(session, _person(session))

    return arrange


def _receipt(_values: Values) -> Values:
    return {"proof": "file", "file": (io.BytesIO(SAMPLE_PICTURE), "receipt.png")}


def _decision(values: Values) -> Values:
    return {"version": str(values["version"]), f"decision{values['line_id']}": "approved"}


def _mine(
    endpoint: str, state: State, payload: Any = None, *, get: bool = True
) -> list[RouteSample]:
    name = f"claims.{endpoint}"
    found = [RouteSample(name, "GET", arrange_own=own(state))] if get else []
    if payload is not None:
        found.append(RouteSample(name, "POST", arrange_own=own(state), payload=payload))
    return found


def _desk(endpoint: str, payload: Any = None) -> list[RouteSample]:
    name, arrange = f"claims.{endpoint}", others(State.SUBMITTED)
    found = [RouteSample(name, "GET", arrange, roles=_DECIDERS)]
    if payload is not None:
        found.append(RouteSample(name, "POST", arrange, payload, _DECIDERS))
    return found


_STUDENT, _DECIDERS = ("student",), ("treasurer",)
_DAY = {"day": ["1", "6", "2026"]}
_RATE = {"kind": "car-first", "pence": "60", "day": ["6", "4", "2027"], "source": "GOV.UK"}
SAMPLES: tuple[RouteSample, ...] = (
    RouteSample("claims.quote", "GET", public=True),
    RouteSample("claims.index", "GET", roles=_STUDENT),
    RouteSample("claims.start", "GET", roles=_STUDENT),
    RouteSample("claims.start", "POST", payload={"what": "A meeting"}, roles=_STUDENT),
    *_mine("show", State.DRAFT),
    *_mine("rename", State.DRAFT, {"what": "Another meeting"}),
    *_mine("add", State.DRAFT, {"category": "car"}),
    *_mine("when", State.DRAFT, _DAY),
    *_mine("how_much", State.DRAFT, {"amount": "12.50"}),
    *_mine("receipt", State.DRAFT, _receipt),
    *_mine("receipt_file", State.DRAFT),
    *_mine("remove", State.DRAFT, {}),
    *_mine("throw_away", State.DRAFT, {}),
    *_mine("send", State.DRAFT, {"total": str(COST)}, get=False),
    *_mine("answer", State.QUERIED, {"total": str(COST), "words": "To the college"}, get=False),
    *_mine("withdraw", State.SUBMITTED, {}),
    *_mine("appeal", State.DECIDED, {"words": "It was not"}),
    *_desk("decide", _decision),
    *_desk("ask", {"words": "Where to?"}),
    *_desk("desk_file"),
    RouteSample("claims.add_rate", "GET", roles=_DECIDERS),
    RouteSample("claims.add_rate", "POST", payload=_RATE, roles=_DECIDERS),
    RouteSample("claims.to_decide", "GET", others(State.SUBMITTED), roles=_DECIDERS),
    *OF_OFFERS,
    *PAYING,
)
