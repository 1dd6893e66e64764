"""What people are told about their claim: only what needs them, and what was decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.models import STANDS, Claim, State
from plugins.claims.notices import bank as notices_bank
from portal.messages.api import full_link, render_notice
from portal.plugin_api import About, NoticeKind, NoticeWords, Recipient, Words

# What each kind says, and the states in which it is still true.
SAYS: Mapping[str, tuple[Words, Words, Collection[State]]] = {
    "asked": (
        _l("We have a question about your claim"),
        _l(
            "We looked at the claim that you sent, and have a question. Please answer when you can: until "
            "then it waits for you, and nothing is lost."
        ),
        (State.QUERIED,),
    ),
    "decided": (
        _l("Your claim is decided"),
        _l(
            "We have decided about the claim that you sent. Its page says what is paid back and why."
        ),
        STANDS,
    ),
    "paid": (
        _l("Your claim is paid"),
        _l("What we owed you for the claim that you sent is paid. Its page says what and when."),
        (State.SETTLED,),
    ),
    "came_back": (
        _l("Your payment came back"),
        _l(
            "We paid what we owe you, and the bank sent the money back. Nothing is lost, and you did nothing "
            "wrong. Please look at your bank details once more: then we pay again."
        ),
        (State.FAILED,),
    ),
    "sent_for": (
        _l("A claim was sent for you"),
        _l(
            "Somebody whom you let write claims for you has sent us one. Its page shows all of it. You need "
            "to do nothing; if it is not right, you can withdraw it there."
        ),
        (State.SUBMITTED, State.QUERIED, *STANDS),
    ),
    "adjusted": (
        _l("A claim of yours was put right"),
        _l(
            "Something about a claim of yours that was decided has changed. Its page says what and why."
        ),
        STANDS,
    ),
}


def _compose(session: Session, to: Recipient, about: About, *, kind: str) -> NoticeWords | None:
    claim = session.get(Claim, int(about["claim"]))
    if claim is None or claim.state not in SAYS[kind][2] or claim.person_id != to.person_id:
        return None
    return _words(to, claim.ref, kind=kind)


def _words(to: Recipient, ref: str, *, kind: str) -> NoticeWords:
    said, link = str(SAYS[kind][1]), full_link("claims.show", ref=ref)
    sms = _("There is news about the claim that you sent: %(link)s", link=link)
    return render_notice("claims/email/news", to, sms=sms, spoken=said, said=said, link=link)


def _sample(*, kind: str) -> NoticeWords:
    return _words(Recipient(0, _("Sam"), ""), "sample", kind=kind)


def kinds() -> tuple[NoticeKind, ...]:
    """One kind for each."""
    return (
        tuple(
            NoticeKind(
                purpose=f"claims:{kind}",
                title=title,
                subject=_l("News about something you sent us"),
                compose=partial(_compose, kind=kind),
                sample=partial(_sample, kind=kind),
                in_pause=kind == "came_back",
            )
            for kind, (title, _words_of_it, _state) in SAYS.items()
        )
        + notices_bank.kinds()
    )
