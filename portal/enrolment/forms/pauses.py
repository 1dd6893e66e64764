"""The questions of taking a break: until when; and how somebody asked for it who told the college."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.enrolment.forms.arranging import AgreedForm
from portal.ui.forms import DateField, HiddenField, Needed, OnceForm


class PauseForm(OnceForm):
    """Until when. `seen` is the day of which the answers were looked at."""

    last_day = DateField(
        _l("What is the last day of your break?"), [Needed(_l("Give the last day of your break"))]
    )
    seen = HiddenField()


class PauseForForm(AgreedForm):
    """A break for somebody who asked on the phone or on paper."""

    last_day = DateField(
        _l("What is the last day of their break?"),
        [Needed(_l("Give the last day of their break"))],
    )
    seen = HiddenField()
