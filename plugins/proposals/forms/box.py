"""Ideas from a box on paper, typed into a spreadsheet or here."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from plugins.proposals.services.importing import Fault
from portal.plugin_api import Words
from portal.ui.forms import FileField, LongTextField, OnceForm, SubmitField

LONGEST = 60_000  # letters: what a form with a file may hold beside it, in any script
ACCEPT = ".xlsx,.csv"
SHEETS: Mapping[Fault, Words] = {
    Fault.NO_CSV: _l("This is no .csv file in UTF-8. Save it as one, or as .xlsx"),
    Fault.NO_BOOK: _l("This is no .xlsx file that can be read. Save it as one, or as .csv"),
    Fault.TOO_MANY: _l("There are too many ideas for one time. Add them in parts"),
    Fault.TOO_LONG: _l("One idea is longer than 5,000 letters. Make it shorter, or two of it"),
}


class BoxForm(OnceForm):
    """A spreadsheet, or the ideas themselves: they are looked at before they are added."""

    file = FileField(
        _l("A spreadsheet (optional)"),
        description=_l(
            "An .xlsx file, or a .csv file in UTF-8, with one idea in each row of its first column. "
            "Nothing else in it is read, and no names."
        ),
        params={"attributes": {"accept": ACCEPT}},
    )
    words = LongTextField(
        _l("The ideas"),
        description=_l("Leave an empty line between one idea and the next."),
        longest=LONGEST,
        rows=10,
    )
    look = SubmitField(_l("See what would be added"))
    add = SubmitField(_l("Add them"))
