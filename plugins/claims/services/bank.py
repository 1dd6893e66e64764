"""Somebody's bank details: given, changed, removed, confirmed, and shown to whoever pays (on record)."""

from __future__ import annotations

import hmac
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.bankfiles.values import Account
from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import BankDetail, Batch, BatchState, CameBack, NameCheck, Payment
from plugins.claims.money.batches import Outcome
from plugins.claims.money.modulus import DIGITS, SORT_CODE
from plugins.claims.queries.looks import ACCOUNT_SHOWN
from plugins.claims.services.modulus import numbers_fit
from plugins.claims.services.separating import part_in
from portal.audit import api as audit
from portal.messages.api import tell
from portal.plugin_api import About, Actor, fingerprint, insert_once, lock_rows, now, seal, unseal

_ACCOUNT, _LINK = "claims:account", "claims:confirm"  # what fingerprints are made for
LINK_LENGTH = 32


def current(session: Session, person_id: int | None) -> BankDetail | None:
    """The version that holds; None where somebody gave none."""
    return session.scalars(
        sa.select(BankDetail).where(
            BankDetail.person_id == person_id, BankDetail.ended_at.is_(None)
        )
    ).one_or_none()


def _all_locked(session: Session, person_id: int | None) -> list[BankDetail]:
    ids = session.scalars(sa.select(BankDetail.id).where(BankDetail.person_id == person_id)).all()
    return lock_rows(session, BankDetail, ids)


def _note(session: Session, actor: Actor, verb: str, detail: BankDetail) -> None:
    session.flush()
    details = {"version": detail.version}
    subject = ("claims_bank_detail", detail.id)
    audit.record(session, actor, f"claims:bank:{verb}", subject, details=details)


def _end(detail: BankDetail) -> None:
    detail.ended_at, detail.sealed = now(), None


def give(session: Session, actor: Actor, account: Account) -> None:
    """The actor's own details from now on. They are told on their contact route; what replaces others is paid
    into only after a yes from there.

    Raises:
        RefusedError: the numbers do not fit together, they are the ones that hold, or somebody gave others at
            this moment.
    """
    if actor.person_id is None:
        raise GoneError
    if not numbers_fit(session, account.sort_code, account.number):
        raise RefusedError(Why.MODULUS)
    versions = _all_locked(session, actor.person_id)
    held = next((one for one in versions if one.ended_at is None), None)
    if held is not None and opened(session, held) == account:
        raise RefusedError(Why.SAME_DETAILS)
    if held is not None:
        _end(held)
        session.flush()
    uid = str(uuid.uuid4())
    sealed = seal(session, BankDetail.sealed, uid, _packed(account))
    added = insert_once(
        session,
        BankDetail,
        uid=uid,
        person_id=actor.person_id,
        version=max((one.version for one in versions), default=0) + 1,
        sealed=sealed,
        fingerprint=_hash(session, account),
        last_four=account.number[-4:],
        given_at=now(),
    )
    if not added:
        raise RefusedError(Why.CHANGED)
    detail = session.scalars(sa.select(BankDetail).where(BankDetail.uid == uid)).one()
    _note(session, actor, "give", detail)
    purpose = "claims:bank_changed" if detail.version > 1 else "claims:bank_given"
    about: About = {"detail": detail.id, "uid": uid}
    tell(session, actor.person_id, purpose, about, key=f"claims:bank:{detail.id}")


def _packed(account: Account) -> str:
    return f"{account.sort_code}{account.number}{account.name}"


def _hash(session: Session, account: Account) -> str:
    return fingerprint(session, _ACCOUNT, f"{account.sort_code}{account.number}")


def opened(session: Session, detail: BankDetail) -> Account:
    """The account in plain words: for the bank's file, for its person, and for whoever pays.

    Raises:
        RefusedError: they are ended, and nothing of them is kept.
    """
    if detail.sealed is None:
        raise RefusedError(Why.NO_DETAILS)
    text = unseal(session, BankDetail.sealed, detail.uid, detail.sealed)
    return Account(text[:SORT_CODE], text[SORT_CODE:DIGITS], text[DIGITS:])


def remove(session: Session, actor: Actor) -> bool:
    """Nothing of the actor's details stays but a hash. They are told so. False where there were none."""
    held = next(
        (one for one in _all_locked(session, actor.person_id) if one.ended_at is None), None
    )
    if held is None or actor.person_id is None:
        return False
    _end(held)
    _note(session, actor, "remove", held)
    key = f"claims:bank:{held.id}:gone"
    about: About = {"detail": held.id, "uid": held.uid}
    tell(session, actor.person_id, "claims:bank_removed", about, key=key)
    return True


