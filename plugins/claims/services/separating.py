"""Who may not decide about money, or pay it: asked here at deciding, at putting into a batch, at writing the
bank's file, at handing out cash, and wherever it is shown who may.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Approval, Claim
from plugins.claims.models_paying import BankDetail
from plugins.claims.money.batches import What
from plugins.claims.money.separation import Bar, Involved, bar
from plugins.claims.queries.support import Support, ever_supported
from plugins.claims.services.payables import Payable, Source

# What somebody is told who may not pay. Whoever approved it, in whatever version, does not pay it.
PAYING: Mapping[Bar, Why] = {
    Bar.PAYEE: Why.OWN_MONEY,
    Bar.SUBMITTER: Why.PART_IN_IT,
    Bar.SUPPORTER: Why.PART_IN_IT,
    Bar.CARER: Why.PART_IN_IT,
    Bar.ACCOUNT: Why.PART_IN_IT,
    Bar.APPROVED: Why.APPROVED_IT,
    Bar.DECIDED_BEFORE: Why.APPROVED_IT,
    Bar.CALLED: Why.CALLED,
}


def involved(session: Session, claim: Claim) -> Involved:
    """Who has a part in a claim, for deciding about it. Three queries."""
    return involved_all(session, [claim])[claim.id]


def involved_all(session: Session, claims: Sequence[Claim]) -> dict[int, Involved]:
    """Who has a part in each of these claims, for deciding about it, by its id. Three queries.

    Whoever supports its person, or has done so since it was begun, has a part in it. Whoever approved a
    version that has changed since may approve the new one.
    """
    rows: dict[int, list[tuple[int, int, int]]] = {claim.id: [] for claim in claims}
    approvals = session.execute(
        sa.select(Approval.claim_id, Approval.person_id, Approval.version, Approval.round).where(
            Approval.claim_id.in_(rows), Approval.person_id.is_not(None)
        )
    )
    for claim_id, person_id, version, round_ in approvals:
        rows[claim_id].append((person_id or 0, version, round_))
    people = {claim.person_id for claim in claims if claim.person_id is not None}
    supports, accounts = ever_supported(session, people), fingerprints(session, people)
    found = {}
    for claim in claims:
        theirs = supports_since(claim.person_id, claim.begun_at, supports)
        found[claim.id] = Involved(
            payee=claim.person_id,
            submitters=frozenset({claim.submitted_by_id} if claim.submitted_by_id else ()),
            supporters=frozenset(one.supporter_id for one in theirs),
            carers=frozenset(one.supporter_id for one in theirs if one.paid),
            accounts=accounts.get(claim.person_id or 0, frozenset()),
            approved=frozenset(
                person for person, version, _round in rows[claim.id] if version == claim.version
            ),
            decided_before=frozenset(
                person for person, _version, round_ in rows[claim.id] if round_ < claim.round
            ),
        )
    return found


def supports_since(
    person_id: int | None, begun_at: datetime, supports: Sequence[Support]
) -> list[Support]:
    """Those that held at some time since something was begun."""
    return [
        one
        for one in supports
        if one.person_id == person_id and (one.until is None or one.until >= begun_at)
    ]


def own_accounts(session: Session, person_id: int | None) -> frozenset[str]:
    """The accounts that somebody has or had, as keyed hashes. One query."""
    return fingerprints(session, [person_id])[person_id] if person_id else frozenset()


def why_not_decide(session: Session, person_id: int, claim: Claim) -> Bar | None:
    """Why this person may not decide about a claim; None where they may. Four queries."""
    return bar(involved(session, claim), person_id, own_accounts(session, person_id))


def many_involved(session: Session, ids: Collection[int]) -> dict[int, Involved]:
    """Who has a part in each of these claims, for paying them: everybody who ever approved them, too. Three
    queries.
    """
    approved: dict[int, set[int]] = {}
    rows = session.execute(
        sa.select(Approval.claim_id, Approval.person_id).where(
            Approval.claim_id.in_(ids), Approval.person_id.is_not(None)
        )
    )
    for claim_id, person in rows:
        approved.setdefault(claim_id, set()).add(person or 0)
    claims = session.execute(
        sa.select(Claim.id, Claim.person_id, Claim.submitted_by_id, Claim.begun_at).where(
            Claim.id.in_(ids)
        )
    ).all()
    supports = ever_supported(session, {payee for _id, payee, *_rest in claims if payee})
    found = {}
    for claim_id, payee, submitter, begun_at in claims:
        theirs = supports_since(payee, begun_at, supports)
        found[claim_id] = Involved(
            payee=payee,
            submitters=frozenset({submitter} if submitter else ()),
            supporters=frozenset(one.supporter_id for one in theirs),
            carers=frozenset(one.supporter_id for one in theirs if one.paid),
            approved=frozenset(approved.get(claim_id, ())),
        )
    return found


def fingerprints(session: Session, people: Collection[int]) -> dict[int, frozenset[str]]:
    """The accounts that people have or had, each as a keyed hash, by person. One query."""
    found: dict[int, set[str]] = {person: set() for person in people}
    rows = session.execute(
        sa.select(BankDetail.person_id, BankDetail.fingerprint).where(
            BankDetail.person_id.in_(found)
        )
    )
    for person, account in rows:
        found[person or 0].add(account)
    return {person: frozenset(accounts) for person, accounts in found.items()}


def _callers(session: Session, people: Collection[int]) -> dict[int, frozenset[int]]:
    """Who noted that somebody confirmed the bank details that hold, by whose they are. One query."""
    rows = session.execute(
        sa.select(BankDetail.person_id, BankDetail.confirmed_by_id).where(
            BankDetail.person_id.in_(people),
            BankDetail.ended_at.is_(None),
            BankDetail.confirmed_by_id.is_not(None),
        )
    )
    return {person or 0: frozenset({caller or 0}) for person, caller in rows}


def why_not_pay(
    session: Session,
    person_id: int | None,
    payables: Sequence[Payable],
    sources: Mapping[What, Source],
) -> dict[tuple[What, int], Why]:
    """Of what this person may not pay: why, by what it is. Five queries for whatever number of claims.

    Nobody who is not signed in pays anything.
    """
    if person_id is None:
        return {(one.what, one.what_id): Why.PART_IN_IT for one in payables}
    payees = {one.person_id for one in payables}
    accounts = fingerprints(session, {*payees, person_id})
    callers = _callers(session, payees)
    found = {}
    for what in {one.what for one in payables}:
        of_it = [one for one in payables if one.what is what]
        parts = _parts(session, sources[what], [one.what_id for one in of_it])
        for one in of_it:
            part = parts.get(one.what_id, Involved(one.person_id))
            part = replace(
                part,
                accounts=part.accounts | accounts[one.person_id],
                called=part.called | callers.get(one.person_id, frozenset()),
            )
            # The person whom the payment names is paid, whatever its source says.
            own = person_id == one.person_id
            why = Bar.PAYEE if own else bar(part, person_id, accounts[person_id])
            if why is not None:
                found[what, one.what_id] = PAYING[why]
    return found


def _parts(session: Session, source: Source, ids: Sequence[int]) -> Mapping[int, Involved]:
    if source.many_involved is not None:
        return source.many_involved(session, ids)
    return {what_id: source.involved(session, what_id) for what_id in ids}


def check_payer(
    session: Session,
    person_id: int | None,
    payables: Mapping[int, Payable],
    sources: Mapping[What, Source],
) -> None:
    """Refuse, where somebody may not pay one of these payments, by the payment's id.

    Raises:
        RefusedError: `line_id` is the first such payment.
    """
    barred = why_not_pay(session, person_id, list(payables.values()), sources)
    for payment_id, one in payables.items():
        why = barred.get((one.what, one.what_id))
        if why is not None:
            raise RefusedError(why, payment_id)
