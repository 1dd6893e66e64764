"""What coordinators say about whoever leads."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from portal.courses.api import PERSPECTIVES, Perspective
from portal.facilitators.models import ClearanceKind, Stage
from portal.facilitators.words import CLEARANCES, STAGES
from portal.ui.forms import (
    CheckboxesField,
    DateField,
    Needed,
    OnceForm,
    RadioField,
    SubmitField,
)


class AskForm(OnceForm):
    """Whom to ask. The boxes are drawn by the page, with what is known about each."""

    people = CheckboxesField(_l("Whom do you want to ask?"))

    def offer(self, people: Iterable[int]) -> None:
        """Those who fit."""
        self.people.choices = [(str(one), str(one)) for one in people]


class GiveForm(OnceForm):
    """What somebody brings whom a coordinator has asked in person."""

    perspective = RadioField(
        _l("What do they bring to this session?"),
        [Needed(_l("Choose what they bring: ask them"))],
        description=_l("It is theirs to say, for this session alone."),
        choices=[(one.value, PERSPECTIVES[one]) for one in Perspective],
    )
    send = SubmitField(_l("They lead this session"))


class StageForm(OnceForm):
    """The next step of the pathway."""

    stage = RadioField(_l("Where are they now?"), [Needed(_l("Choose where they are now"))])
    send = SubmitField(_l("Save"))

    def offer(self, stages: Iterable[Stage]) -> None:
        """The steps that follow."""
        self.stage.choices = [(one.value, str(STAGES[one])) for one in stages]


class ClearanceForm(OnceForm):
    """Something that was checked."""

    kind = RadioField(
        _l("What was checked?"),
        [Needed(_l("Choose what was checked"))],
        choices=[(one.value, CLEARANCES[one]) for one in ClearanceKind],
    )
    valid_to = DateField(
        _l("Until when does it count?"),
        description=_l("The last day. Leave it empty for something without an end."),
    )
    send = SubmitField(_l("Put it on record"))
