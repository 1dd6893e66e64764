"""Who may not decide about money, or pay it: asked here at deciding, at putting into a batch, at writing the
bank's file, at handing out cash, and wherever it is shown who may.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Approval, BankDetail, Claim
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
    accounts = fingerprints(session, people)
    parts = parts_of(session, {claim.id: (claim.person_id, claim.begun_at) for claim in claims})
    found = {}
    for claim in claims:
        found[claim.id] = replace(
            parts[claim.id],
            submitters=frozenset({claim.submitted_by_id} if claim.submitted_by_id else ()),
            accounts=accounts.get(claim.person_id or 0, frozenset()),
            approved=frozenset(
                person for person, version, _round in rows[claim.id] if version == claim.version
            ),
            decided_before=frozenset(
                person for person, _version, round_ in rows[claim.id] if round_ < claim.round
            ),
        )
    return found


def parts_of(
    session: Session, whose: Mapping[int, tuple[int | None, datetime]]
) -> dict[int, Involved]:
    """Who has a part in what people are to get, by its id, given as (whose it is, when it was begun): they
    themselves, and whoever supports them or has done so since then. One query.
    """
    supports = ever_supported(session, {person for person, _at in whose.values() if person})
    return {key: _part_of(person, at, supports) for key, (person, at) in whose.items()}


def _part_of(person_id: int | None, begun_at: datetime, supports: Sequence[Support]) -> Involved:
    theirs = [
        one
        for one in supports
        if one.person_id == person_id and (one.until is None or one.until >= begun_at)
    ]
    return Involved(
        payee=person_id,
        supporters=frozenset(one.supporter_id for one in theirs),
        carers=frozenset(one.supporter_id for one in theirs if one.paid),
    )


def part_in(session: Session, actor_id: int | None, whose: int, begun_at: datetime) -> Bar | None:
    """Which part somebody has in what another person is to get since then: theirs, as their supporter, or by
    an account that both have or had. None where they have none. Three queries.
    """
    part = parts_of(session, {0: (whose, begun_at)})[0]
    part = replace(part, accounts=own_accounts(session, whose))
    return bar(part, actor_id, own_accounts(session, actor_id)) if actor_id is not None else None


def own_accounts(session: Session, person_id: int | None) -> frozenset[str]:
    """The accounts that somebody has or had, as keyed hashes. One query."""
    return fingerprints(session, [person_id])[person_id] if person_id else frozenset()


def why_not_decide(session: Session, person_id: int, claim: Claim) -> Bar | None:
    """Why this person may not decide about a claim; None where they may. Four queries."""
    return bar(involved(session, claim), person_id, own_accounts(session, person_id))


def fingerprints(session: Session, people: Collection[int]) -> dict[int, frozenset[str]]:
    """The accounts that people have or had, each as a keyed hash, by person. One query."""
    return _accounts_and_callers(session, people)[0]


def _accounts_and_callers(
    session: Session, people: Collection[int]
) -> tuple[dict[int, frozenset[str]], dict[int, frozenset[int]]]:
    """People's accounts; and who noted that somebody confirmed the details that hold, by whose they are. One
    query.
    """
    found: dict[int, set[str]] = {person: set() for person in people}
    callers: dict[int, frozenset[int]] = {}
    rows = session.execute(
        sa.select(
            BankDetail.person_id,
            BankDetail.fingerprint,
            BankDetail.ended_at,
            BankDetail.confirmed_by_id,
        ).where(BankDetail.person_id.in_(found))
    )
    for person, account, ended_at, caller in rows:
        found[person or 0].add(account)
        if ended_at is None and caller is not None:
            callers[person or 0] = frozenset({caller})
    return {person: frozenset(accounts) for person, accounts in found.items()}, callers


@dataclass(frozen=True, slots=True)
class Looked:
    """Who has a part in what is to be paid, by what it is; and the accounts of all whom that may concern."""

    parts: Mapping[tuple[What, int], Involved]
    accounts: Mapping[int, frozenset[str]]


def look(
    session: Session,
    person_id: int | None,
    payables: Sequence[Payable],
    sources: Mapping[What, Source],
) -> Looked:
    """What there is to know of these payables, for one who would pay or approve them; None: for whomever.
    Four queries for whatever number of claims.
    """
    parts: dict[tuple[What, int], Involved] = {}
    for what in {one.what for one in payables}:
        ids = [one.what_id for one in payables if one.what is what]
        parts |= {(what, key): part for key, part in _parts(session, sources[what], ids).items()}
    people = {person for part in parts.values() for person in part.approvers}
    people |= {one.person_id for one in payables} | (
        {person_id} if person_id is not None else set()
    )
    accounts, callers = _accounts_and_callers(session, people)
    found = {}
    for one in payables:
        part = parts.get((one.what, one.what_id), Involved(one.person_id))
        found[one.what, one.what_id] = replace(
            part,
            accounts=part.accounts | accounts[one.person_id],
            called=part.called | callers.get(one.person_id, frozenset()),
        )
    return Looked(found, accounts)


def _parts(session: Session, source: Source, ids: Sequence[int]) -> Mapping[int, Involved]:
    if source.many_involved is not None:
        return source.many_involved(session, ids)
    return {what_id: source.involved(session, what_id) for what_id in ids}


def bar_of(looked: Looked, person_id: int, one: Payable) -> Bar | None:
    """Which part somebody has in what is to be paid; None where they have none. The person whom the payment
    names is paid, whatever its source says.
    """
    if person_id == one.person_id:
        return Bar.PAYEE
    return bar(looked.parts[one.what, one.what_id], person_id, looked.accounts[person_id])


def not_pay(
    looked: Looked, person_id: int | None, payables: Sequence[Payable]
) -> dict[tuple[What, int], Why]:
    """Of what this person may not pay: why, by what it is. Nobody who is not signed in pays anything."""
    found = {}
    for one in payables:
        if person_id is None:
            found[one.what, one.what_id] = Why.PART_IN_IT
        elif (why := bar_of(looked, person_id, one)) is not None:
            found[one.what, one.what_id] = PAYING[why]
    return found


def why_not_pay(
    session: Session,
    person_id: int | None,
    payables: Sequence[Payable],
    sources: Mapping[What, Source],
) -> dict[tuple[What, int], Why]:
    """The same, looked at now: four queries for whatever number of claims."""
    return not_pay(look(session, person_id, payables, sources), person_id, payables)


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
