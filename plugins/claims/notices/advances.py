"""What people are told about money that they asked for ahead of an event."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.models import AdvanceRow, AdvanceState, PaymentStage
from plugins.claims.queries.support import asker_of
from plugins.claims.services.bank import asked_again
from portal.accounts.api import people_by_ids
from portal.messages.api import full_link, render_notice
from portal.plugin_api import About, NoticeKind, NoticeWords, Recipient, Words

CAME_BACK = "advance_came_back"
ASKED_FOR = "advance_asked_for"
SAYS: Mapping[str, tuple[Words, Words]] = {
    ASKED_FOR: (
        _l("Money ahead was asked for, for you"),
        _l(
            "Somebody whom you let do so has asked us for money ahead, for you. Its page says who, what for "
            "and how much. You need to do nothing; if it is not right, you can withdraw it there."
        ),
    ),
    "advance_decided": (
        _l("The money that you asked for ahead is decided"),
        _l(
            "We have decided about the money that you asked for ahead. Its page says what happens next."
        ),
    ),
    "advance_cancelled": (
        _l("We cancelled something for which you have money ahead"),
        _l(
            "We are sorry. Tickets and care that you paid for by now still count: say what you spent, and "
            "give back only the rest. Its page says how."
        ),
    ),
    "advance_paid": (
        _l("The money that you asked for ahead is paid"),
        _l(
            "The money that you asked for ahead is paid. Once it is over, say on its page what it did cost: "
            "there is no date to keep."
        ),
    ),
    CAME_BACK: (
        _l("The money that you asked for ahead came back"),
        _l(
            "We paid the money that you asked for ahead, and the bank sent it back. Nothing is lost, and you "
            "did nothing wrong. Please look at your bank details once more: then we pay again."
        ),
    ),
}
# How far the payment has come, where that is what is told.
PAID: Mapping[str, PaymentStage] = {
    "advance_paid": PaymentStage.SETTLED,
    CAME_BACK: PaymentStage.FAILED,
}


def _compose(session: Session, to: Recipient, about: About, *, kind: str) -> NoticeWords | None:
    one = session.get(AdvanceRow, int(about["advance"]))
    if one is None or one.person_id != to.person_id or one.state is AdvanceState.WITHDRAWN:
        return None
    if kind in PAID and one.payment is not PAID[kind]:
        return None
    if kind == CAME_BACK and not asked_again(session, to.person_id):
        return None  # it lay in the file, or they have looked already
    if kind != ASKED_FOR:
        return _words(to, one.ref, kind=kind)
    asker = asker_of(session, one.id)
    return _words(to, one.ref, kind=kind, said=_asked_for(session, asker)) if asker else None


def _asked_for(session: Session, asker: int) -> str:
    """Who asked for it; empty where they are not here any more."""
    found = people_by_ids(session, [asker])
    if asker not in found:
        return ""
    said: str = _(
        "%(name)s, whom you let do so, has asked us for money ahead, for you. Its page says what for and how "
        "much. You need to do nothing; if it is not right, you can withdraw it there.",
        name=found[asker].name,
    )
    return said


def _words(to: Recipient, ref: str, *, kind: str, said: str = "") -> NoticeWords:
    said, link = said or str(SAYS[kind][1]), full_link("claims.advance", ref=ref)
    sms = _("There is news about something that you sent us: %(link)s", link=link)
    return render_notice("claims/email/news", to, sms=sms, spoken=said, said=said, link=link)


def _sample(*, kind: str) -> NoticeWords:
    return _words(Recipient(0, _("Sam"), ""), "sample", kind=kind)


def kinds() -> tuple[NoticeKind, ...]:
    """One kind for each."""
    return tuple(
        NoticeKind(
            purpose=f"claims:{kind}",
            title=title,
            subject=_l("News about something you sent us"),
            compose=partial(_compose, kind=kind),
            sample=partial(_sample, kind=kind),
            in_pause=kind == CAME_BACK,
        )
        for kind, (title, _words_of_it) in SAYS.items()
    )
