"""The settings of the pathway, the board and support, with what they mean."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.facilitators.services.opportunities import CHAT_DAYS
from portal.facilitators.services.references import REFERENCE_DAYS
from portal.facilitators.services.support import REFLECTION_WEEKS, SUPERVISION_WEEKS
from portal.plugin_api import Setting

ADVICE = "facilitators:advice"
ENDED_DAYS = "facilitators:interest_days"
_NONE = _l("0 means: none is due.")

SETTINGS = (
    Setting(
        key=CHAT_DAYS,
        default=5,
        label=_l("Name a time to talk to whoever likes an opportunity within"),
        unit=_l("working days"),
        help=_l("The page promises it to them, with the day."),
        least=1,
        most=60,
    ),
    Setting(
        key=REFERENCE_DAYS,
        default=10,
        label=_l("Write a reference that somebody asks for within"),
        unit=_l("working days"),
        help=_l("The page promises it to them, with the day."),
        least=1,
        most=60,
    ),
    Setting(
        key=SUPERVISION_WEEKS,
        default=6,
        label=_l("Whoever leads has supervision every"),
        unit=_l("weeks"),
        help=_NONE,
        most=104,
    ),
    Setting(
        key=REFLECTION_WEEKS,
        default=12,
        label=_l("Whoever leads reflects with others every"),
        unit=_l("weeks"),
        help=_NONE,
        most=104,
    ),
    Setting(
        key=ADVICE,
        default="Citizens Advice, 0800 144 8848, free, Monday to Friday 9am to 5pm",
        label=_l("Who gives free and independent advice about benefits"),
        help=_l("Stands beside every opportunity. Name nobody who decides about benefits."),
    ),
    Setting(
        key=ENDED_DAYS,
        default=365,
        label=_l("Keep what came of somebody’s interest in an opportunity for"),
        unit=_l("days"),
        help=_l("After that it is deleted."),
        least=1,
    ),
)
