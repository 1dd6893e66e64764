"""The words of what people are told about their own way, made from what is true when they leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.api import people_by_ids
from portal.facilitators.models import (
    Facilitator,
    InterestState,
    OpportunityInterest,
    PathwayMark,
    PathwayMove,
    Reference,
    ReferenceState,
    SlotState,
    Stage,
    SupportSlot,
)
from portal.facilitators.queries.pathway import way_of
from portal.facilitators.services import pathway_telling as telling
from portal.facilitators.words import STAGES
from portal.messages.api import full_link, render_notice
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About
from portal.plugin_api.types import Words
from portal.ui.filters import moment

_WHEN = datetime(2027, 3, 8, 10, tzinfo=UTC)
_SUBJECT = _l("A message from your college")


def _words(to: Recipient, lines: list[str], link: str, label: str) -> NoticeWords:
    context = {"lines": lines, "link": link, "label": label}
    sms = f"{lines[0]} {link}"
    return render_notice("facilitators/email/note", to, sms=sms, spoken=" ".join(lines), **context)


def _step_words(to: Recipient, done: Words, following: Words) -> NoticeWords:
    lines = [_("One step is behind you: %(step)s.", step=done)]
    if following:
        lines.append(_("What comes next, when you like: %(step)s.", step=following))
    else:
        lines.append(_("All steps are behind you. Tell us when you feel ready to lead."))
    lines.append(_("There is no hurry. You can pause at any time, and nobody asks why."))
    return _words(to, lines, full_link("facilitators.pathway"), _("See your way"))


def _ready_words(to: Recipient) -> NoticeWords:
    lines = [
        _("You can lead sessions now. When one needs somebody like you, we ask."),
        _("You say when you can and how often. You can say no, or rest, without a reason."),
    ]
    return _words(to, lines, full_link("facilitators.pathway"), _("See your way"))


def _moved_words(to: Recipient, stage: Words) -> NoticeWords:
    lines = [
        _("You are further on your way to leading now: %(stage)s.", stage=stage),
        _("Why, you read on your page. If something in it is not right, tell us."),
    ]
    return _words(to, lines, full_link("facilitators.pathway"), _("See your way"))


def _chat_words(to: Recipient, at: datetime, name: str, place: str, *, agreed: bool) -> NoticeWords:
    facts = {"when": moment(at), "name": name, "place": place}
    if agreed:
        first = _("We talk on %(when)s: %(name)s and you, %(place)s.", **facts)
    else:
        first = _("Could we talk on %(when)s: %(name)s and you, %(place)s?", **facts)
    lines = [
        first,
        _("It is a talk, not a test. Another time is fine, and so is changing your mind."),
    ]
    label = _("See the time") if agreed else _("Answer")
    return _words(to, lines, full_link("facilitators.opportunities"), label)


def _support_words(to: Recipient, at: datetime, place: str, *, cancelled: bool) -> NoticeWords:
    if cancelled:
        line = _("The time for you on %(when)s does not take place.", when=moment(at))
    elif place:
        line = _("There is a time for you on %(when)s, %(place)s.", when=moment(at), place=place)
    else:
        line = _("There is a time for you on %(when)s.", when=moment(at))
    lines = [line, _("If it does not suit you, tell us: we find another.")]
    return _words(to, lines, full_link("facilitators.support"), _("See your times"))


def _reference_words(to: Recipient) -> NoticeWords:
    lines = [_("What you asked us to write for you is ready. You can read it first.")]
    return _words(to, lines, full_link("facilitators.references"), _("Read it"))


def _step(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    mark = session.get(PathwayMark, int(about["mark"]))
    way = way_of(session, mark.person_id) if mark else None
    if mark is None or way is None or way.stage is Stage.LEFT:
        return None
    done = next((one.step.title for one in way.steps if one.step.key == mark.step_key), "")
    if not done:
        return None
    return _step_words(to, done, way.next.step.title if way.next else "")


def _ready(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    record = session.get(Facilitator, int(about["person"]))
    return _ready_words(to) if record and record.stage is Stage.ACTIVE else None


def _moved(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    move = session.get(PathwayMove, int(about["move"]))
    return _moved_words(to, STAGES[move.stage]) if move else None


def _chat(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    one = session.get(OpportunityInterest, int(about["interest"]))
    if one is None or one.round != int(about["round"]) or one.chat_at is None:
        return None
    if one.state not in {InterestState.PROPOSED, InterestState.AGREED}:
        return None
    found = people_by_ids(session, [one.chat_with_id or 0]).get(one.chat_with_id or 0)
    agreed = one.state is InterestState.AGREED
    name = found.name if found else _("somebody of the college")
    return _chat_words(to, one.chat_at, name, one.chat_place, agreed=agreed)


def _support(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    slot = session.get(SupportSlot, int(about["slot"]))
    if slot is None or slot.version != int(about["version"]) or slot.state is SlotState.HELD:
        return None
    cancelled = slot.state is SlotState.CANCELLED
    return _support_words(to, slot.starts_at, slot.place, cancelled=cancelled)


def _reference(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    one = session.get(Reference, int(about["reference"]))
    return _reference_words(to) if one and one.state is ReferenceState.SIGNED else None


def _sample(
    words: Callable[..., NoticeWords], *more: object, **named: object
) -> Callable[[], NoticeWords]:
    return lambda: words(Recipient(0, _("Sam"), ""), *more, **named)


KINDS = (
    NoticeKind(
        purpose=telling.STEP,
        title=_l("A step towards leading is behind them"),
        subject=_SUBJECT,
        compose=_step,
        sample=_sample(_step_words, _l("A DBS check"), _l("Getting to know the college")),
    ),
    NoticeKind(
        purpose=telling.READY,
        title=_l("They can lead sessions now"),
        subject=_SUBJECT,
        compose=_ready,
        sample=_sample(_ready_words),
    ),
    NoticeKind(
        purpose=telling.MOVED,
        title=_l("Somebody moved them on by hand on the way to leading"),
        subject=_SUBJECT,
        compose=_moved,
        sample=_sample(_moved_words, STAGES[Stage.TRAINED]),
    ),
    NoticeKind(
        purpose=telling.CHAT,
        title=_l("A time to talk about what they are interested in"),
        subject=_l("A question from the college"),
        compose=_chat,
        sample=_sample(_chat_words, _WHEN, _l("Alex"), "01632 960123", agreed=False),
    ),
    NoticeKind(
        purpose=telling.SUPPORT,
        title=_l("A time for support"),
        subject=_l("A date with the college"),
        compose=_support,
        sample=_sample(_support_words, _WHEN, _l("Quay House"), cancelled=False),
    ),
    NoticeKind(
        purpose=telling.REFERENCE,
        title=_l("Their reference is ready"),
        subject=_SUBJECT,
        compose=_reference,
        sample=_sample(_reference_words),
    ),
)
