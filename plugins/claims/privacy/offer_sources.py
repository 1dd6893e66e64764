"""The declarations for offers, answers, ceilings and hours."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugins.claims.models import Activity, TimeCreditEntry
from plugins.claims.privacy import offers
from plugins.claims.privacy.kept import BOOK_DAYS, BOOKS, FAIR, in_books
from portal.plugin_api import Keeping, PrivacySource, moved, unnamed, unnamed_after

_PROMISED = _l("To keep what was promised for what you do with us")
_ACCOUNTS = _l("You agreed to it, and accounts must be kept")

OFFER_SOURCES = (
    in_books(
        table="claims_recognition_choice",
        subject="offer_id",
        what=_l("What you take of an offer, and your charity"),
        seen_by=_l("You, and whoever pays"),
        purpose=_PROMISED,
        lawful_basis=_ACCOUNTS,
        export=offers.export_choices,
        erase=offers.erase_choices,
        keeping=(Keeping(offers.choices_before, offers.forget_choices, days=BOOK_DAYS),),
    ),
    in_books(
        table="claims_offer",
        subject="person_id, made_by_id, closed_by_id",
        what=_l("What you were offered, and what you offered to others"),
        seen_by=_l("You, and the coordinators"),
        purpose=_PROMISED,
        lawful_basis=_ACCOUNTS,
        export=offers.export_offers,
        erase=offers.erase_offers,
        merge=offers.merge_offers,
        keeping=(Keeping(offers.offers_before, offers.forget_offers, days=BOOK_DAYS),),
    ),
    PrivacySource(
        table="claims_activity",
        subject="made_by_id",
        what=_l("Activities that you set up"),
        purpose=_l("To know whom to ask about an activity"),
        lawful_basis=FAIR,
        sensitivity="ordinary",
        retention=BOOKS,
        export=offers.export_activities,
        erase=unnamed(Activity.made_by_id),
        on_erasure="pseudonymise",
        merge=moved(Activity.made_by_id),
        keeping=(unnamed_after(BOOK_DAYS, Activity.made_at, Activity.made_by_id),),
    ),
    PrivacySource(
        table="claims_ceiling",
        subject="person_id",
        what=_l("The sum in a week before which you want to be warned"),
        seen_by=_l("You alone"),
        purpose=_l("To warn you before you answer an offer"),
        lawful_basis=_l("Your consent: you wrote it down, and take it away at any time"),
        sensitivity="special",
        retention=_l("Until you take it away"),
        export=offers.export_ceiling,
        erase=offers.erase_ceiling,
        on_erasure="delete",
        discreet=True,
        merge=offers.merge_ceilings,
    ),
    PrivacySource(
        table="claims_time_credit",
        subject="person_id, by_id",
        what=_l("Your hours of time credit, and those that you wrote down for others"),
        seen_by=_l("You, and whoever pays"),
        purpose=_PROMISED,
        lawful_basis=_ACCOUNTS,
        sensitivity="confidential",
        retention=_l("As long as your account is here; who wrote them down, for seven years"),
        export=offers.export_hours,
        erase=offers.erase_hours,
        on_erasure="pseudonymise",
        merge=moved(TimeCreditEntry.person_id, TimeCreditEntry.by_id),
        keeping=(unnamed_after(BOOK_DAYS, TimeCreditEntry.at, TimeCreditEntry.by_id),),
    ),
)
