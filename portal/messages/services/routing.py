"""Which way a notice leaves, with which words: decided at the moment of sending, from what is true then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from portal import clock
from portal.messages.models import Message
from portal.messages.texts import MOST_PARTS, fitted, measure
from portal.messages.ways import Reach, Route, Ways
from portal.plugin_api.dispatch import notice_kinds, setting
from portal.plugin_api.notices import NoticeKind, NoticeWords, Recipient
from portal.ui.phones import dialled, takes_text

QUIET_FROM, QUIET_UNTIL = "messages:quiet_from", "messages:quiet_until"
# A plugin that is switched off says nothing; its notices wait, in case it comes back in time.
UNKNOWN_PAUSE = timedelta(hours=1)
PAUSED = "paused"  # why it waits
PAUSED_FOR = timedelta(days=1)  # then it is looked at again; whoever is back before does not wait


class WroteError(Exception):
    """A notice's `compose` changed something, where it may only read."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Send it like this."""

    channel: Literal["email", "sms"]
    recipient: str
    subject: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True)
class Hand:
    """A person has to bring it."""

    why: str


@dataclass(frozen=True, slots=True)
class Drop:
    """It is not to be sent any more."""

    why: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now. `why` is kept with the message."""

    until: datetime
    why: str = ""


Decision = Leave | Hand | Drop | Wait


def decide(session: Session, message: Message, ways: Ways) -> Decision:
    """What becomes of a notice now.

    Raises:
        Exception: whatever its kind's `compose` raised; the session is as it was before.
    """
    now = clock.now()
    if message.expires_at is not None and message.expires_at <= now:
        return Drop("too late")
    kind = notice_kinds(session).get(message.purpose)
    if kind is None:
        return Wait(now + UNKNOWN_PAUSE)
    reach = find_reach(session, message, ways)
    if reach is None:
        return Drop("nobody to tell")
    if reach.paused and not (kind.urgent or kind.in_pause):
        return Wait(now + PAUSED_FOR, PAUSED)
    words = compose(session, kind, message, reach, ways)
    if words is None:
        return Drop("not true any more")
    if kind.only == "hand":
        by_hand = any(_needs_hands(route, words, reach, ways) for route in reach.routes)
        return Hand("preferred") if by_hand else Drop("not this way")
    if message.channel == "hand":
        return Drop("refused") if kind.only else Hand("refused")
    decision = _route(session, kind, words, _only(kind, reach), ways)
    return Drop("not this way") if kind.only and isinstance(decision, Hand) else decision


def _only(kind: NoticeKind, reach: Reach) -> Reach:
    """The person, with the one way that the notice goes."""
    if not kind.only:
        return reach
    return replace(reach, routes=tuple(one for one in reach.routes if one.kind == kind.only))


def _needs_hands(route: Route, words: NoticeWords, reach: Reach, ways: Ways) -> bool:
    """Whether no machine can go this way with these words."""
    if route.kind == "mobile":
        return isinstance(_short_words(route, words, reach, ways), Hand)
    return route.kind != "email"


def find_reach(session: Session, message: Message, ways: Ways) -> Reach | None:
    """How the message's person can be reached now; None when there is nobody any more."""
    if message.person_id is None:
        return None
    return ways.book.reach(session, message.person_id)


def compose(
    session: Session, kind: NoticeKind, message: Message, reach: Reach, ways: Ways
) -> NoticeWords | None:
    """The words of this moment in the person's language; None when there is nothing to say any more."""
    assert message.person_id is not None  # noqa: S101 - `find_reach` has found them
    to = Recipient(message.person_id, reach.name, reach.language)
    session.flush()
    with session.begin_nested(), ways.speak(reach.language):
        words = kind.compose(session, to, message.about or {})
        if session.new or session.dirty or session.deleted:
            raise WroteError(kind.purpose)
    return words


def _route(
    session: Session, kind: NoticeKind, words: NoticeWords, reach: Reach, ways: Ways
) -> Decision:
    """The preferred way; where a machine cannot go it, the next that it can; else a person."""
    if not reach.routes:
        return Hand("no_route")
    if reach.routes[0].kind not in {"email", "mobile"}:
        return Hand("preferred")
    why = ""
    for route in reach.routes:
        if route.kind == "email":
            with ways.speak(reach.language):
                subject = str(kind.subject)
            return Leave("email", route.value, subject, words.text, words.html)
        if route.kind == "mobile":
            short = _short_words(route, words, reach, ways)
            if not isinstance(short, Hand):
                morning = None if kind.urgent else _morning(session, ways)
                return (
                    Wait(morning)
                    if morning
                    else Leave("sms", dialled(route.value), "", short, None)
                )
            why = why or short.why
    return Hand(why)


def _short_words(route: Route, words: NoticeWords, reach: Reach, ways: Ways) -> str | Hand:
    """The text message for this phone, or why there can be none."""
    if not ways.texts or not takes_text(route.value):
        return Hand("no_texts")
    if not route.safe_to_leave_message:  # a text is a message left where others may see it
        return Hand("not_safe")
    short = fitted(f"{reach.name}: {words.sms}" if route.shared else words.sms)
    if not words.sms.strip() or measure(short).parts > MOST_PARTS:
        return Hand("no_short_words")
    return short


def _morning(session: Session, ways: Ways) -> datetime | None:
    """When phones may ring again; None when they may now."""
    begins, ends = (int(setting(session, key)) % 24 for key in (QUIET_FROM, QUIET_UNTIL))
    local = clock.utc_to_wall(clock.now(), ways.zone)
    late = local.hour >= begins
    quiet = (late or local.hour < ends) if begins > ends else (late and local.hour < ends)
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if late and begins > ends else 0)
    return clock.wall_to_utc(datetime.combine(day, time(ends)), ways.zone)
