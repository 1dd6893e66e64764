"""What this room tells people by whichever route they chose."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.models import HelpRequest, Person
from portal.accounts.services.merging import MERGED
from portal.messages.api import render_notice
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About

HELP_BEGUN = "accounts:help_begun"


def _help_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    request = session.get(HelpRequest, int(about["request"]))
    return None if request is None or request.ended_at is not None else _words(to)


def _words(to: Recipient) -> NoticeWords:
    sms = _("Somebody asked us to help you sign in to your account again. Was it not you? Call us.")
    return render_notice("accounts/email/help_begun", to, sms=sms)


def _merged_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    gone = session.get(Person, int(about["gone"]))
    together = gone is not None and gone.merged_into_id == to.person_id
    return _one_record(to) if together else None


def _one_record(to: Recipient) -> NoticeWords:
    sms = _("You were in our list twice. It is one record now. Was it not you? Call us.")
    return render_notice("accounts/email/merged", to, sms=sms)


def kinds() -> tuple[NoticeKind, ...]:
    """That somebody is being helped in again, in case it was not them who asked; what the college changed."""
    return (
        NoticeKind(
            purpose=HELP_BEGUN,
            title=_l("Helping somebody sign in again"),
            subject=_l("A change to your account"),
            compose=_help_words,
            sample=lambda: _words(Recipient(0, _("Robin"), "en")),
            urgent=True,
        ),
        NoticeKind(
            purpose=MERGED,
            title=_l("Two records of a person became one"),
            subject=_l("A change to your account"),
            compose=_merged_words,
            sample=lambda: _one_record(Recipient(0, _("Robin"), "en")),
        ),
    )
