"""What this plugin keeps about people, how they get it back, and how it is let go."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugins.claims.models import Approval, Question
from plugins.claims.privacy import claims, deciders
from plugins.claims.privacy.offer_sources import OFFER_SOURCES
from portal.plugin_api import Keeping, PrivacySource, moved

DRAFT_DAYS = 90
BOOK_DAYS = 2557  # seven years: six of accounts, and the year they belong to

_PURPOSE = _l("To say who decided, and that an appeal goes to others")
_FAIR = _l("Legitimate interest in decisions that can be followed")
_BOOKS = _l("Seven years")

SOURCES = (
    PrivacySource(
        table="claims_claim",
        subject="person_id",
        what=_l("Your claims, with receipts and answers"),
        seen_by=_l("You, and whoever decides"),
        purpose=_l("To pay you back"),
        lawful_basis=_l("You asked for it, and accounts must be kept"),
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
)
