"""The room's settings, with what they mean."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.facilitators.models import ClearanceKind
from portal.facilitators.policies import (
    ANSWER_HOURS,
    MAX_A_WEEK,
    NEEDS,
    NOTE_DAYS,
    TRAVEL_MINUTES,
    URGENT_HOURS,
)
from portal.plugin_api import Setting

_NEEDED = _l("Without it nobody is given a session to come. What they lead already stays theirs.")

SETTINGS = (
    Setting(
        key=TRAVEL_MINUTES,
        default=30,
        label=_l("From one venue to another, somebody who leads needs"),
        unit=_l("minutes"),
        help=_l("Nobody is asked to lead when they could not be there in time."),
        most=24 * 60,
    ),
    Setting(
        key=ANSWER_HOURS,
        default=4,
        label=_l("When nobody has said yes to a session, ask the coordinators after"),
        unit=_l("hours"),
        help=_l("Then somebody decides whether it goes ahead without a pair."),
        least=1,
        most=7 * 24,
    ),
    Setting(
        key=URGENT_HOURS,
        default=48,
        label=_l("Send the coordinators a message when a pair is lost so soon before a session"),
        unit=_l("hours"),
        help=_l("By e-mail and text message at once. What is further away stands on the desk."),
        least=1,
        most=30 * 24,
    ),
    Setting(
        key=MAX_A_WEEK,
        default=2,
        label=_l("Somebody who begins to lead is asked for at most"),
        unit=_l("sessions a week"),
        help=_l("Everybody changes their own number at any time."),
        most=20,
    ),
    Setting(
        key=NOTE_DAYS,
        default=365,
        label=_l("Keep notes about sessions, raised hands and questions for"),
        unit=_l("days"),
        help=_l("After that they are deleted."),
        least=1,
    ),
    Setting(
        key=NEEDS[ClearanceKind.DBS],
        default=True,
        label=_l("Whoever leads needs a DBS check"),
        help=_NEEDED,
    ),
    Setting(
        key=NEEDS[ClearanceKind.TRAINING],
        default=True,
        label=_l("Whoever leads needs the training"),
        help=_NEEDED,
    ),
    Setting(
        key=NEEDS[ClearanceKind.INDUCTION],
        default=False,
        label=_l("Whoever leads needs an introduction to the college"),
        help=_NEEDED,
    ),
)
