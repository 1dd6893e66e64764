"""The questions of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.desk.models import LONGEST_NOTE
from portal.desk.words import OUTCOMES
from portal.ui.forms import (
    CheckboxesField,
    DateField,
    Form,
    HiddenField,
    LongTextField,
    Needed,
    RadioField,
    SubmitField,
    TextField,
)

LONGEST_ERRAND = 150
THEIRS = _l("The person can ask to read it. Write what they said, not what you think.")
OURS = _l("Whoever looks after the desk reads it.")


class LogForm(Form):
    """What came of a task. `tries` is how many entries its writer has seen; `somebody`, that it is about a
    person.
    """

    outcome = RadioField(_l("What came of it?"), [Needed(_l("Choose what came of it"))])
    note = LongTextField(
        _l("A note, if it helps (optional)"),
        longest=LONGEST_NOTE,
        rows=2,
    )
    tries = HiddenField()
    submit = SubmitField(_l("Write it down"))

    def __init__(self, *args: Any, outcomes: Sequence[str], somebody: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcome.choices = [(name, OUTCOMES[name]) for name in outcomes]
        self.note.description = THEIRS if somebody else OURS

    @property
    def seen(self) -> int:
        """How many entries there were when the form was shown; -1 when that cannot be read."""
        text = self.tries.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


class ErrandForm(Form):
    """Something to remember. `key` makes a second click the same errand."""

    what = TextField(
        _l("What is to be done?"),
        [Needed(_l("Write what is to be done"))],
        description=_l("For example: ring the Boathouse about the lift"),
        longest=LONGEST_ERRAND,
    )
    due = DateField(_l("By when?"), [Needed(_l("Write by when"))])
    key = HiddenField()
    submit = SubmitField(_l("Put it on the desk"))


class SeveralForm(Form):
    """Which tasks, and what came of all of them."""

    tasks = CheckboxesField(_l("Which ones?"), [Needed(_l("Choose what you did"))], coerce=int)
    outcome = RadioField(_l("What came of them?"), [Needed(_l("Choose what came of them"))])
    submit = SubmitField(_l("Look at it first"))

    def __init__(self, *args: Any, tasks: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tasks.choices = list(tasks)
        self.outcome.choices = list(OUTCOMES.items())


class SureForm(Form):
    """What was looked at. `picks` are the tasks with how many entries each had then."""

    picks = HiddenField()
    outcome = HiddenField()
    submit = SubmitField(_l("Write it all down"))
