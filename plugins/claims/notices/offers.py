"""What people are told about an offer: that there is one, what became of it, and of its payment.

No sum and no answer stands in a message: the words are the same whatever somebody takes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.models import Offer, Paying, RecognitionChoice, Stage
from portal.messages.api import full_link, render_notice
from portal.plugin_api import About, NoticeKind, NoticeWords, Recipient, Words

OWED_IN = (Stage.DONE, Stage.CANCELLED)
# What each kind says, and the stages in which it is still true.
SAYS: Mapping[str, tuple[Words, Words, Collection[Stage]]] = {
    "offered": (
        _l("Somebody asks whether you would like to take part"),
        _l(
            "We would like to ask you to do something with us. Its page says what it is, what you get "
            "back and what is offered, before you say yes or no. There is no hurry."
        ),
        (Stage.OPEN,),
    ),
    "done": (
        _l("Thank you for taking part"),
        _l("Thank you for what you did with us. Its page says what happens next."),
        (Stage.DONE,),
    ),
    "cancelled": (
        _l("We had to cancel something"),
        _l(
            "We had to cancel something that we asked you to do, and are sorry. What was agreed stands, "
            "and its page says what happens next."
        ),
        (Stage.CANCELLED,),
    ),
    "offer_paid": (
        _l("What was agreed for your time is paid"),
        _l("What was agreed for your time is paid. Its page says what and how. Thank you."),
        OWED_IN,
    ),
    "offer_came_back": (
        _l("Your payment came back"),
        _l(
            "We paid what was agreed for your time, and the bank sent the money back. Nothing is lost, and "
            "you did nothing wrong. Please look at your bank details once more: then we pay again."
        ),
        OWED_IN,
    ),
}
# How far the payment has come, where that is what is told.
PAID: Mapping[str, Paying] = {"offer_paid": Paying.SETTLED, "offer_came_back": Paying.FAILED}


def _compose(session: Session, to: Recipient, about: About, *, kind: str) -> NoticeWords | None:
    offer = session.get(Offer, int(about["offer"]))
    if offer is None or offer.stage not in SAYS[kind][2] or offer.person_id != to.person_id:
        return None
    if kind in PAID and _paying(session, offer) is not PAID[kind]:
        return None
    return _words(to, offer.ref, kind=kind)


def _paying(session: Session, offer: Offer) -> Paying | None:
    return session.scalar(
        sa.select(RecognitionChoice.paying).where(RecognitionChoice.offer_id == offer.id)
    )


def _words(to: Recipient, ref: str, *, kind: str) -> NoticeWords:
    said, link = str(SAYS[kind][1]), full_link("claims.offer", ref=ref)
    sms = _("There is news about taking part: %(link)s", link=link)
    return render_notice("claims/email/news", to, sms=sms, spoken=said, said=said, link=link)


def _sample(*, kind: str) -> NoticeWords:
    return _words(Recipient(0, _("Sam"), ""), "sample", kind=kind)


def kinds() -> tuple[NoticeKind, ...]:
    """One kind for each."""
    return tuple(
        NoticeKind(
            purpose=f"claims:{kind}",
            title=title,
            subject=_l("News about taking part"),
            compose=partial(_compose, kind=kind),
            sample=partial(_sample, kind=kind),
            in_pause=kind == "offer_came_back",
        )
        for kind, (title, _words_of_it, _stage) in SAYS.items()
    )
