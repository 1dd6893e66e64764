"""What people are told about their request: never what is in it, that is read after signing in."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.messages.api import full_link, render_notice
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.privacy.erasure_links import link_of
from portal.privacy.models import ErasureAsk, RecordRequest, RequestState
from portal.privacy.policies import confirmed_from, due_on
from portal.privacy.services.erasing_for import WAYS, purpose
from portal.privacy.services.for_others import WRITTEN_DOWN
from portal.privacy.services.requests import ANSWERED, OPEN, QUESTION
from portal.privacy.views.blueprint import settings
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


def erasure_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """One of us wrote down that they want to be erased; None once it was stopped."""
    ask = session.get(ErasureAsk, int(about["ask"]))
    if ask is None or ask.ended_at is not None:
        return None
    first = clock.local_date(confirmed_from(ask.begun_at), settings().timezone)
    return _erasure(to, first, link_of(ask.id))


def _erasure(to: Recipient, first_day: date, link: str) -> NoticeWords:
    first = day(first_day)
    sms = _(
        "You asked us to delete all we hold about you. We do it on %(day)s or after. Not you? Call us.",
        day=first,
    )
    spoken = _(
        "We wrote down that you want us to delete everything we hold about you. It cannot be undone. A "
        "second person confirms it, on %(day)s or later. Until then you can change your mind. If it was "
        "not you who asked, please tell us now.",
        day=first,
    )
    address = full_link("privacy.say_no", link=link)
    name = "privacy/email/erasure"
    return render_notice(name, to, sms=sms, spoken=spoken, link=address, first=first)


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
    *(
        NoticeKind(
            purpose=purpose(way),
            title=_l("They want to be erased: it waits for a second person"),
            subject=SUBJECT,
            compose=erasure_words,
            sample=lambda: _erasure(_somebody(), date(2027, 3, 1), "sample"),
            urgent=True,
            only=way,
        )
        for way in WAYS
    ),
)
