"""What coordinators say about whoever leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.api import AGREED_CHOICES
from portal.courses.api import PERSPECTIVES, Perspective
from portal.facilitators.models import ClearanceKind, Stage
from portal.facilitators.models.pathway import LONGEST_WHY
from portal.facilitators.services.availability import MOST_A_WEEK, Told
from portal.facilitators.words import CLEARANCES, STAGES, WEEKDAYS
from portal.ui.forms import (
    CheckboxesField,
    CheckboxField,
    DateField,
    IntegerField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SelectField,
    SubmitField,
    TimeField,
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
    why = LongTextField(
        _l("Why, if a step is still to come"),
        description=_l("They read it. Nobody asks why of a rest or an end: leave it empty then."),
        rows=3,
        longest=LONGEST_WHY,
    )
    send = SubmitField(_l("Save"))

    def offer(self, stages: Iterable[Stage]) -> None:
        """The steps that follow."""
        self.stage.choices = [(one.value, str(STAGES[one])) for one in stages]


class ToldForm(OnceForm):
    """What somebody told a coordinator about when they can lead."""

    most = IntegerField(
        _l("How many sessions a week would they lead at most?"),
        [Needed(_l("Write a number, such as 2"))],
        most=MOST_A_WEEK,
    )
    topics = CheckboxesField(_l("What do they like to lead?"))
    any_time = CheckboxField(_l("The times of the week above do not hold any more"))
    weekday = SelectField(_l("One more time of the week (optional)"))
    since = TimeField(_l("From, on that day of the week"))
    until = TimeField(_l("Until, on that day of the week"))
    first_day = DateField(
        _l("First day on which they cannot (optional)"),
        description=_l("Do not ask why. You do not see the days that they gave before."),
    )
    last_day = DateField(_l("Last day on which they cannot"))
    how = RadioField(
        _l("How did they say it?"),
        [Needed(_l("Choose how they said it"))],
        choices=list(AGREED_CHOICES.items()),
    )
    send = SubmitField(_l("Put it down"))

    def offer(self, topics: Mapping[int, str], *, has_times: bool) -> None:
        """The catalogue's topics, and the days of the week. Without times nothing can be taken away."""
        if not has_times:
            del self.any_time
        self.topics.choices = [(str(key), name) for key, name in topics.items()]
        self.weekday.choices = [
            ("", _("None")),
            *((str(key), str(day)) for key, day in enumerate(WEEKDAYS)),
        ]

    def told(self) -> Told | None:
        """What was typed, for the service; None when a half of something is missing, which is said there."""
        window = away = None
        if self.weekday.data:
            if self.since.data is None or self.until.data is None:
                self.refuse(
                    "until" if self.since.data else "since", _("Write a time, such as 10am")
                )
            else:
                window = int(self.weekday.data), self.since.data, self.until.data
        elif self.since.data or self.until.data:
            self.refuse("weekday", _("Choose the day of the week"))
        if self.first_day.data and self.last_day.data:
            away = self.first_day.data, self.last_day.data
        elif self.first_day.data or self.last_day.data:
            missing = "last_day" if self.first_day.data else "first_day"
            self.refuse(missing, _("Give both the first and the last day"))
        if self.errors:
            return None
        return Told(
            most=int(self.most.data),
            topics=[int(one) for one in self.topics.data or ()],
            any_time="any_time" in self and bool(self.any_time.data),
            window=window,
            away=away,
        )


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
