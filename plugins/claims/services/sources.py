"""All that can be paid, by its kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from plugins.claims.money.batches import Outcome, What
from plugins.claims.services import advance_payable, recognition_payable
from plugins.claims.services.claim_payable import CLAIMS
from plugins.claims.services.payables import Payable, Source

SOURCES: Sequence[Source] = (CLAIMS, recognition_payable.SOURCE, advance_payable.SOURCE)
BY_WHAT: Mapping[What, Source] = {one.what: one for one in SOURCES}
Key = tuple[What, int]


def key_of(payable: Payable) -> Key:
    """What it is, and which."""
    return payable.what, payable.what_id


def waiting(session: Session, people: Collection[int] | None = None) -> list[Payable]:
    """All that is approved and not on its way, what is due first in front; of some people, if any are
    named.
    """
    found = [payable for source in SOURCES for payable in source.waiting(session, people)]
    return sorted(found, key=lambda one: one.due or date.max)


def standing(session: Session, payables: Sequence[Payable]) -> set[Key]:
    """Those that stand as they were, with their rows locked."""
    found: set[Key] = set()
    for source in SOURCES:
        of_it = [one for one in payables if one.what is source.what]
        if not of_it:
            continue
        if source.many_hold is not None:
            found |= {(source.what, what_id) for what_id in source.many_hold(session, of_it)}
        else:
            found |= {key_of(one) for one in of_it if source.holds(session, one)}
    return found


def moved(session: Session, keys: Collection[Key], outcome: Outcome | None) -> None:
    """Tell each kind how far the payments have come."""
    for source in SOURCES:
        ids = [what_id for what, what_id in keys if what is source.what]
        if ids and source.many_moved is not None:
            source.many_moved(session, ids, outcome)
        else:
            for what_id in ids:
                source.moved(session, what_id, outcome)


def taken_out(session: Session, key: Key) -> None:
    """Tell its kind that it was left out of a batch again."""
    done = BY_WHAT[key[0]].taken_out
    if done is not None:
        done(session, key[1])
