"""What the calculator asks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugins.claims.forms.writing import MILES, MilesField, pairs
from plugins.claims.words import VEHICLES
from portal.ui.forms import DateField, Form, IntegerField, Needed, RadioField


class QuoteForm(Form):
    """A journey. It changes nothing, so it has no token, and its answers stand in the address."""

    class Meta(Form.Meta):
        """Without a token."""

        csrf = False

    category = RadioField(
        _l("How do you travel?"),
        [Needed(_l("Choose how you travel"))],
        choices=pairs(VEHICLES),
        default="car",
    )
    miles = MilesField(
        _l("How many miles, there and back?"),
        [Needed(_l("Write how many miles it is"))],
        params=MILES,
    )
    day = DateField(_l("On which day?"), [Needed(_l("Write the day"))])
    before = IntegerField(
        _l("Miles by car that you claimed since 6 April (optional)"),
        description=_l("Only for more than 10,000 miles in a tax year, which is rare."),
        most=200_000,
    )
