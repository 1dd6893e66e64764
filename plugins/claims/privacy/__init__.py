"""What this plugin keeps about people, how they get it back, and how it is let go."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugins.claims.models import (
    Adjustment,
    AdvanceApproval,
    Approval,
    ApprovedAgain,
    Batch,
    Export,
    LeftOut,
    Payment,
    Prefill,
    Question,
    Signature,
)
from plugins.claims.privacy import advances, bank, claims, payments, prefills, support
from plugins.claims.privacy.kept import BOOK_DAYS, BOOKS, did, in_books
from plugins.claims.privacy.offer_sources import OFFER_SOURCES
from portal.plugin_api import (
    ConsentKind,
    Keeping,
    PrivacySource,
    deleted,
    moved,
    unnamed,
    unnamed_after,
)

DRAFT_DAYS = 90
CODE_DAYS = 7
OFFER_DAYS = 183
FILE_DAYS = 60  # after the bank has answered: until then somebody may ask what was in the file

_PAY = _l("To pay you what we owe you")
_ASKED = _l("You asked for it, and accounts must be kept")
_PAYER = _l("To say who paid, and that it was somebody else than who approved it")
_PAYERS = _l("You, and whoever pays")

# What is paid goes before what is claimed: a payment that has not left is taken out first.
SOURCES = (
    in_books(
        table="claims_payment",
        subject="person_id",
        what=_l("What we paid you"),
        seen_by=_PAYERS,
        purpose=_PAY,
        lawful_basis=_ASKED,
        export=payments.export_payments,
        erase=payments.erase_payments,
        merge=payments.merge_payments,
        keeping=(unnamed_after(BOOK_DAYS, Payment.made_at, Payment.person_id),),
    ),
    in_books(
        table="claims_left_out",
        subject="person_id",
        what=_l("Why a payment to you did not go with others"),
        seen_by=_l("You"),
        purpose=_l("To tell you why you wait"),
        lawful_basis=_ASKED,
        export=payments.export_left_out,
        erase=unnamed(LeftOut.person_id, reason=""),
        merge=moved(LeftOut.person_id),
        keeping=(unnamed_after(BOOK_DAYS, LeftOut.at, LeftOut.person_id, reason=""),),
    ),
    PrivacySource(
        table="claims_bank_detail",
        subject="person_id",
        what=_l("Your bank details"),
        seen_by=_l("Whoever pays, at the moment of paying: each look is on record for you"),
        purpose=_PAY,
        lawful_basis=_l("You gave them"),
        sensitivity="confidential",
        retention=_l("Until you change or remove them; that you had them, seven years"),
        export=bank.export_details,
        erase=bank.erase_details,
        merge=bank.merge_details,
        keeping=(Keeping(bank.ended_before, bank.forget_details, days=BOOK_DAYS),),
    ),
    in_books(
        table="claims_claim",
        subject="person_id",
        what=_l("Your claims, with receipts and answers"),
        seen_by=_l("You, and whoever decides"),
        purpose=_l("To pay you back"),
        lawful_basis=_ASKED,
        export=claims.export_claims,
        erase=claims.erase_claims,
        merge=claims.merge_claims,
        keeping=(
            Keeping(claims.drafts_before, claims.forget_drafts, days=DRAFT_DAYS, name="drafts"),
            Keeping(claims.closed_before, claims.forget_names, days=BOOK_DAYS, name="books"),
        ),
    ),
    did(_l("What you asked about claims"), asked_at=(Question.asked_by_id, Question.asked_at)),
    did(
        _l("What you decided about claims"),
        once=(Approval.claim_id, Approval.version),
        decided_at=(Approval.person_id, Approval.at),
    ),
    *OFFER_SOURCES,
    did(
        _l("Payments that you put together"),
        _PAYER,
        seen_by=_PAYERS,
        at=(Batch.made_by_id, Batch.made_at),
    ),
    did(
        _l("Files for the bank that you made"),
        _PAYER,
        Keeping(payments.files_before, payments.forget_files, days=FILE_DAYS, name="files"),
        seen_by=_PAYERS,
        at=(Export.made_by_id, Export.made_at),
    ),
    did(
        _l("Cash that you signed for"),
        _PAYER,
        seen_by=_PAYERS,
        at=(Signature.person_id, Signature.at),
    ),
    did(
        _l("What you put right in claims that were decided"),
        proposed_at=(Adjustment.by_id, Adjustment.proposed_at),
        approved_at=(Adjustment.approved_by_id, Adjustment.approved_at),
    ),
    in_books(
        table="claims_advance",
        subject="person_id",
        what=_l("Money that you asked for ahead of something"),
        seen_by=_l("You, and whoever decides"),
        purpose=_l("To pay what you would have to pay first"),
        lawful_basis=_ASKED,
        export=advances.export_advances,
        erase=advances.erase_advances,
        merge=advances.merge_advances,
        keeping=(Keeping(advances.asked_before, advances.forget_advances, days=BOOK_DAYS),),
    ),
    did(
        _l("What you approved once more before it was paid"),
        once=(
            ApprovedAgain.what,
            ApprovedAgain.what_id,
            ApprovedAgain.version,
            ApprovedAgain.pence,
            ApprovedAgain.detail_id,
        ),
        approved_at=(ApprovedAgain.person_id, ApprovedAgain.at),
    ),
    did(
        _l("What you approved of money ahead"),
        once=(AdvanceApproval.advance_id,),
        approved_at=(AdvanceApproval.person_id, AdvanceApproval.at),
    ),
    PrivacySource(
        table="claims_prefill",
        subject="person_id",
        what=_l("Days for which we offered you to claim"),
        seen_by=_l("You alone"),
        purpose=_l("So that we offer it once"),
        lawful_basis=_l("Legitimate interest in not asking twice"),
        sensitivity="ordinary",
        retention=_l("Half a year"),
        export=prefills.export_prefills,
        erase=deleted(Prefill.person_id),
        merge=moved(Prefill.person_id, once=(Prefill.key,)),
        keeping=(Keeping(prefills.old_before, prefills.forget_prefills, days=OFFER_DAYS),),
    ),
    PrivacySource(
        table="claims_support_consent",
        subject="person_id",
        what=_l("Who may write claims for you, and for whom you may"),
        seen_by=_l("The two of you; whoever decides sees who sent a claim"),
        purpose=_l("So that somebody you trust can write claims for you"),
        lawful_basis=_l("You agreed to it, and can end it at any time"),
        sensitivity="confidential",
        retention=BOOKS,
        export=support.export_support,
        erase=support.erase_support,
        merge=support.merge_support,
        keeping=(
            Keeping(support.unused_before, support.forget_support, days=CODE_DAYS, name="codes"),
            Keeping(support.ended_before, support.forget_support, days=BOOK_DAYS, name="ended"),
        ),
    ),
)

CONSENTS = (
    ConsentKind(
        kind="claims:support",
        title=_l("Letting somebody write claims for you"),
        after=_l("They write no more claims for you. What they wrote stays, and is yours."),
        listed=support.listed_consents,
        withdraw=support.withdraw_consent,
    ),
)
