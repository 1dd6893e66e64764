"""The questions about support and references."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import clock
from portal.facilitators.models import SupportKind, SupportSlot, TimeCounts
from portal.facilitators.models.references import (
    LONGEST_NAME,
    LONGEST_PURPOSE,
)
from portal.facilitators.models.references import LONGEST_WORDS as LONGEST_REFERENCE
from portal.facilitators.models.support import LONGEST_MINUTES, LONGEST_PLACE, LONGEST_WORDS
from portal.facilitators.services.references import Signature
from portal.facilitators.services.support import SlotGiven
from portal.facilitators.words.pathway import COUNTS, SUPPORT, SUPPORT_HINTS
from portal.ui.forms import (
    DateField,
    IntegerField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SelectField,
    SubmitField,
    TextField,
    TimeField,
)


def _kinds() -> dict[str, Any]:
    return {
        "choices": [(one.value, words) for one, words in SUPPORT.items()],
        "choice_hints": {one.value: words for one, words in SUPPORT_HINTS.items()},
    }


class SlotForm(OnceForm):
    """A time for somebody."""

    kind = RadioField(_l("What is it for?"), [Needed(_l("Choose what it is for"))], **_kinds())
    on_day = DateField(_l("On which day?"), [Needed(_l("Give the day"))])
    at = TimeField(_l("At what time?"), [Needed(_l("Give the time"))])
    minutes = IntegerField(
        _l("How many minutes?"),
        [Needed(_l("Give the minutes"))],
        least=1,
        most=LONGEST_MINUTES,
    )
    with_whom = SelectField(_l("With whom?"))
    place = TextField(_l("Where, or on which number? (optional)"), longest=LONGEST_PLACE)
    counts = RadioField(
        _l("How does this time count?"),
        [Needed(_l("Choose how it counts"))],
        choices=[(one.value, words) for one, words in COUNTS.items()],
    )
    submit = SubmitField(_l("Save"))

    def __init__(self, *args: Any, people: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.with_whom.choices = [
            ("", _l("Nobody in particular")),
            *((str(key), name) for key, name in people.items()),
        ]

    @classmethod
    def showing(cls, slot: SupportSlot, people: Mapping[int, str], zone: str) -> SlotForm:
        """The form with the time as it is planned."""
        wall = clock.utc_to_wall(slot.starts_at, zone)
        return cls(
            people=people,
            data={
                "kind": slot.kind.value,
                "on_day": wall.date(),
                "at": wall.time(),
                "minutes": slot.minutes,
                "with_whom": str(slot.with_id or ""),
                "place": slot.place,
                "counts": slot.counts.value,
            },
        )

    def given(self, zone: str) -> SlotGiven:
        """What was typed, for the service."""
        wall = datetime.combine(self.on_day.data, self.at.data)
        return SlotGiven(
            kind=SupportKind(self.kind.data),
            starts_at=clock.wall_to_utc(wall, zone),
            minutes=self.minutes.data,
            counts=TimeCounts(self.counts.data),
            with_id=int(self.with_whom.data) if self.with_whom.data else None,
            place=self.place.data or "",
        )


class AskSupportForm(OnceForm):
    """What somebody would like a time for."""

    kind = RadioField(
        _l("What would you like a time for?"), [Needed(_l("Choose what it is for"))], **_kinds()
    )
    submit = SubmitField(_l("Ask for a time"))


class AdjustmentsForm(OnceForm):
    """What somebody needs, and who may read it."""

    supporter = RadioField(
        _l("Who may read it?"),
        [Needed(_l("Choose who may read it"))],
        description=_l("One person, and nobody else."),
    )
    words = LongTextField(
        _l("What do you need, so that this work is good for you?"),
        [Needed(_l("Write what you need, or remove it below"))],
        description=_l(
            "For example a seat by the door, no mornings, or what helps on a bad day. You need not say why."
        ),
        longest=LONGEST_WORDS,
        rows=6,
    )
    submit = SubmitField(_l("Save"))

    def __init__(self, *args: Any, people: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.supporter.choices = [(str(key), name) for key, name in people.items()]


class ReferenceForm(OnceForm):
    """What a reference is for."""

    purpose = LongTextField(
        _l("What is it for?"),
        [Needed(_l("Write what it is for"))],
        description=_l(
            "For example “a job in a library”. Say what you would like to be in it, if you know."
        ),
        longest=LONGEST_PURPOSE,
        rows=3,
    )
    submit = SubmitField(_l("Ask for it"))


class SignForm(OnceForm):
    """The reference itself."""

    words = LongTextField(
        _l("What do you say about them?"),
        [Needed(_l("Write what you say about them"))],
        description=_l(
            "They read every word. Their name and the time they gave stand above it. Say nothing about "
            "anybody’s health."
        ),
        longest=LONGEST_REFERENCE,
        rows=10,
    )
    office = TextField(
        _l("What are you here?"),
        [Needed(_l("Write what you are here"))],
        description=_l("It stands under your name, for example “Coordinator”."),
        longest=LONGEST_NAME,
    )
    submit = SubmitField(_l("Sign it"))

    def signature(self) -> Signature:
        """What was typed, for the service."""
        return Signature(self.words.data, self.office.data)
