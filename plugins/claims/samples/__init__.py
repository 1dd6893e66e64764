"""How to call each page of this plugin with success: for the generated access tests."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from plugins.claims.models import Category, Claim, Decision, Proof, State
from plugins.claims.money.batches import Outcome
from plugins.claims.queries.adjusting import waiting
from plugins.claims.queries.one_claim import claim_of, show
from plugins.claims.queries.support import supported_by
from plugins.claims.samples.offers import SAMPLES as OF_OFFERS
from plugins.claims.samples.paying import PAYING
from plugins.claims.services import adjusting as services
from plugins.claims.services import advance_payable, advances, deciding, support, writing
from plugins.claims.services.advances import Wish
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
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
    # Each as if of another picture: one that stands in several lines asks one question more.
    digest = secrets.token_hex(32)
    writing.prove(session, payee, claim.id, line, Proof.FILE, received=picture, digest=digest)
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


def _code(session: Session) -> Values:
    """A code that somebody else gives away."""
    return {"code": support.offer(session, Actor(_person(session)), paid=False)}


def supporting(session: Session, person_id: int) -> Values:
    """Somebody lets this person write claims for them."""
    support.take_up(session, Actor(person_id), _code(session)["code"])
    return {"consent_id": supported_by(session, person_id)[-1].id}


def adjusting(session: Session) -> Values:
    """Something that somebody proposed to put right, in a claim of somebody else."""
    values = others(State.DECIDED)(session)
    claim = claim_of(session, values["ref"])
    proposer = Actor(_person(session))
    services.propose(
        session, proposer, claim.id if claim else 0, values["line_id"], COST, "It was for us"
    )
    found = waiting(session)[-1]
    return {**values, "adjustment_id": found.id, "pick": f"{found.id}.{found.pence}"}


def ahead(*, decided: bool = False, paid: bool = False) -> Callable[[Session, int], Values]:
    """Money ahead that somebody asks for; that was approved; that was paid."""

    def arrange(session: Session, person_id: int) -> Values:
        wish = Wish("A sample", today(), COST)
        one = advances.ask(session, Actor(person_id), wish)
        if decided or paid:
            less = Decided(Decision.REDUCED, COST - 1, "A penny is enough")
            advances.decide(session, Actor(_person(session)), one.id, less)
        if paid:
            advance_payable.moved(session, one.id, Outcome.SENT)
        return {"ref": one.ref}

    return arrange


def others_ahead(**how: bool) -> Callable[[Session], Values]:
    """The same, of somebody else."""

    def arrange(session: Session) -> Values:
        return ahead(**how)(session, _person(session))

    return arrange


def _receipt(_values: Values) -> Values:
    return {"proof": "file", "file": (io.BytesIO(SAMPLE_PICTURE), "receipt.png")}


def _decision(values: Values) -> Values:
    return {"version": str(values["version"]), f"decision{values['line_id']}": "approved"}


def _tick(values: Values) -> Values:
    return {"pick": f"{values['ref']}.{values['version']}"}


def _mine(
    endpoint: str, state: State, payload: Any = None, *, get: bool = True
) -> list[RouteSample]:
    name = f"claims.{endpoint}"
    found = [RouteSample(name, "GET", arrange_own=own(state))] if get else []
    if payload is not None:
        found.append(RouteSample(name, "POST", arrange_own=own(state), payload=payload))
    return found


def _desk(endpoint: str, payload: Any = None, arrange: Any = None) -> list[RouteSample]:
    name, arrange = f"claims.{endpoint}", arrange or others(State.SUBMITTED)
    found = [RouteSample(name, "GET", arrange, roles=_DECIDERS)]
    if payload is not None:
        found.append(RouteSample(name, "POST", arrange, payload, _DECIDERS))
    return found


_STUDENT, _DECIDERS = ("student",), ("treasurer",)
_DAY = {"day": ["1", "6", "2026"]}
_MORE = {"way": "more", "pence": "5.00", "reason": "It was for us"}
_WISH = {"what": "A meeting", "day": ["1", "6", "2199"], "pence": "86.20"}
_RATE = {"kind": "car-first", "pence": "60", "day": ["6", "4", "2027"], "source": "GOV.UK"}
SAMPLES: tuple[RouteSample, ...] = (
    RouteSample("claims.quote", "GET", public=True),
    RouteSample("claims.index", "GET", roles=_STUDENT),
    RouteSample("claims.mine", "GET", roles=_STUDENT),
    RouteSample("claims.start", "GET", roles=_STUDENT),
    RouteSample("claims.start", "POST", payload={"what": "A meeting"}, roles=_STUDENT),
    RouteSample("claims.start_from", "POST", payload={"gift": "0", "no": "1"}, roles=_STUDENT),
    *_mine("show", State.DRAFT),
    *_mine("rename", State.DRAFT, {"what": "Another meeting"}),
    *_mine("say_for", State.DRAFT, {"purpose": "none"}),
    *_mine("add", State.DRAFT, {"category": "car"}),
    *_mine("when", State.DRAFT, _DAY),
    *_mine("how_much", State.DRAFT, {"amount": "12.50"}),
    *_mine("receipt", State.DRAFT, _receipt),
    *_mine("whole", State.DRAFT, {"pence": "25.00"}),
    *_mine("receipt_file", State.DRAFT),
    *_mine("remove", State.DRAFT, {}),
    *_mine("throw_away", State.DRAFT, {}),
    *_mine("send", State.DRAFT, {"total": str(COST)}, get=False),
    *_mine("answer", State.QUERIED, {"total": str(COST), "words": "To the college"}, get=False),
    *_mine("withdraw", State.SUBMITTED, {}),
    *_mine("appeal", State.DECIDED, {"words": "It was not"}),
    RouteSample("claims.supporters", "GET", roles=_STUDENT),
    RouteSample("claims.supporters", "POST", payload={"paid": "no"}, roles=_STUDENT),
    RouteSample("claims.helping", "GET", roles=_STUDENT),
    RouteSample(
        "claims.helping",
        "POST",
        _code,
        lambda values: {"code": values["code"]},
        _STUDENT,
    ),
    *(
        RouteSample(f"claims.{name}", method, arrange_own=supporting, payload=payload)
        for name, payload in (
            ("end_support", {}),
            ("start_for", {"what": "A meeting"}),
            ("ask_ahead_for", _WISH),
        )
        for method in ("GET", "POST")
    ),
    *_desk("decide", _decision),
    *_desk("ask", {"words": "Where to?"}),
    *_desk("set_for", {"purpose": "none"}),
    *_desk("desk_file"),
    *_desk("several", _tick),
    *_desk("adjust", _MORE, others(State.DECIDED)),
    *_desk("adjustments", lambda values: {"pick": values["pick"]}, adjusting),
    *_desk("drop_adjustment", {}, adjusting),
    *(
        RouteSample(f"claims.{name}", "GET", lambda _session: {"year": 2026}, roles=_STUDENT)
        for name in ("statement", "statement_pdf", "statement_csv")
    ),
    RouteSample("claims.pace", "GET", roles=_STUDENT),
    RouteSample("claims.ask_ahead", "GET", roles=_STUDENT),
    RouteSample("claims.ask_ahead", "POST", payload=_WISH, roles=_STUDENT),
    RouteSample("claims.advance", "GET", arrange_own=ahead(decided=True)),
    *(
        RouteSample(f"claims.{name}", method, arrange_own=ahead(paid=paid))
        for name, paid in (("withdraw_ahead", False), ("spent_ahead", True))
        for method in ("GET", "POST")
    ),
    RouteSample("claims.desk_ahead", "GET", others_ahead(), roles=_DECIDERS),
    *_desk("decide_ahead", {"decision": "declined", "reason": "It is free"}, others_ahead()),
    *_desk("settle_ahead", {"how": "returned", "pence": "1.00"}, others_ahead(paid=True)),
    *_desk("cancelled_ahead", {}, others_ahead(decided=True)),
    RouteSample("claims.add_rate", "GET", roles=_DECIDERS),
    RouteSample("claims.add_rate", "POST", payload=_RATE, roles=_DECIDERS),
    RouteSample("claims.to_decide", "GET", others(State.SUBMITTED), roles=_DECIDERS),
    RouteSample("claims.decided", "GET", others(State.DECIDED), roles=_DECIDERS),
    *OF_OFFERS,
    *PAYING,
)
