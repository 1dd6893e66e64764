"""What people are told about money that they asked for ahead of an event."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.models_advances import AdvanceRow, AdvanceState
from portal.messages.api import full_link, render_notice
from portal.plugin_api import About, NoticeKind, NoticeWords, Recipient, Words

SAYS: Mapping[str, tuple[Words, Words]] = {
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
}


def _compose(session: Session, to: Recipient, about: About, *, kind: str) -> NoticeWords | None:
    one = session.get(AdvanceRow, int(about["advance"]))
    if one is None or one.person_id != to.person_id or one.state is AdvanceState.WITHDRAWN:
        return None
    return _words(to, one.ref, kind=kind)


def _words(to: Recipient, ref: str, *, kind: str) -> NoticeWords:
    said, link = str(SAYS[kind][1]), full_link("claims.advance", ref=ref)
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
        )
        for kind, (title, _words_of_it) in SAYS.items()
    )
