"""What somebody who leads says about themselves, and about their sessions."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.courses.api import PERSPECTIVES, Perspective, SessionToLead
from portal.facilitators.models import HandAbout
from portal.facilitators.models.people import LONGEST_WORDS
from portal.facilitators.words import WEEKDAYS
from portal.ui.forms import (
    CheckboxesField,
    DateField,
    HiddenField,
    IntegerField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SelectField,
    SubmitField,
    TimeField,
)

MOST_DIGITS = 9  # of a version


class YesForm(OnceForm):
    """Yes, and what they bring. Where one thing alone is missing, it is chosen already."""

    perspective = RadioField(
        _l("What do you bring to this session?"),
        [Needed(_l("Choose what you bring to this session"))],
        description=_l("For this session alone. It is not kept in your profile."),
    )
    send = SubmitField(_l("Yes, I lead it"))

    def offer(self, meeting: SessionToLead) -> None:
        """Let them choose from what the session lacks."""
        self.perspective.choices = [(one.value, str(PERSPECTIVES[one])) for one in meeting.missing]
        if len(meeting.missing) == 1 and not self.perspective.data:
            self.perspective.data = meeting.missing[0].value

    def chosen(self) -> Perspective:
        """What they bring."""
        return Perspective(self.perspective.data)


class BringForm(OnceForm):
    """What they bring to a session that they lead already."""

    perspective = RadioField(
        _l("What do you bring to this session?"),
        [Needed(_l("Choose what you bring to this session"))],
        description=_l("For this session alone. It is not kept in your profile."),
        choices=[(one.value, PERSPECTIVES[one]) for one in Perspective],
    )
    send = SubmitField(_l("Save"))


class ActForm(OnceForm):
    """Nothing but the button."""


class MostForm(OnceForm):
    """How much."""

    most = IntegerField(
        _l("How many sessions a week would you lead at most?"),
        [Needed(_l("Write a number, such as 2"))],
        description=_l("You can change this at any time, up or down."),
        most=20,
    )
    send = SubmitField(_l("Save"))


class TopicsForm(OnceForm):
    """What they like to lead."""

    topics = CheckboxesField(_l("What do you like to lead?"))
    send = SubmitField(_l("Save"))

    def offer(self, topics: Mapping[int, str]) -> None:
        """Let them choose from the catalogue's topics."""
        self.topics.choices = [(str(key), name) for key, name in topics.items()]


class WindowForm(OnceForm):
    """A time of the week."""

    weekday = SelectField(_l("Day"))
    since = TimeField(_l("From"), [Needed(_l("Write a time, such as 10am"))])
    until = TimeField(_l("Until"), [Needed(_l("Write a time, such as 1pm"))])
    send = SubmitField(_l("Add this time"))

    def offer(self) -> None:
        """The days of the week."""
        self.weekday.choices = [(str(key), str(day)) for key, day in enumerate(WEEKDAYS)]


class AwayForm(OnceForm):
    """Days on which they cannot lead."""

    first_day = DateField(_l("First day"), [Needed(_l("Write the first day"))])
    last_day = DateField(_l("Last day"), [Needed(_l("Write the last day"))])
    send = SubmitField(_l("Add these days"))


class LateForm(OnceForm):
    """How late they will be."""

    minutes = RadioField(
        _l("About how late will you be?"), [Needed(_l("Choose how late you will be"))]
    )
    send = SubmitField(_l("Tell everybody"))

    def offer(self) -> None:
        """A few round numbers."""
        self.minutes.choices = [
            (str(many), _("%(minutes)d minutes", minutes=many)) for many in (5, 10, 15, 20, 30)
        ]


class HandForm(OnceForm):
    """What they need a coordinator for."""

    about = RadioField(
        _l("What is it about?"),
        [Needed(_l("Choose what it is about"))],
        choices=[
            (HandAbout.TALK.value, _l("I would like to talk about this session")),
            (HandAbout.CANCEL.value, _l("I think that this session must be cancelled")),
        ],
    )
    words = LongTextField(
        _l("Anything that helps us to understand (optional)"), rows=4, longest=LONGEST_WORDS
    )
    send = SubmitField(_l("Raise a hand"))


class NoteForm(OnceForm):
    """How it went."""

    words = LongTextField(
        _l("How did it go?"),
        [Needed(_l("Write a few words"))],
        description=_l("What went well, what you would change. Please name no student."),
        rows=6,
        longest=LONGEST_WORDS,
    )
    send = SubmitField(_l("Save the note"))


class PlanForm(OnceForm):
    """What is meant to happen in a session. `version` is the one that was seen."""

    words = LongTextField(
        _l("What do you plan?"),
        description=_l(
            "Times, who does what, what to bring. Whoever leads it with you writes here too."
        ),
        rows=10,
        longest=LONGEST_WORDS,
    )
    version = HiddenField(default="0")
    send = SubmitField(_l("Save the plan"))

    @property
    def seen_version(self) -> int:
        """The version the form was shown with; one that no plan has when it was lost on the way."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else -1
