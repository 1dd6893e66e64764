"""That somebody may act for them from now on: told to whoever gave the code, in case it was not them."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.enrolment.models import AgreementCode
from portal.enrolment.notices import facts
from portal.enrolment.services.agreements import CODE_USED
from portal.messages.api import full_link
from portal.plugin_api import NoticeKind, NoticeWords, Recipient
from portal.plugin_api.notices import About


def code_used_words(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    """Their code was used; None where it was never used by anybody."""
    code = session.get(AgreementCode, int(about["code"]))
    return None if code is None or code.used_at is None else _code_used(to)


def _code_used(to: Recipient) -> NoticeWords:
    sms = _(
        "Somebody used your code, and can now act for you with us. Was it not you who gave it? Call us."
    )
    spoken = _(
        "Somebody used the code that you made, and can now act for you with us. If you gave it to them, all "
        "is well. If you did not, please tell us now, and we end it."
    )
    return facts.words("helper_code_used", to, sms, spoken, helpers=full_link("enrolment.helpers"))


def kinds() -> tuple[NoticeKind, ...]:
    """Notices of who acts for whom."""
    return (
        NoticeKind(
            purpose=CODE_USED,
            title=_l("Somebody can act for them now"),
            subject=_l("A message from your college"),
            compose=code_used_words,
            sample=lambda: _code_used(facts.somebody()),
            urgent=True,
        ),
    )
