"""What became of an offer, said by somebody who has no part in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Activity, Offer, Stage
from plugins.claims.money.recognition import worth
from plugins.claims.money.separation import Bar, Involved, approvers_needed, bar
from plugins.claims.promises import POUND, TWO_ABOVE
from plugins.claims.services.answering import choice_of
from plugins.claims.services.owing import owe
from plugins.claims.services.separating import own_accounts, parts_of
from plugins.claims.services.today import today
from portal.audit import api as audit
from portal.messages.api import tell
from portal.plugin_api import Actor, lock_rows, now, setting

SAID = frozenset({Stage.DONE, Stage.CANCELLED, Stage.AWAY})
BEFORE = frozenset({Stage.OPEN, Stage.AWAY})
SAYS = {Bar.PAYEE: Why.SELF, Bar.APPROVED: Why.SECOND}


def involved(session: Session, offers: Sequence[Offer]) -> dict[int, Involved]:
    """Who has a part in offers, by their id: whose they are, and whoever supports these people; whoever made
    one agreed to its sum, whoever closed it, that it is owed. One query.
    """
    parts = parts_of(session, {one.id: (one.person_id, one.made_at) for one in offers})
    return {
        one.id: replace(
            parts[one.id],
            approved=frozenset(who for who in (one.made_by_id, one.closed_by_id) if who),
        )
        for one in offers
    }


def barred(session: Session, offer: Offer, person_id: int) -> Why | None:
    """Why somebody may not say what became of it; None where they may. Four queries at most.

    The sum that is offered counts, not what is taken of it: that is nobody's business here.
    """
    part = involved(session, [offer])[offer.id]
    value = worth(offer.minutes, offer.pence_an_hour) + offer.voucher
    if approvers_needed(value, int(setting(session, TWO_ABOVE)) * POUND) == 1:
        part = replace(part, approved=frozenset())
    part = replace(part, accounts=own_accounts(session, part.payee))
    found = bar(part, person_id, own_accounts(session, person_id))
    return SAYS.get(found, Why.PART) if found is not None else None


def close(session: Session, actor: Actor, offer_id: int, stage: Stage) -> None:
    """It took place, was cancelled by the college, or went on without them. What was agreed is owed at once,
    also when the college cancelled; whoever was away is owed nothing, and it can still be put right.

    Raises:
        GoneError: there is no such offer.
        RefusedError: somebody has said so already, its day has not come, or the actor has a part in it.
    """
    found = lock_rows(session, Offer, [offer_id])
    if not found:
        raise GoneError
    offer = found[0]
    if actor.person_id is None or offer.stage not in BEFORE or stage not in SAID:
        raise RefusedError(Why.MOVED_ON)
    why = barred(session, offer, actor.person_id)
    if why is not None:
        raise RefusedError(why)
    activity = session.get_one(Activity, offer.activity_id)
    if stage is not Stage.CANCELLED and activity.day > today():
        raise RefusedError(Why.NOT_YET)
    offer.stage, offer.closed_at, offer.closed_by_id = stage, now(), actor.person_id
    session.flush()
    choice = choice_of(session, offer.id)
    if choice is not None and stage is not Stage.AWAY:
        owe(session, actor, offer, choice)
    details = {"stage": stage.value}
    audit.record(session, actor, "claims:offer:close", ("claims_offer", offer.id), details=details)
    if offer.person_id is not None and stage is not Stage.AWAY:
        key = f"claims:closed:{offer.id}:{stage.value}"
        tell(session, offer.person_id, f"claims:{stage.value}", {"offer": offer.id}, key=key)