def say_right(session: Session, actor: Actor) -> bool:
    """The actor looked at their details again, after a payment came back: they are right. False where there
    are none.
    """
    held = next(
        (one for one in _all_locked(session, actor.person_id) if one.ended_at is None), None
    )
    if held is None:
        return False
    held.said_right_at = now()
    _note(session, actor, "say_right", held)
    return True


def asked_again(session: Session, person_id: int | None) -> bool:
    """Whether a payment of theirs came back, and they have not looked at their details since. Two queries."""
    held = current(session, person_id)
    back = session.scalar(
        sa.select(sa.func.max(Payment.said_at)).where(
            Payment.person_id == person_id,
            Payment.outcome == Outcome.FAILED,
            Payment.came_back != CameBack.FILE,
        )
    )
    if held is None or back is None:
        return False
    return back >= max(held.given_at, held.said_right_at or held.given_at)


def link_key(session: Session, uid: str) -> str:
    """The end of the link that goes to the contact route: nobody guesses it, and nothing of it is kept."""
    return fingerprint(session, _LINK, uid)[:LINK_LENGTH]


def by_link(session: Session, uid: str, key: str) -> BankDetail | None:
    """The details that a link leads to; None where it is not ours."""
    if not hmac.compare_digest(key.encode(), link_key(session, uid).encode()):
        return None
    return session.scalars(sa.select(BankDetail).where(BankDetail.uid == uid)).one_or_none()


def answer_link(session: Session, actor: Actor, uid: str, key: str, *, yes: bool) -> None:
    """Whoever reads the person's messages says whether they changed their details; without a yes they go.

    Raises:
        GoneError: the link is not ours.
        RefusedError: these details do not hold any more.
    """
    detail = by_link(session, uid, key)
    if detail is None:
        raise GoneError
    _answered(session, actor, detail.id, yes=yes, caller_id=None)


def answer_call(session: Session, actor: Actor, uid: str, *, yes: bool) -> None:
    """The actor rang its person up, and notes what they said. Whoever notes a call does not pay it.

    Raises:
        GoneError: there are no such details, or they are the actor's own.
        RefusedError: they do not hold any more, or the actor supports their person or shares an account with
            them.
    """
    detail = session.scalars(sa.select(BankDetail).where(BankDetail.uid == uid)).one_or_none()
    if detail is None or actor.person_id is None or detail.person_id == actor.person_id:
        raise GoneError
    if part_in(session, actor.person_id, detail.person_id or 0, detail.given_at):
        raise RefusedError(Why.PART)
    _answered(session, actor, detail.id, yes=yes, caller_id=actor.person_id)


def _answered(
    session: Session, actor: Actor, detail_id: int, *, yes: bool, caller_id: int | None
) -> None:
    (detail,) = lock_rows(session, BankDetail, [detail_id])
    if detail.ended_at is not None:
        raise RefusedError(Why.NO_DETAILS)
    if not yes:
        _end(detail)
        _note(session, actor, "deny", detail)
        return
    if detail.confirmed_at is None:
        detail.confirmed_at, detail.confirmed_by_id = now(), caller_id
        _note(session, actor, "confirm", detail)


def note_name_check(session: Session, actor: Actor, detail_id: int, said: NameCheck) -> None:
    """What the bank said about the name on an account.

    Raises:
        GoneError: there are no such details any more.
    """
    found = lock_rows(session, BankDetail, [detail_id])
    if not found or found[0].ended_at is not None:
        raise GoneError
    found[0].name_check, found[0].checked_at = said, now()
    _note(session, actor, "check_name", found[0])


def show(session: Session, actor: Actor, payment: Payment) -> Account:
    """The account of a payment in full, for whoever pays; that they looked is on record before it is shown.

    Raises:
        RefusedError: its details do not hold any more.
    """
    detail = session.get(BankDetail, payment.detail_id) if payment.detail_id else None
    if detail is None or detail.person_id is None:
        raise RefusedError(Why.NO_DETAILS)
    account = opened(session, detail)
    audit.record(session, actor, ACCOUNT_SHOWN, ("person", detail.person_id))
    return account


def in_payment_step(batch: Batch | None) -> bool:
    """Whether details are needed now: until the bank has answered."""
    return batch is not None and batch.state in {
        BatchState.OPEN,
        BatchState.LOCKED,
        BatchState.EXPORTED,
    }


def refresh(session: Session) -> int:
    """Make the hashes of all details that are kept anew; returns how many changed."""
    ids = session.scalars(sa.select(BankDetail.id).where(BankDetail.ended_at.is_(None))).all()
    changed = 0
    for detail in lock_rows(session, BankDetail, ids):
        made = _hash(session, opened(session, detail))
        changed += made != detail.fingerprint
        detail.fingerprint = made
    session.flush()
    return changed
