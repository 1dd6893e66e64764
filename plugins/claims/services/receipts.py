"""How much of a receipt is claimed: all lines together never exceed what it comes to.

A receipt is locked after the claims that claim of it, and before anything of it is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims import pictures
from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Claim, Line, Receipt, ReceiptAllocation
from plugins.claims.money.receipts import Fit, Part, fit
from portal.files.api import content
from portal.plugin_api import insert_once, lock_rows


def note_picture(session: Session, line: Line) -> None:
    """Know the receipt of a line that has a picture now, and what that looks like."""
    if not line.digest or line.file_id is None:
        return
    if session.scalar(sa.select(Receipt.id).where(Receipt.digest == line.digest)) is None:
        looks = pictures.likeness(content(session, line.file_id))
        insert_once(session, Receipt, digest=line.digest, likeness=looks, pence=None, taken=0)


def say_whole(session: Session, line: Line, pence: int) -> None:
    """What the receipt of a line comes to in all.

    Raises:
        GoneError: there is no picture of it.
        RefusedError: less than is claimed of it, or than others claim; or others said another sum.
    """
    receipt = _locked(session, [line.digest]).get(line.digest)
    if receipt is None:
        raise GoneError
    if pence < (line.pence or 0):
        raise RefusedError(Why.RECEIPT_LESS, line.id)
    parts = _parts(session, receipt, line)
    if parts and receipt.pence not in {None, pence}:
        raise RefusedError(Why.RECEIPT_OTHER, line.id)
    if fit(pence, parts, Part(0, line.pence or 0)) is Fit.TOO_MUCH:
        raise RefusedError(Why.RECEIPT_FULL, line.id)
    if receipt.taken > pence:  # this line claimed more of it when it was sent
        _delete(session, [line.id])
        receipt.taken = _taken(session, receipt.id)
    receipt.pence = pence
    session.flush()


def claim_of(session: Session, lines: Sequence[Line], pence: Mapping[int, int]) -> None:
    """Count so many pence, by line, as claimed of each one's receipt; no pence make room for others.

    Raises:
        RefusedError: it is more than is left of one, or nobody has said what one comes to that is shared:
            `line_id` says where.
    """
    receipts = _locked(session, [line.digest for line in lines])
    _delete(session, [line.id for line in lines])
    for line in lines:
        receipt = receipts.get(line.digest)
        if receipt is not None and pence[line.id]:
            _count(session, receipt, line, pence[line.id])
    for receipt in receipts.values():
        receipt.taken = _taken(session, receipt.id)
    session.flush()


def give_back(session: Session, line_ids: Sequence[int]) -> None:
    """Nothing is claimed by these lines any more."""
    ids = session.scalars(
        sa.select(ReceiptAllocation.receipt_id).where(ReceiptAllocation.line_id.in_(line_ids))
    ).all()
    receipts = lock_rows(session, Receipt, ids) if ids else []
    _delete(session, line_ids)
    for receipt in receipts:
        receipt.taken = _taken(session, receipt.id)
    session.flush()


def forget(session: Session, digests: Iterable[str]) -> None:
    """Receipts that no line names any more go, with what was counted of them."""
    named = sa.select(Line.id).where(Line.digest == Receipt.digest).exists()
    wanted = [digest for digest in digests if digest]
    if not wanted:
        return
    session.flush()
    ids = session.scalars(
        sa.select(Receipt.id).where(Receipt.digest.in_(wanted), sa.not_(named))
    ).all()
    for model, key in ((ReceiptAllocation, ReceiptAllocation.receipt_id), (Receipt, Receipt.id)):
        session.execute(sa.delete(model).where(key.in_(ids)))


def _locked(session: Session, digests: Iterable[str]) -> dict[str, Receipt]:
    wanted = {digest for digest in digests if digest}
    if not wanted:
        return {}
    ids = session.scalars(sa.select(Receipt.id).where(Receipt.digest.in_(wanted))).all()
    return {one.digest: one for one in lock_rows(session, Receipt, ids)}


def _parts(session: Session, receipt: Receipt, but: Line) -> list[Part]:
    """What the other lines claim of it, and for whom."""
    rows = session.execute(
        sa.select(Claim.person_id, ReceiptAllocation.pence)
        .join(Line, Line.id == ReceiptAllocation.line_id)
        .join(Claim, Claim.id == Line.claim_id)
        .where(ReceiptAllocation.receipt_id == receipt.id, ReceiptAllocation.line_id != but.id)
    )
    return [Part(person or 0, pence) for person, pence in rows]


def _count(session: Session, receipt: Receipt, line: Line, pence: int) -> None:
    parts = _parts(session, receipt, line)
    if parts and receipt.pence is None:
        raise RefusedError(Why.RECEIPT_TOTAL, line.id)
    whole = pence if receipt.pence is None else receipt.pence
    if fit(whole, parts, Part(0, pence)) is Fit.TOO_MUCH:
        raise RefusedError(Why.RECEIPT_FULL, line.id)
    session.add(ReceiptAllocation(receipt_id=receipt.id, line_id=line.id, pence=pence))
    session.flush()


def _delete(session: Session, line_ids: Sequence[int]) -> None:
    session.execute(sa.delete(ReceiptAllocation).where(ReceiptAllocation.line_id.in_(line_ids)))


def _taken(session: Session, receipt_id: int) -> int:
    total = sa.select(sa.func.sum(ReceiptAllocation.pence)).where(
        ReceiptAllocation.receipt_id == receipt_id
    )
    return session.scalar(total) or 0
