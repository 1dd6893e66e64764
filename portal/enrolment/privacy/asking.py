"""What is kept about people who ask for a place, for themselves or for somebody else."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.enrolment.models import Agreement, AgreementCode, PlaceDraft
from portal.enrolment.privacy.places import Rows, plain_rows
from portal.enrolment.queries.needs import drafted_words
from portal.enrolment.services import agreements, drafts
from portal.enrolment.services.merging import merge_room
from portal.plugin_api import EraseMode, Erasure, Keeping, PrivacySource


def export_drafts(session: Session, person_id: int) -> Rows:
    """What the person has written and not sent. Of what somebody writes for somebody else, the needs belong
    to the one whose place it is to be, and the company to the one who writes.
    """
    theirs = sa.or_(PlaceDraft.by_id == person_id, PlaceDraft.person_id == person_id)
    drafts_here = session.scalars(
        sa.select(PlaceDraft).where(theirs).order_by(PlaceDraft.by_id != person_id, PlaceDraft.id)
    )
    return [_draft_row(session, draft, person_id) for draft in drafts_here]


def _draft_row(session: Session, draft: PlaceDraft, person_id: int) -> dict[str, object]:
    row: dict[str, object] = {
        "run_id": draft.run_id,
        "mode": draft.mode,
        "updated_at": draft.updated_at.isoformat(),
        "needs": None,
    }
    if draft.person_id in (None, person_id):
        row["needs"] = drafted_words(session, draft.uid, draft.needs)
    if draft.by_id == person_id:
        row |= {"company": draft.company, "guest_name": draft.guest_name}
    return row


def erase_drafts(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them, and those that others wrote about the person."""
    columns = (PlaceDraft.by_id, PlaceDraft.person_id, PlaceDraft.companion_id)
    gone = session.execute(
        sa.delete(PlaceDraft)
        .where(sa.or_(*(column == person_id for column in columns)))
        .returning(PlaceDraft.id)
    )
    return Erasure("place_draft", erased=len(gone.all()))


def export_agreements(session: Session, person_id: int) -> Rows:
    """When the person agreed that somebody acts for them, and for how many others they may act."""
    return plain_rows(
        session,
        sa.select(
            (Agreement.person_id == person_id).label("mine"),
            Agreement.run_id,
            Agreement.how,
            sa.cast(Agreement.agreed_on, sa.String).label("agreed_on"),
            Agreement.ended_at,
        )
        .where(sa.or_(Agreement.person_id == person_id, Agreement.acting_id == person_id))
        .order_by(Agreement.id),
    )


def erase_agreements(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them: nobody acts for somebody who is gone. Who wrote one down is forgotten."""
    session.execute(
        sa.update(Agreement)
        .where(Agreement.recorded_by_id == person_id)
        .values(recorded_by_id=None)
    )
    gone = session.execute(
        sa.delete(Agreement)
        .where(sa.or_(Agreement.person_id == person_id, Agreement.acting_id == person_id))
        .returning(Agreement.id)
    )
    return Erasure("agreement", erased=len(gone.all()))


def export_codes(session: Session, person_id: int) -> Rows:
    """When codes were made and used; never the codes."""
    return plain_rows(
        session,
        sa.select(AgreementCode.expires_at, AgreementCode.used_at)
        .where(AgreementCode.person_id == person_id)
        .order_by(AgreementCode.id),
    )


def erase_codes(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them."""
    gone = session.execute(
        sa.delete(AgreementCode)
        .where(AgreementCode.person_id == person_id)
        .returning(AgreementCode.id)
    )
    return Erasure("agreement_code", erased=len(gone.all()))


SOURCES = (
    PrivacySource(
        table="place_draft",
        subject="by_id, person_id, companion_id",
        what=_l("What you have written and not sent yet"),
        purpose=_l("So that you can stop while asking for a place, and go on later"),
        lawful_basis=_l("Contract: you are asking for a place"),
        sensitivity="special",
        retention=_l(
            "Until you have sent it, or 30 days; while you wait, until you have an answer"
        ),
        keeping=(Keeping(drafts.left_since, drafts.forget_left, days=drafts.KEPT.days),),
        export=export_drafts,
        erase=erase_drafts,
        merge=merge_room,
    ),
    PrivacySource(
        table="agreement",
        subject="person_id, acting_id, recorded_by_id",
        what=_l("Who may ask for places for you"),
        purpose=_l("So that somebody can ask for places for you only when you have agreed"),
        lawful_basis=_l("Consent: you agreed, and can take it back"),
        sensitivity="confidential",
        retention=_l("Two years after it ended"),
        keeping=(Keeping(agreements.ended_before, agreements.forget, days=agreements.KEPT.days),),
        export=export_agreements,
        erase=erase_agreements,
        merge=merge_room,
    ),
    PrivacySource(
        table="agreement_code",
        subject="person_id",
        what=_l("Codes you made so that somebody can act for you"),
        purpose=_l("So that you can choose who may act for you"),
        lawful_basis=_l("Consent: you make it yourself"),
        sensitivity="confidential",
        retention=_l("Seven days"),
        keeping=(Keeping(agreements.useless_codes, agreements.forget_codes),),
        export=export_codes,
        erase=erase_codes,
        merge=merge_room,
    ),
)
