"""The questions of the board, and of the chat that follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import clock
from portal.accounts.api import AGREED_CHOICES
from portal.facilitators.models import Opportunity, OpportunityKind
from portal.facilitators.models.opportunities import (
    LONGEST_PART,
    LONGEST_PLACE,
    LONGEST_TITLE,
    LONGEST_WORDS,
)
from portal.facilitators.services.opportunities import Chat, OpportunityWords
from portal.facilitators.words.pathway import KINDS, OUTCOMES
from portal.ui.forms import (
    CheckboxField,
    DateField,
    HiddenField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SelectField,
    SubmitField,
    TextField,
    TimeField,
)

LONGEST_VERSION = 9  # digits


class OpportunityForm(OnceForm):
    """What people need to know before they say that they like it."""

    kind = RadioField(
        _l("What would somebody be?"),
        [Needed(_l("Choose one"))],
        choices=[(one.value, words) for one, words in KINDS.items()],
    )
    title = TextField(
        _l("What is it called?"), [Needed(_l("Give it a name"))], longest=LONGEST_TITLE
    )
    what = LongTextField(
        _l("What does somebody do?"),
        [Needed(_l("Write what somebody does"))],
        longest=LONGEST_PART,
        rows=5,
    )
    hours = LongTextField(
        _l("How many hours, and who decides when?"),
        [Needed(_l("Write how many hours, and who decides"))],
        longest=LONGEST_PART,
        rows=3,
    )
    support = LongTextField(
        _l("What support is there?"),
        [Needed(_l("Write what support there is"))],
        longest=LONGEST_PART,
        rows=3,
    )
    money = LongTextField(
        _l("What about money?"),
        [Needed(_l("Write what is paid"))],
        description=_l("Pay, travel, meals, care. What it may mean for benefits stands below it."),
        longest=LONGEST_PART,
        rows=3,
    )
    leads = CheckboxField(
        _l("It is leading sessions: whoever likes it begins on the way to leading")
    )
    last_day = DateField(_l("What is the last day it is on the board? (optional)"))
    version = HiddenField()
    submit = SubmitField(_l("Save"))

    @classmethod
    def showing(cls, one: Opportunity) -> OpportunityForm:
        """The form with what stands there now."""
        names = ("title", "what", "hours", "support", "money", "leads", "last_day", "version")
        return cls(data={"kind": one.kind.value, **{name: getattr(one, name) for name in names}})

    @property
    def seen_version(self) -> int:
        """The version the form was shown with; one that no record has when it was lost on the way."""
        text = str(self.version.data or "")
        return (
            int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_VERSION else -1
        )

    def words(self) -> OpportunityWords:
        """What was typed, for the service."""
        return OpportunityWords(
            kind=OpportunityKind(self.kind.data),
            title=self.title.data,
            what=self.what.data,
            hours=self.hours.data,
            support=self.support.data,
            money=self.money.data,
            leads=bool(self.leads.data),
            last_day=self.last_day.data,
        )


class ChatForm(OnceForm):
    """A time to talk."""

    on_day = DateField(_l("On which day?"), [Needed(_l("Give the day"))])
    at = TimeField(_l("At what time?"), [Needed(_l("Give the time"))])
    with_whom = SelectField(_l("Who talks with them?"), [Needed(_l("Choose somebody"))])
    place = TextField(
        _l("Where, or on which number?"),
        [Needed(_l("Write where, or on which number"))],
        description=_l("For example “at Quay House”, or “we ring you on 01632 960123”."),
        longest=LONGEST_PLACE,
    )
    agreed = CheckboxField(_l("They have said already that it suits them"))
    submit = SubmitField(_l("Tell them"))

    def __init__(self, *args: Any, people: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.with_whom.choices = [
            ("", _l("Choose somebody")),
            *((str(key), name) for key, name in people.items()),
        ]

    def chat(self, zone: str) -> Chat:
        """What was typed, for the service."""
        wall = datetime.combine(self.on_day.data, self.at.data)
        return Chat(clock.wall_to_utc(wall, zone), int(self.with_whom.data), self.place.data)


class AnotherTimeForm(OnceForm):
    """What would suit them."""

    words = LongTextField(
        _l("When would suit you? (optional)"),
        description=_l("For example “mornings”, or “not before March”. Nobody asks why."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    submit = SubmitField(_l("Ask for another time"))


class OutcomeForm(OnceForm):
    """What came of it."""

    outcome = RadioField(
        _l("What came of it?"),
        [Needed(_l("Choose what came of it"))],
        choices=[(one.value, words) for one, words in OUTCOMES.items()],
    )
    submit = SubmitField(_l("Put it down"))


class LikeForForm(OnceForm):
    """Somebody told us that they like it."""

    how = RadioField(
        _l("How did they say it?"),
        [Needed(_l("Choose how they said it"))],
        choices=list(AGREED_CHOICES.items()),
    )
    submit = SubmitField(_l("Put it down"))
