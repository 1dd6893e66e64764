"""What this room tells people beside the messages to the address that they sign in with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.models import Closing, HelpRequest, MergeRequest, Person, RouteKind
from portal.accounts.queries import login_of, routes_of
from portal.accounts.services.closing import CLOSED, REOPENED
from portal.accounts.services.merge_requests import MERGE_BEGUN
from portal.accounts.services.merging import MERGED
from portal.accounts.words import last_day
from portal.messages.api import render_notice
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About

Way = Literal["email", "mobile", "hand"]
# Every way at once: the one that somebody prefers may be what they have lost, or what somebody else has.
WAYS: tuple[Way, ...] = ("email", "mobile", "hand")


def help_begun(way: Way) -> str:
    """The purpose of the notice that goes this way."""
    return f"accounts:help_begun_{way}"


def _help_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    request = session.get(HelpRequest, int(about["request"]))
    return None if request is None or request.ended_at is not None else _words(to)


def _to_another_address(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """A message has gone to the address that they sign in with, with a link to stop it: not twice there."""
    routes = routes_of(session, to.person_id)
    first = next((one for one in routes if one.kind is RouteKind.EMAIL and one.consent_at), None)
    login = login_of(session, to.person_id)
    if first is None or login is None or first.value == login.email:
        return None
    return _help_words(session, to, about)


def _words(to: Recipient) -> NoticeWords:
    sms = _("Somebody asked us to help you sign in to your account again. Was it not you? Call us.")
    return render_notice("accounts/email/help_begun", to, sms=sms)


def _merge_begun_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    waits = session.get(MergeRequest, int(about["request"])) is not None
    return _here_twice(to) if waits else None


def _here_twice(to: Recipient) -> NoticeWords:
    sms = _("We think you are in our list twice, and want to make it one. Is that wrong? Call us.")
    return render_notice("accounts/email/merge_begun", to, sms=sms)


def _merged_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    gone = session.get(Person, int(about["gone"]))
    together = gone is not None and gone.merged_into_id == to.person_id
    return _one_record(to) if together else None


def _one_record(to: Recipient) -> NoticeWords:
    sms = _("You were in our list twice. It is one record now. Was it not you? Call us.")
    return render_notice("accounts/email/merged", to, sms=sms)


def _closed_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    closing = session.get(Closing, int(about["closing"]))
    if closing is None or closing.ended_at is not None:
        return None
    return _closed(to, closing.reason, closing.ends_at)


def _closed(to: Recipient, reason: str, ends_at: datetime | None) -> NoticeWords:
    sms = _(
        "You cannot sign in to our site for now. Your places stay. Call us, and we tell you why."
    )
    until = last_day(ends_at) if ends_at else None
    return render_notice("accounts/email/login_closed", to, sms=sms, reason=reason, until=until)


def _reopened_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    closing = session.get(Closing, int(about["closing"]))
    return _reopened(to) if closing is not None and closing.ended_at is not None else None


def _reopened(to: Recipient) -> NoticeWords:
    return render_notice(
        "accounts/email/login_reopened", to, sms=_("You can sign in to our site again.")
    )


def kinds() -> tuple[NoticeKind, ...]:
    """That somebody is being helped in again, in case it was not them who asked; what the college changed."""
    helping = tuple(
        NoticeKind(
            purpose=help_begun(way),
            title=_l("Helping somebody sign in again"),
            subject=_l("A change to your account"),
            compose=_to_another_address if way == "email" else _help_words,
            sample=lambda: _words(Recipient(0, _("Robin"), "en")),
            urgent=True,
            only=way,
        )
        for way in WAYS
    )
    changes = (
        NoticeKind(
            purpose=MERGE_BEGUN,
            title=_l("Two records are to become one"),
            subject=_l("A change to your account"),
            compose=_merge_begun_words,
            sample=lambda: _here_twice(Recipient(0, _("Robin"), "en")),
            urgent=True,
            in_pause=True,
        ),
        NoticeKind(
            purpose=MERGED,
            title=_l("Two records of a person became one"),
            subject=_l("A change to your account"),
            compose=_merged_words,
            sample=lambda: _one_record(Recipient(0, _("Robin"), "en")),
            in_pause=True,
        ),
        NoticeKind(
            purpose=CLOSED,
            title=_l("Their way to sign in is closed"),
            subject=_l("A change to your account"),
            compose=_closed_words,
            sample=lambda: _closed(Recipient(0, _("Robin"), "en"), _("You asked us to."), None),
            in_pause=True,
        ),
        NoticeKind(
            purpose=REOPENED,
            title=_l("They can sign in again"),
            subject=_l("A change to your account"),
            compose=_reopened_words,
            sample=lambda: _reopened(Recipient(0, _("Robin"), "en")),
            in_pause=True,
        ),
    )
    return (*helping, *changes)
