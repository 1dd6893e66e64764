"""What this room tells people beside the messages to the address that they sign in with."""

from __future__ import annotations

from typing import Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.models import HelpRequest, RouteKind
from portal.accounts.queries import login_of, routes_of
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


def kinds() -> tuple[NoticeKind, ...]:
    """That somebody is being helped in again: in case it was not them who asked."""
    return tuple(
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
