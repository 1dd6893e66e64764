"""What people are told about their request: never what is in it, that is read after signing in."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.messages.api import full_link, render_notice
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.privacy.request_models import RecordRequest, RequestState
from portal.privacy.services.requests import ANSWERED, QUESTION

SUBJECT = _l("A message from your college")


def question_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """We have a question; None once it is answered."""
    request = session.get(RecordRequest, int(about["request"]))
    if request is None or request.state is not RequestState.WAITING:
        return None
    return _question(to)


def _question(to: Recipient) -> NoticeWords:
    sms = _("We have a question about what you asked us for. Please sign in to read it.")
    spoken = _(
        "You asked us for a copy of everything we hold about you. We have a question first. Shall I read it "
        "to you? Until you answer, the time we have stands still."
    )
    return _words("question", to, sms, spoken)


def answered_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """There is an answer."""
    request = session.get(RecordRequest, int(about["request"]))
    if request is None or request.state not in (RequestState.RELEASED, RequestState.REFUSED):
        return None
    return _answered(to)


def _answered(to: Recipient) -> NoticeWords:
    sms = _("We have answered what you asked us for. Please sign in to read it.")
    spoken = _(
        "You asked us for a copy of everything we hold about you. Our answer is there. You can read it after "
        "signing in, or we send it to you as a letter. What would you like?"
    )
    return _words("answered", to, sms, spoken)


def _words(name: str, to: Recipient, sms: str, spoken: str, **context: Any) -> NoticeWords:
    link = full_link("privacy.record")
    return render_notice(f"privacy/email/{name}", to, sms=sms, spoken=spoken, link=link, **context)


def _somebody() -> Recipient:
    return Recipient(0, _("Sam"), "en")


KINDS = (
    NoticeKind(
        purpose=QUESTION,
        title=_l("We have a question about their request for their record"),
        subject=SUBJECT,
        in_pause=True,
        compose=question_words,
        sample=lambda: _question(_somebody()),
    ),
    NoticeKind(
        purpose=ANSWERED,
        title=_l("Their request for their record is answered"),
        subject=SUBJECT,
        in_pause=True,
        compose=answered_words,
        sample=lambda: _answered(_somebody()),
    ),
)
