"""Planning, changing and copying runs; adding and moving sessions; who leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.courses.forms.base import (
    OnceForm,
    VersionedForm,
    answer,
    number_or_none,
    term_choices,
    venue_choices,
)
from portal.courses.models import CourseSession, Mode, Perspective, Run, Term, Venue
from portal.courses.services.planning import LARGEST_CAP, RunPlan, Weekly
from portal.courses.services.schedule import LONGEST_MINUTES, MOST_SESSIONS
from portal.courses.services.sessions import NewTime
from portal.courses.words import MODES, PERSPECTIVES
from portal.ui.forms import (
    CheckboxField,
    DateField,
    IntegerField,
    LongTextField,
    Needed,
    RadioField,
    SelectField,
    TextField,
    TimeField,
)

ONE_DATE = re.compile(r"[,;\n]+")
DATE_FORMATS = ("%d %B %Y", "%d %b %Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %m %Y")
ROOM_SHARED = _l("Both fit in: use the room anyway")


class DatesField(LongTextField):
    """Some dates, one on each line, as people write them; `data` is a list of `datetime.date`."""

    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "\n".join(day.isoformat() for day in self.data or ())

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002 - WTForms' signature
        """Turn the lines into dates."""
        if self.errors or not isinstance(self.data, str | None):
            return
        lines = [line.strip() for line in ONE_DATE.split(self.data or "") if line.strip()]
        dates = []
        for line in lines:
            day = read_date(line)
            if day is None:
                raise ValidationError(_("“%(text)s” is not a date we can read", text=line[:40]))
            dates.append(day)
        self.data = dates


def read_date(text: str) -> date | None:
    """The date in "5 April 2027", "5/4/2027" or "2027-04-05"; None when it is none."""
    text = " ".join(text.split())
    for form in DATE_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None


class RunForm(VersionedForm):
    """Where, how and for how many."""

    term_id = SelectField(_l("Term"), [Needed(_l("Choose a term from the list"))])
    mode = RadioField(
        _l("How do people take part?"),
        [Needed(_l("Choose how people take part"))],
        choices=[(mode.value, words) for mode, words in MODES.items()],
    )
    venue_id = SelectField(_l("Venue"))
    room_shared = CheckboxField(ROOM_SHARED)
    learning_cap = IntegerField(
        _l("Places"),
        [Needed(_l("Say how many people can take part"))],
        description=_l("How many learn well together, in the room and online."),
        least=1,
        most=LARGEST_CAP,
    )
    online_cap = IntegerField(
        _l("Of these, at most online"),
        description=_l("Leave it empty for no separate limit."),
        most=LARGEST_CAP,
    )
    first_required = CheckboxField(
        _l("The first session is needed"),
        description=_l(
            "Everybody reads it before they decide. Whoever misses the first session is offered the "
            "next dates, and nobody joins later without a coordinator."
        ),
    )
    why = LongTextField(
        _l("What did you change, and why?"),
        description=_l("A few words for the history."),
        rows=2,
        longest=500,
    )

    def offer(self, terms: Sequence[Term], venues: Sequence[Venue]) -> None:
        """Fill the lists of terms and venues."""
        self.term_id.choices = term_choices(terms)
        self.venue_id.choices = venue_choices(venues, _l("Not decided yet"))

    def plan(self, *, online_link: str = "") -> RunPlan:
        """What was typed, for the service."""
        return RunPlan(
            term_id=number_or_none(self.term_id.data) or 0,
            mode=Mode(answer(self.mode)),
            venue_id=number_or_none(self.venue_id.data),
            learning_cap=answer(self.learning_cap),
            online_cap=self.online_cap.data,
            first_required=bool(self.first_required.data),
            online_link=online_link,
        )

    @classmethod
    def showing(cls, run: Run) -> RunForm:
        """The form with what is planned now."""
        return cls(
            data={
                "version": str(run.version),
                "term_id": str(run.term_id),
                "mode": run.mode.value,
                "venue_id": str(run.venue_id or ""),
                "learning_cap": run.learning_cap,
                "online_cap": run.online_cap,
                "first_required": run.first_required,
            }
        )


class PlanRunForm(RunForm):
    """A run from its first date on."""

    first_on = DateField(
        _l("When is the first session?"),
        [Needed(_l("Give the date of the first session"))],
        description=_l("For example 1 3 2027. The others follow every week on the same day."),
    )
    starts = TimeField(
        _l("What time does it start?"),
        [Needed(_l("Give the time it starts"))],
        description=_l("Local time, such as 10am. It stays the same when the clocks change."),
    )
    minutes = IntegerField(
        _l("How many minutes is a session?"),
        [Needed(_l("Say how long a session is"))],
        description=_l("For example 120 for two hours."),
        least=1,
        most=LONGEST_MINUTES,
    )
    count = IntegerField(
        _l("How many sessions?"),
        [Needed(_l("Say how many sessions there are"))],
        least=1,
        most=MOST_SESSIONS,
    )
    skip_bank_holidays = CheckboxField(_l("Leave out bank holidays"))
    skip = DatesField(
        _l("Other dates to leave out"),
        description=_l("One on each line, such as 5 April 2027."),
        rows=2,
    )
    online_link = TextField(
        _l("Link to join online"),
        description=_l("Only people who have a place will see it. You can add it later."),
        longest=500,
        params={"spellcheck": False},
    )

    def when(self) -> Weekly:
        """The dates that were typed, for the service."""
        return Weekly(
            first_on=answer(self.first_on),
            starts=answer(self.starts),
            minutes=answer(self.minutes),
            count=answer(self.count),
            skip_bank_holidays=bool(self.skip_bank_holidays.data),
            skip=tuple(self.skip.data or ()),
        )


class CopyRunForm(OnceForm):
    """The same run again, in another term."""

    term_id = SelectField(_l("Into which term?"), [Needed(_l("Choose a term from the list"))])
    first_on = DateField(
        _l("When is the first session?"),
        description=_l("Leave it empty to begin in the same week of the term as last time."),
    )
    room_shared = CheckboxField(ROOM_SHARED)

    def offer(self, terms: Sequence[Term]) -> None:
        """Fill the list of terms."""
        self.term_id.choices = term_choices(terms)


class SessionForm(OnceForm):
    """One more session."""

    day = DateField(_l("Which day?"), [Needed(_l("Give the date"))])
    starts = TimeField(
        _l("What time does it start?"),
        [Needed(_l("Give the time it starts"))],
        description=_l("Local time, such as 10am."),
    )
    minutes = IntegerField(
        _l("How many minutes?"),
        [Needed(_l("Say how long it is"))],
        least=1,
        most=LONGEST_MINUTES,
    )
    venue_id = SelectField(_l("Where?"))
    room_shared = CheckboxField(ROOM_SHARED)

    def offer(self, venues: Sequence[Venue]) -> None:
        """Fill the list of venues."""
        self.venue_id.choices = venue_choices(venues, _l("The run’s own venue"))

    def time(self) -> NewTime:
        """What was typed, for the service."""
        return NewTime(
            day=answer(self.day),
            starts=answer(self.starts),
            minutes=answer(self.minutes),
            venue_id=number_or_none(self.venue_id.data),
        )


class MoveForm(VersionedForm, SessionForm):
    """Another time or place for a session."""

    reason = LongTextField(
        _l("Why does it move?"),
        [Needed(_l("Say why: everybody who has a place will read it"))],
        description=_l("Everybody who has a place will read this. Plain and short is kind."),
        rows=3,
        longest=500,
    )

    @classmethod
    def showing(cls, one: CourseSession) -> MoveForm:
        """The form with when and where it is now."""
        return cls(
            data={
                "version": str(one.version),
                "day": one.local_date,
                "starts": one.local_time,
                "minutes": one.minutes,
                "venue_id": str(one.venue_id or ""),
            }
        )


class TellForm(OnceForm):
    """What students read about a session."""

    note = LongTextField(
        _l("A note to students"),
        description=_l("For example “Please use the side door today”."),
        rows=3,
        longest=1000,
    )
    online_link = TextField(
        _l("Link to join online"),
        description=_l("Only people who have a place will see it."),
        longest=500,
        params={"spellcheck": False},
    )


class LeaderForm(OnceForm):
    """Who leads a session, and what they bring to it."""

    person_id = RadioField(_l("Who?"), [Needed(_l("Choose a person"))])
    perspective = RadioField(
        _l("What do they bring to this session?"),
        [Needed(_l("Choose what they bring"))],
        description=_l("As they said themselves, for this session only."),
        choices=[(one.value, words) for one, words in PERSPECTIVES.items()],
    )

    def chosen(self) -> tuple[int, Perspective]:
        """The person's id and the perspective."""
        return int(answer(self.person_id)), Perspective(answer(self.perspective))


class WaiverForm(OnceForm):
    """Why a session can go ahead without a pair."""

    reason = LongTextField(
        _l("Why can it go ahead without a pair?"),
        [Needed(_l("Say why this session can go ahead without a pair"))],
        description=_l("This goes into the history, with your name and the date."),
        rows=3,
        longest=500,
    )
