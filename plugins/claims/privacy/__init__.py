"""What this plugin keeps about people, how they get it back, and how it is let go."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugins.claims.models import Approval, Question
from plugins.claims.models_adjusting import Adjustment
from plugins.claims.models_advances import AdvanceApproval
from plugins.claims.models_paying import LeftOut
from plugins.claims.models_prefill import Prefill
from plugins.claims.privacy import (
    adjusters,
    advances,
    bank,
    claims,
    deciders,
    payments,
    prefills,
    support,
)
from plugins.claims.privacy.offer_sources import OFFER_SOURCES
from portal.plugin_api import ConsentKind, Keeping, PrivacySource, moved

DRAFT_DAYS = 90
CODE_DAYS = 7
OFFER_DAYS = 183
BOOK_DAYS = 2557  # seven years: six of accounts, and the year they belong to

FILE_DAYS = 60  # after the bank has answered: until then somebody may ask what was in the file

_PURPOSE = _l("To say who decided, and that an appeal goes to others")
_FAIR = _l("Legitimate interest in decisions that can be followed")
_BOOKS = _l("Seven years")
_PAY = _l("To pay you what we owe you")
_ASKED = _l("You asked for it, and accounts must be kept")
_PAYER = _l("To say who paid, and that it was somebody else than who approved it")
_PAYERS = _l("You, and whoever pays")

# What is paid goes before what is claimed: a payment that has not left is taken out first.
SOURCES = (
    PrivacySource(
        table="claims_payment",
        subject="person_id",
        what=_l("What we paid you"),
        seen_by=_PAYERS,
        purpose=_PAY,
        lawful_basis=_ASKED,
        sensitivity="confidential",
        retention=_BOOKS,
        export=payments.export_payments,
        erase=payments.erase_payments,
        on_erasure="pseudonymise",
        merge=payments.merge_payments,
        keeping=(Keeping(payments.PAID.before, payments.PAID.forget, days=BOOK_DAYS),),
    ),
    PrivacySource(
        table="claims_left_out",
        subject="person_id",
        what=_l("Why a payment to you did not go with others"),
        seen_by=_l("You"),
        purpose=_l("To tell you why you wait"),
        lawful_basis=_ASKED,
        sensitivity="confidential",
        retention=_BOOKS,
        export=payments.export_left_out,
        erase=payments.erase_left_out,
        on_erasure="pseudonymise",
        merge=moved(LeftOut.person_id),
        keeping=(Keeping(payments.LEFT.before, payments.forget_left_out, days=BOOK_DAYS),),
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
    PrivacySource(
        table="claims_claim",
        subject="person_id",
        what=_l("Your claims, with receipts and answers"),
        seen_by=_l("You, and whoever decides"),
        purpose=_l("To pay you back"),
        lawful_basis=_ASKED,
        sensitivity="confidential",
        retention=_BOOKS,
        export=claims.export_claims,
        erase=claims.erase_claims,
        on_erasure="pseudonymise",
        merge=claims.merge_claims,
        keeping=(
            Keeping(claims.drafts_before, claims.forget_drafts, days=DRAFT_DAYS, name="drafts"),
            Keeping(claims.closed_before, claims.forget_names, days=BOOK_DAYS, name="books"),
        ),
    ),
    PrivacySource(
        table="claims_question",
        subject="asked_by_id",
        what=_l("What you asked about claims"),
        purpose=_PURPOSE,
        lawful_basis=_FAIR,
        sensitivity="confidential",
        retention=_BOOKS,
        export=deciders.export_asked,
        erase=deciders.erase_asked,
        on_erasure="pseudonymise",
        merge=moved(Question.asked_by_id),
        keeping=(Keeping(deciders.asked_before, deciders.forget_asked, days=BOOK_DAYS),),
    ),
    PrivacySource(
        table="claims_approval",
        subject="person_id",
        what=_l("What you decided about claims"),
        purpose=_PURPOSE,
        lawful_basis=_FAIR,
        sensitivity="confidential",
        retention=_BOOKS,
        export=deciders.export_approved,
        erase=deciders.erase_approved,
        on_erasure="pseudonymise",
        merge=moved(Approval.person_id, once=(Approval.claim_id, Approval.version)),
        keeping=(Keeping(deciders.approved_before, deciders.forget_approved, days=BOOK_DAYS),),
    ),
    *OFFER_SOURCES,
    *(
        PrivacySource(
            table=doer.model.__tablename__,
            subject=doer.person.key,
            what=what,
            seen_by=_PAYERS,
            purpose=_PAYER,
            lawful_basis=_FAIR,
            sensitivity="confidential",
            retention=_BOOKS,
            export=doer.export,
            erase=doer.erase,
            on_erasure="pseudonymise",
            merge=moved(doer.person),
            keeping=(
                Keeping(doer.before, doer.forget, days=BOOK_DAYS, name="names"),
                *more,
            ),
        )
        for doer, what, more in (
            (payments.MADE, _l("Payments that you put together"), ()),
            (
                payments.FILED,
                _l("Files for the bank that you made"),
                (
                    Keeping(
                        payments.files_before, payments.forget_files, days=FILE_DAYS, name="files"
                    ),
                ),
            ),
            (payments.SIGNED, _l("Cash that you signed for"), ()),
        )
    ),
    PrivacySource(
        table="claims_adjustment",
        subject="by_id",
        what=_l("What you put right in claims that were decided"),
        purpose=_PURPOSE,
        lawful_basis=_FAIR,
        sensitivity="confidential",
        retention=_BOOKS,
        export=adjusters.export_adjusted,
        erase=adjusters.erase_adjusted,
        on_erasure="pseudonymise",
        merge=moved(Adjustment.by_id, Adjustment.approved_by_id),
        keeping=(Keeping(adjusters.adjusted_before, adjusters.forget_adjusted, days=BOOK_DAYS),),
    ),
    PrivacySource(
        table="claims_advance",
        subject="person_id",
        what=_l("Money that you asked for ahead of something"),
        seen_by=_l("You, and whoever decides"),
        purpose=_l("To pay what you would have to pay first"),
        lawful_basis=_l("You asked for it, and accounts must be kept"),
        sensitivity="confidential",
        retention=_BOOKS,
        export=advances.export_advances,
        erase=advances.erase_advances,
        on_erasure="pseudonymise",
        merge=advances.merge_advances,
        keeping=(Keeping(advances.asked_before, advances.forget_advances, days=BOOK_DAYS),),
    ),
    PrivacySource(
        table="claims_advance_approval",
        subject="person_id",
        what=_l("What you approved of money ahead"),
        purpose=_PURPOSE,
        lawful_basis=_FAIR,
        sensitivity="confidential",
        retention=_BOOKS,
        export=advances.export_approvals,
        erase=advances.erase_approvals,
        on_erasure="pseudonymise",
        merge=moved(AdvanceApproval.person_id, once=(AdvanceApproval.advance_id,)),
        keeping=(Keeping(advances.approved_before, advances.forget_approvals, days=BOOK_DAYS),),
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
        erase=prefills.erase_prefills,
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
        retention=_BOOKS,
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
