"""Fifty thousand claims, most of them paid, some waiting for a decision or for their money: straight into the
tables, as the plugin's own services would have left them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tests.bench import college

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.app import Portal

CLAIMS, PEOPLE = 50_000, 1_000
MINE = 20  # of whoever looks at their own
WAITING, OWED = 500, 5_000  # for a decision, and for their money; all others are paid
IN_A_BATCH = 1_000
THEN = datetime(2026, 1, 1, tzinfo=UTC)
ASKED_EVERY = 25  # of those that wait, one was asked about


def what_of(number: int) -> str:
    """What a claim was for; no two are the same."""
    return f"{college.SUBJECTS[number % len(college.SUBJECTS)]}, meeting {number}"


def pence_of(number: int) -> int:
    """What a claim comes to."""
    return 500 + number % 1_000


def fill(app: Portal, claims: int = CLAIMS) -> None:
    """People with bank details, and their claims. Figures are gathered afterwards."""
    from portal.db import db, unit_of_work

    with app.app_context():
        with unit_of_work() as session:
            people = _people(session)
            deciders = people[:2]
            for first in range(1, claims + 1, college.BATCH):
                numbers = range(first, min(first + college.BATCH, claims + 1))
                _claims(session, numbers, claims, people, deciders)
            _sequences(session)
        college.gather_figures(app)
        db.engine.dispose()


def give(app: Portal, person_id: int) -> None:
    """The newest paid claims are this person's, and so is the money."""
    from plugins.claims.models import Claim, Payment, State
    from portal.db import db, unit_of_work

    with app.app_context():
        with unit_of_work() as session:
            newest = (
                sa.select(Claim.id)
                .where(Claim.state == State.SETTLED)
                .order_by(Claim.id.desc())
                .limit(MINE)
            )
            theirs = session.scalars(newest).all()
            session.execute(
                sa.update(Claim).where(Claim.id.in_(theirs)).values(person_id=person_id)
            )
            session.execute(
                sa.update(Payment).where(Payment.what_id.in_(theirs)).values(person_id=person_id)
            )
        db.engine.dispose()


def _people(session: Session) -> list[int]:
    from plugins.claims.models import BankDetail
    from portal.accounts.api import create_person
    from portal.plugin_api import SYSTEM

    people = [create_person(session, SYSTEM, name=f"Person {n}") for n in range(PEOPLE)]
    session.execute(
        sa.insert(BankDetail),
        [
            {
                "uid": f"bench-{person}",
                "person_id": person,
                "version": 1,
                "sealed": b"never opened here",
                "fingerprint": f"{person:064d}",
                "last_four": f"{person % 10_000:04d}",
                "given_at": THEN,
            }
            for person in people
        ],
    )
    return people


def _claims(
    session: Session, numbers: range, claims: int, people: list[int], deciders: list[int]
) -> None:
    from plugins.claims.models import Approval, Batch, Claim, EntryRow, Line, Payment, Question

    waits, owed = claims - WAITING, claims - WAITING - OWED
    decided = [number for number in numbers if number <= waits]
    paid = [number for number in numbers if number <= owed]
    batches = sorted({_batch(number) for number in paid} - {_batch(numbers[0] - 1)})
    rows: list[tuple[Any, list[dict[str, Any]]]] = [
        (Claim, [_claim(one, waits, owed, people) for one in numbers]),
        (Line, [_line(one, decided=one <= waits) for one in numbers]),
        (Question, [_question(one) for one in numbers if one > waits and one % ASKED_EVERY == 0]),
        (Approval, [_approval(one, deciders) for one in decided]),
        (EntryRow, [_entry("line", one, "owed", "cost") for one in decided]),
        (Batch, [_whole(one) for one in batches]),
        (Payment, [_payment(one, people) for one in paid]),
        (EntryRow, [_entry("payment", one, "paid", "owed") for one in paid]),
    ]
    for model, values in rows:
        if values:
            session.execute(sa.insert(model), values)


def _batch(number: int) -> int:
    return (number - 1) // IN_A_BATCH + 1


def _sent(number: int) -> datetime:
    return THEN + timedelta(minutes=number)


def _claim(number: int, waits: int, owed: int, people: list[int]) -> dict[str, Any]:
    person = people[number % len(people)]
    state = "submitted" if number > waits else "decided" if number > owed else "settled"
    return {
        "id": number,
        "ref": f"claim{number}",
        "person_id": person,
        "submitted_by_id": person,
        "state": state,
        "what": what_of(number),
        "begun_at": _sent(number),
        "changed_at": _sent(number),
        "sent_at": _sent(number),
        "closed_at": None if number > waits else _sent(number),
    }


def _line(number: int, *, decided: bool) -> dict[str, Any]:
    return {
        "id": number,
        "claim_id": number,
        "category": "taxi",
        "day": THEN.date() + timedelta(days=number % 365),
        "pence": pence_of(number),
        "proof": "lost",
        "decision": "approved" if decided else None,
        "allowed": pence_of(number) if decided else None,
    }


def _question(number: int) -> dict[str, Any]:
    return {
        "claim_id": number,
        "words": "Which taxi was it?",
        "asked_at": _sent(number),
        "answer": "The one home.",
        "answered_at": _sent(number) + timedelta(hours=1),
    }


def _approval(number: int, deciders: list[int]) -> dict[str, Any]:
    return {
        "claim_id": number,
        "version": 1,
        "round": 1,
        "person_id": deciders[number % len(deciders)],
        "at": _sent(number),
    }


def _entry(about: str, number: int, out_of: str, into: str) -> dict[str, Any]:
    return {
        "key": f"{about}:{number}",
        "about": about,
        "about_id": number,
        "out_of": out_of,
        "into_account": into,
        "pence": pence_of(number),
        "at": _sent(number),
    }


def _whole(number: int) -> dict[str, Any]:
    at = _sent(number * IN_A_BATCH)
    return {
        "id": number,
        "ref": f"batch{number}",
        "state": "confirmed",
        "made_at": at,
        "locked_at": at,
        "answered_at": at,
    }


def _payment(number: int, people: list[int]) -> dict[str, Any]:
    at = _sent(_batch(number) * IN_A_BATCH)
    return {
        "id": number,
        "ref": f"paid{number}",
        "way": "bank",
        "batch_id": _batch(number),
        "what": "claim",
        "what_id": number,
        "person_id": people[number % len(people)],
        "pence": pence_of(number),
        "attempt": 1,
        "version": 1,
        "outcome": "settled",
        "made_at": at,
        "sent_at": at,
        "said_at": at,
    }


def _sequences(session: Session) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in ("claims_claim", "claims_line", "claims_batch", "claims_payment"):
        session.execute(sa.text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
