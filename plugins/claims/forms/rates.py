"""A new rate."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugins.claims.models import LONGEST_WHAT
from plugins.claims.words import RATES
from portal.ui.forms import (
    DateField,
    IntegerField,
    Needed,
    OnceForm,
    RadioField,
    SubmitField,
    TextField,
)


class RateForm(OnceForm):
    """Pence a mile from a day on."""

    kind = RadioField(
        _l("What is it for?"), [Needed(_l("Choose what it is for"))], choices=list(RATES.items())
    )
    pence = IntegerField(
        _l("How many pence a mile?"), [Needed(_l("Write how many pence"))], least=1, most=500
    )
    day = DateField(
        _l("From which day on does it hold?"),
        [Needed(_l("Write the day"))],
        description=_l("It may lie in the past. Claims that were sent keep the rate they had."),
    )
    source = TextField(
        _l("Who says so?"),
        [Needed(_l("Say where the rate stands"))],
        description=_l("Such as “GOV.UK: Travel – mileage and fuel rates and allowances”."),
        longest=LONGEST_WHAT,
    )
    submit = SubmitField(_l("Add this rate"))
