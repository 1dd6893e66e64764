"""What people are told about their bank details. No message holds any of their digits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.models import BankDetail
from plugins.claims.services.bank import link_key
from portal.messages.api import full_link, render_notice
from portal.plugin_api import About, NoticeKind, NoticeWords, Recipient, Words

CHANGED = "bank_changed"
# What each kind says.
SAYS: Mapping[str, tuple[Words, Words]] = {
    "bank_given": (
        _l("Bank details were given"),
        _l(
            "We now have bank details to pay you. If it was not you who gave them, please call us at once: "
            "nothing is lost yet."
        ),
    ),
    CHANGED: (
        _l("Bank details were changed"),
        _l(
            "Your bank details were changed. Please say whether that was you: until then nothing is paid "
            "there."
        ),
    ),
    "bank_removed": (
        _l("Bank details were removed"),
        _l(
            "Your bank details are removed, and we keep none. If it was not you who did that, please call us."
        ),
    ),
}


def _compose(session: Session, to: Recipient, about: About, *, kind: str) -> NoticeWords | None:
    detail = session.get(BankDetail, int(about["detail"]))
    if detail is None or detail.person_id != to.person_id:
        return None
    if kind != CHANGED:
        return _words(to, full_link("claims.bank"), kind=kind)
    if detail.ended_at is not None or detail.confirmed_at is not None:
        return None
    key = link_key(session, detail.uid)
    return _words(to, full_link("claims.confirm_bank", uid=detail.uid, key=key), kind=kind)


def _words(to: Recipient, link: str, *, kind: str) -> NoticeWords:
    said = str(SAYS[kind][1])
    sms = _("There is news about something you gave us: %(link)s", link=link)
    return render_notice("claims/email/news", to, sms=sms, spoken=said, said=said, link=link)


def _sample(*, kind: str) -> NoticeWords:
    return _words(Recipient(0, _("Sam"), ""), full_link("claims.bank"), kind=kind)


def _answer(about: About) -> str:
    return url_for("claims.called", uid=about["uid"])


def kinds() -> tuple[NoticeKind, ...]:
    """One kind for each. They wait neither for the morning nor for the end of a pause."""
    return tuple(
        NoticeKind(
            purpose=f"claims:{kind}",
            title=title,
            subject=_l("News about something you gave us"),
            compose=partial(_compose, kind=kind),
            sample=partial(_sample, kind=kind),
            urgent=True,
            in_pause=True,
            answer=_answer if kind == CHANGED else None,
        )
        for kind, (title, _said) in SAYS.items()
    )
