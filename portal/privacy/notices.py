"""What people are told about their request: never what is in it, that is read after signing in."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.messages.api import full_link, render_notice
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.privacy.policies import due_on
from portal.privacy.request_models import RecordRequest, RequestState
from portal.privacy.services.for_others import WRITTEN_DOWN
from portal.privacy.services.requests import ANSWERED, OPEN, QUESTION
from portal.ui.filters import day

SUBJECT = _l("A message from your college")


def written_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """Somebody wrote down what they asked for; None once there is an answer."""
    request = session.get(RecordRequest, int(about["request"]))
    if request is None or request.state not in OPEN:
        return None
    return _written(to, request.asked_on)


def _written(to: Recipient, asked_on: date) -> NoticeWords:
    by = day(due_on(asked_on, 0))
    sms = _("We wrote down what you asked us for. You have our answer by %(day)s.", day=by)
    spoken = _(
        "We wrote down that you ask for a copy of everything we hold about you. You have our answer by "
        "%(day)s, as a letter if you like. If you did not ask for it, please tell us now.",
        day=by,
    )
    return _words("written", to, sms, spoken, by=by)


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
        purpose=WRITTEN_DOWN,
        title=_l("We wrote down that they ask for their record"),
        subject=SUBJECT,
        compose=written_words,
        sample=lambda: _written(_somebody(), date(2027, 3, 1)),
    ),
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
