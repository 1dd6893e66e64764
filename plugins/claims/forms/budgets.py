"""A budget, another sum for it, and a fact about tax and benefits."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugins.claims.forms.writing import pairs
from plugins.claims.models import LONGEST_WHAT, LONGEST_WORDS, MOST_BUDGET
from plugins.claims.words.offers import BASES, TOPICS
from portal.ui.forms import (
    DateField,
    LongTextField,
    MoneyField,
    Needed,
    OnceForm,
    RadioField,
    SubmitField,
    TextField,
)


class BudgetForm(OnceForm):
    """A sum for a course or a body, from a day to a day."""

    title = TextField(
        _l("What is it for?"),
        [Needed(_l("Write what it is for"))],
        description=_l("Such as “The board, 2026/27” or “Sleep course, spring”."),
        longest=LONGEST_WHAT,
    )
    course = TextField(
        _l("Which course is it for? (optional)"),
        description=_l("The address of its page here, such as /courses/sleep-and-rest."),
        longest=LONGEST_WHAT,
    )
    first = DateField(_l("First day"), [Needed(_l("Write the first day"))])
    last = DateField(_l("Last day"), [Needed(_l("Write the last day"))])
    amount = MoneyField(
        _l("How much is there?"), [Needed(_l("Write how much there is"))], most=MOST_BUDGET
    )
    submit = SubmitField(_l("Add this budget"))


class SumForm(OnceForm):
    """Another sum."""

    amount = MoneyField(
        _l("How much is there?"),
        [Needed(_l("Write how much there is"))],
        description=_l("Not less than what is offered, agreed and paid already."),
        most=MOST_BUDGET,
    )
    submit = SubmitField(_l("Save"))


class FactForm(OnceForm):
    """What holds from a day on, and who says so."""

    basis = RadioField(_l("For whom?"), [Needed(_l("Choose for whom it is"))], choices=pairs(BASES))
    topic = RadioField(
        _l("What is it about?"), [Needed(_l("Choose what it is about"))], choices=pairs(TOPICS)
    )
    words = LongTextField(
        _l("What may it mean?"),
        [Needed(_l("Write what it may mean"))],
        description=_l("In plain words, as somebody reads them before they answer."),
        longest=LONGEST_WORDS,
        rows=4,
    )
    day = DateField(_l("From which day on does it hold?"), [Needed(_l("Write the day"))])
    source = TextField(
        _l("Who says so?"),
        [Needed(_l("Say where it stands"))],
        description=_l("Such as “GOV.UK: Volunteer opportunities, rights and expenses”."),
        longest=LONGEST_WHAT,
    )
    submit = SubmitField(_l("Add this fact"))
