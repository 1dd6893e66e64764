"""Words about stopped places: until when, and what to do. Never why: that is read after signing in."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.enrolment.models import AppealOutcome, Block, BlockAppeal, BlockEnd
from portal.enrolment.notices import facts
from portal.enrolment.queries.blocks import block_at
from portal.enrolment.services import blocks, telling
from portal.messages.api import full_link
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.ui.filters import day

SUBJECT = _l("About your places")
SAMPLE_LAST, SAMPLE_REVIEW = date(2027, 3, 31), date(2027, 2, 15)


def blocked_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """Until when, when it is looked at again, what they can do; None once it is over."""
    block = session.get(Block, int(about["block"]))
    if block is None or not blocks.holds(block, clock.now()):
        return None
    return _blocked(to, last=block.last_day, review=block.review_on)


def _blocked(to: Recipient, **context: Any) -> NoticeWords:
    last, review = day(context["last"]), day(context["review"])
    sms = _("You have no places with us until %(day)s. Please sign in to read why.", day=last)
    spoken = _(
        "You have no places with us for now, until %(day)s. We look at it again on %(review)s. You can ask "
        "why, and you can say that it is wrong: then we look at it anew. I can write that down for you now.",
        day=last,
        review=review,
    )
    return facts.words("blocked", to, sms, spoken, page=_page(), **context)


def unblocked_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """They can take places again; None when somebody has decided anew."""
    block = session.get(Block, int(about["block"]))
    if block is None or block.ended_how in (None, BlockEnd.REPLACED):
        return None
    if block_at(session, block.person_id, clock.now()) is not None:
        return None
    return _unblocked(to)


def _unblocked(to: Recipient, **context: Any) -> NoticeWords:
    sms = _("You can take places with us again. You are welcome.")
    spoken = _("You can take places with us again. You are welcome. Shall we look for a course?")
    page = full_link("courses.index")
    return facts.words("unblocked", to, sms, spoken, page=page, **context)


def answered_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """Their appeal has an answer, to be read where only they can."""
    appeal = session.get(BlockAppeal, int(about["appeal"]))
    block = session.get(Block, appeal.block_id) if appeal is not None else None
    if appeal is None or block is None or appeal.outcome is None:
        return None
    return _answered(to, stands=appeal.outcome is AppealOutcome.STANDS, last=block.last_day)


def _answered(to: Recipient, **context: Any) -> NoticeWords:
    sms = _("We have answered what you wrote to us. Please sign in to read it.")
    spoken = (
        _(
            "Somebody has looked at what you told us. The decision stands until %(day)s. Shall I read the "
            "answer to you?",
            day=day(context["last"]),
        )
        if context["stands"]
        else _(
            "Somebody has looked at what you told us. You can take places again. Shall I read the answer "
            "to you?"
        )
    )
    return facts.words("appeal_answered", to, sms, spoken, page=_page(), **context)


def _page() -> str:
    return full_link("enrolment.my_block")


def kinds() -> tuple[NoticeKind, ...]:
    """Notices of stopped places."""
    return (
        NoticeKind(
            purpose=telling.BLOCKED,
            title=_l("Their places are stopped for a time"),
            subject=SUBJECT,
            in_pause=True,
            compose=blocked_words,
            sample=lambda: _blocked(facts.somebody(), last=SAMPLE_LAST, review=SAMPLE_REVIEW),
        ),
        NoticeKind(
            purpose=telling.UNBLOCKED,
            title=_l("They can take places again"),
            subject=SUBJECT,
            in_pause=True,
            compose=unblocked_words,
            sample=lambda: _unblocked(facts.somebody()),
        ),
        NoticeKind(
            purpose=telling.APPEAL_ANSWERED,
            title=_l("An appeal has been answered"),
            subject=SUBJECT,
            in_pause=True,
            compose=answered_words,
            sample=lambda: _answered(facts.somebody(), stands=True, last=SAMPLE_LAST),
        ),
    )
