"""The questions about steps: what was done, and how the college writes its steps."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.facilitators.models import ClearanceKind, MarkHow, Stage
from portal.facilitators.models.pathway import LONGEST_LINE, LONGEST_TITLE
from portal.facilitators.queries.steps import Step
from portal.facilitators.services.pathway import Record
from portal.facilitators.services.steps import StepWords
from portal.facilitators.words import CLEARANCES
from portal.facilitators.words.pathway import HOW, PARTS
from portal.ui.forms import (
    CheckboxField,
    DateField,
    IntegerField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SubmitField,
    TextField,
)

MOST_TIMES = 20
MOST_MONTHS = 120
LONGEST_WORDS = 1_000


class RecordStepForm(OnceForm):
    """A step is behind somebody."""

    how = RadioField(
        _l("What do you put down?"),
        [Needed(_l("Choose what you put down"))],
        choices=[(one.value, words) for one, words in HOW.items()],
    )
    on_day = DateField(_l("On which day?"), [Needed(_l("Give the day"))])
    valid_to = DateField(
        _l("What is the last day it counts? (optional)"),
        description=_l("They are told before it ends. Leave it empty if it never does."),
    )
    submit = SubmitField(_l("Put it down"))

    def __init__(self, *args: Any, step: Step, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if step.clearance is None:
            del self.valid_to

    def given(self) -> Record:
        """What was typed, for the service."""
        valid_to = self.valid_to.data if "valid_to" in self else None
        return Record(MarkHow(self.how.data), self.on_day.data, valid_to)


class StepForm(OnceForm):
    """A step as the college writes it. People read every word of it."""

    title = TextField(
        _l("What is it called?"), [Needed(_l("Give it a name"))], longest=LONGEST_TITLE
    )
    asks = LongTextField(
        _l("What does it ask of somebody?"),
        [Needed(_l("Write what it asks"))],
        longest=LONGEST_WORDS,
        rows=4,
    )
    why = LongTextField(_l("Why?"), [Needed(_l("Write why"))], longest=LONGEST_WORDS, rows=3)
    how_long = TextField(
        _l("How long does it take?"),
        [Needed(_l("Write how long it takes"))],
        description=_l("The waiting too. For example “Half an hour; then two to eight weeks”."),
        longest=LONGEST_LINE,
    )
    who_helps = TextField(_l("Who helps?"), [Needed(_l("Write who helps"))], longest=LONGEST_LINE)
    stage = RadioField(
        _l("Which part is it in?"),
        [Needed(_l("Choose a part"))],
        choices=[(one.value, words) for one, words in PARTS.items()],
    )
    place = IntegerField(
        _l("Where in that part?"),
        [Needed(_l("Give a number"))],
        description=_l("A smaller number comes first."),
        most=999,
    )
    times = IntegerField(
        _l("How often is it done?"),
        [Needed(_l("Give a number"))],
        least=1,
        most=MOST_TIMES,
    )
    clearance = RadioField(
        _l("What does it put on record?"),
        choices=[("", _l("Nothing")), *((one.value, words) for one, words in CLEARANCES.items())],
    )
    months = IntegerField(
        _l("For how many months does that count? (optional)"), least=1, most=MOST_MONTHS
    )
    used = CheckboxField(_l("We ask this step of people"))
    submit = SubmitField(_l("Save"))

    @classmethod
    def showing(cls, step: Step) -> StepForm:
        """The form with the step as it is now."""
        names = ("asks", "why", "how_long", "who_helps", "title")
        values: dict[str, Any] = {name: str(getattr(step, name)) for name in names}
        return cls(
            data={
                **values,
                "stage": step.stage.value,
                "place": step.place,
                "times": step.times,
                "clearance": step.clearance.value if step.clearance else "",
                "months": step.months,
                "used": step.used,
            }
        )

    def words(self) -> StepWords:
        """What was typed, for the service."""
        return StepWords(
            title=self.title.data,
            asks=self.asks.data,
            why=self.why.data,
            how_long=self.how_long.data,
            who_helps=self.who_helps.data,
            stage=Stage(self.stage.data),
            place=self.place.data,
            times=self.times.data,
            clearance=ClearanceKind(self.clearance.data) if self.clearance.data else None,
            months=self.months.data,
            used=bool(self.used.data),
        )


class ButtonForm(OnceForm):
    """Nothing but the button."""
