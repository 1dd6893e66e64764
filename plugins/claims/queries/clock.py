"""The clock of claims: by when each is decided and paid, with the days on which it stood still."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Claim, Question, State
from plugins.claims.money.deadlines import Due, Pause, after_working_days, due
from plugins.claims.promises import DECIDED_IN, PAID_IN, ZONE
from plugins.claims.queries.adjusting import added_since_paid
from portal.plugin_api import local_date, now, settings_of

TO_PAY = (State.DECIDED, State.BATCHED, State.FAILED)
_PAUSES = (
    sa.select(Question.claim_id, Question.asked_at, Question.answered_at)
    .join(Claim, Claim.id == Question.claim_id)
    .where(
        Question.claim_id.in_(sa.bindparam("ids", expanding=True)),
        Question.asked_at >= Claim.sent_at,
    )
)


def dues(session: Session, claims: Sequence[Claim]) -> dict[int, Due]:
    """When each of these is decided and paid at the latest, by claim; none that is not sent, or withdrawn.
    What was added to a claim that was paid has a clock of its own: it begins when that was approved. Three
    queries, and none for no claims.
    """
    return (
        dues_after(session, claims, pauses(session, [one.id for one in claims])) if claims else {}
    )


def dues_in_list(session: Session, rows: Sequence[Any]) -> dict[int, Due]:
    """The same of what a list reads of each claim, with whether it was ever asked about. Three queries
    at most.
    """
    asked = [one.id for one in rows if one.asked]
    return dues_after(session, rows, pauses(session, asked) if asked else {}) if rows else {}


def dues_after(
    session: Session, claims: Sequence[Any], waits: Mapping[int, Sequence[Pause]]
) -> dict[int, Due]:
    """The same, where it is known when the clock of each stood still. Two queries at most."""
    at, days = local_date(now(), ZONE), settings_of(session, (DECIDED_IN, PAID_IN))
    decided_in, paid_in = int(days[DECIDED_IN]), int(days[PAID_IN])
    found = {
        one.id: due(
            local_date(one.sent_at, ZONE),
            at,
            waits.get(one.id, ()),
            decided_in=decided_in,
            paid_in=paid_in,
        )
        for one in claims
        if one.sent_at is not None and one.state is not State.WITHDRAWN
    }
    to_pay = [one.id for one in claims if one.state in TO_PAY]
    for claim_id, since in (added_since_paid(session, to_pay) if to_pay else {}).items():
        paid = after_working_days(local_date(since, ZONE), paid_in)
        found[claim_id] = replace(found[claim_id], paid=paid)
    return found


def pauses(session: Session, ids: Collection[int]) -> dict[int, list[Pause]]:
    """What was asked since the clock of each began: an appeal begins it anew, without what was before."""
    rows = session.execute(_PAUSES, {"ids": list(ids)})
    found: dict[int, list[Pause]] = {}
    for claim_id, asked, answered in rows:
        pause = Pause(local_date(asked, ZONE), local_date(answered, ZONE) if answered else None)
        found.setdefault(claim_id, []).append(pause)
    return found
