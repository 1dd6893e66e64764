"""Words about a break that is over: kind, and without anything to answer."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.enrolment.models import Pause, PauseEnd
from portal.enrolment.notices import facts
from portal.enrolment.queries.pauses import pause_at
from portal.enrolment.services import telling
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About


def over_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """Their break ended by itself, and they have not begun another."""
    pause = session.get(Pause, int(about["pause"]))
    if pause is None or pause.ended_how is not PauseEnd.OVER:
        return None
    if pause_at(session, pause.person_id, clock.now()) is not None:
        return None
    return _over(to)


def _over(to: Recipient) -> NoticeWords:
    sms = _("Your break is over. We kept your places. Need longer? Just tell us.")
    spoken = _(
        "Your break is over, and we kept your places. There is nothing you have to do. If you need longer, "
        "just tell us."
    )
    return facts.words("break_over", to, sms, spoken)


def kinds() -> tuple[NoticeKind, ...]:
    """Notices of breaks."""
    return (
        NoticeKind(
            purpose=telling.BREAK_OVER,
            title=_l("Their break is over"),
            subject=_l("Welcome back"),
            compose=over_words,
            sample=lambda: _over(facts.somebody()),
            in_pause=True,  # their sessions go on
        ),
    )
