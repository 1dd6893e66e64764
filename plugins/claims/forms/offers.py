"""What is asked about offers: of whoever gets one, and of whoever makes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from plugins.claims.forms.writing import pairs
from plugins.claims.models import (
    LONGEST_WHAT,
    LONGEST_WORDS,
    MOST_AN_HOUR,
    MOST_MINUTES,
    MOST_VOUCHER,
    Credit,
    Stage,
)
from plugins.claims.money.hours import hours, minutes_of
from plugins.claims.money.recognition import Taken
from plugins.claims.services.answering import Answer
from plugins.claims.words.offers import BASES, BASES_SAID, EXTRAS, KINDS, TAKEN
from portal.plugin_api import Words
from portal.ui.forms import (
    CheckboxesField,
    DateField,
    IntegerField,
    LongTextField,
    MoneyField,
    Needed,
    OnceForm,
    RadioField,
    SelectField,
    SubmitField,
    TextField,
)

HOURS = {"inputmode": "decimal", "classes": "govuk-input--width-5", "spellcheck": False}
CLOSED: Sequence[tuple[str, Words]] = (
    (Stage.DONE.value, _l("It took place, and they took part")),
    (Stage.CANCELLED.value, _l("The college cancelled it: what was agreed stands")),
    (Stage.AWAY.value, _l("It went on without them, for whatever reason")),
)


class HoursField(TextField):
    """Hours as people write them ("2.5", "2:30"); `data` is minutes."""

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Turn the text into minutes."""
        if self.errors or not isinstance(self.data, str):
            return
        if not self.data:
            self.data = None
            return
        minutes = minutes_of(self.data)
        if minutes is None or not 0 < minutes <= MOST_MINUTES:
            raise ValidationError(_l("Write hours as a number, like 2, 2.5 or 2:30"))
        self.data = minutes

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return hours(self.data) if isinstance(self.data, int) else self.data or ""


class TakeForm(OnceForm):
    """What somebody takes: four answers, all alike. See `take_form`."""

    taken = RadioField(
        _l("What would you like to take of the money?"),
        [Needed(_l("Choose what you would like to take"))],
        description=_l(
            "Each answer is as good as the others, and stays between you and whoever pays."
        ),
        choices=pairs(TAKEN),
    )
    pence = MoneyField(_l("How much, if you take less of it"))
    charity = TextField(_l("Which charity, if it goes to one"), longest=LONGEST_WHAT)
    wanted = CheckboxesField(
        _l("What else would you like?"), description=_l("As many as you like, or none.")
    )
    submit = SubmitField(_l("Yes, I take part"))

    @property
    def answer(self) -> Answer:
        """What was answered; where there is no money, nothing is asked about it."""
        wanted = frozenset(self.wanted.data or ()) if "wanted" in self else frozenset()
        if "taken" not in self:
            return Answer(Taken.ALL, wanted=wanted)
        return Answer(Taken(self.taken.data), self.pence.data or 0, self.charity.data or "", wanted)


def take_form(extras: Sequence[tuple[str, Words]], *, money: bool, **kwargs: Any) -> TakeForm:
    """The form for an offer: without a question about money, or about the rest, where there is none."""
    form = TakeForm(**kwargs)
    if not money:
        del form.taken, form.pence, form.charity
    if extras:
        form.wanted.choices = list(extras)
    else:
        del form.wanted
    return form


class CeilingForm(OnceForm):
    """The sum in a week before which somebody wants to be warned."""

    amount = MoneyField(
        _l("Warn me before it would be more than this in one week"),
        description=_l("Such as 100. Leave it empty, and there is no warning."),
    )
    submit = SubmitField(_l("Keep this"))


class ActivityForm(OnceForm):
    """What people are asked to do."""

    kind = RadioField(_l("What is it?"), [Needed(_l("Choose what it is"))], choices=pairs(KINDS))
    basis = RadioField(
        _l("How do people take part?"),
        [Needed(_l("Choose how people take part"))],
        choices=pairs(BASES),
        choice_hints={one.value: said for one, said in BASES_SAID.items()},
    )
    title = TextField(
        _l("What is it called?"),
        [Needed(_l("Write what it is called"))],
        description=_l("Such as “Co-design of the sleep course, second meeting”."),
        longest=LONGEST_WHAT,
    )
    covered = LongTextField(
        _l("What is covered?"),
        [Needed(_l("Write what is covered"))],
        description=_l("What they get back in any case: fares, miles, care for a child, food."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    day = DateField(_l("On which day?"), [Needed(_l("Write the day"))])
    pays_in = IntegerField(
        _l("Within how many working days is it paid?"),
        [Needed(_l("Write how many working days"))],
        description=_l("Counted from the day after it took place. People are promised it."),
        least=1,
        most=90,
    )
    course = TextField(
        _l("Which course is it for? (optional)"),
        description=_l("The address of its page here, such as /courses/sleep-and-rest."),
        longest=LONGEST_WHAT,
    )
    budget = SelectField(_l("Out of which budget? (optional)"), coerce=int)
    submit = SubmitField(_l("Set it up"))


class OfferForm(OnceForm):
    """What one person is offered. See `offer_form`."""

    hours = HoursField(
        _l("How many hours is it, with preparing?"),
        [Needed(_l("Write how many hours"))],
        params=HOURS,
    )
    pence_an_hour = MoneyField(
        _l("How much for an hour?"),
        [Needed(_l("Write how much, or 0"))],
        description=_l("Write 0 where there is no money for it."),
        most=MOST_AN_HOUR,
    )
    voucher = MoneyField(_l("A voucher worth (optional)"), most=MOST_VOUCHER)
    credit = HoursField(_l("Hours of time credit (optional)"), params=HOURS)
    extras = CheckboxesField(_l("What else is offered?"), choices=list(EXTRAS.items()))
    submit = SubmitField(_l("Make this offer"))


def offer_form(*, money: bool, **kwargs: Any) -> OfferForm:
    """The form; for volunteers without money."""
    form = OfferForm(**kwargs)
    if not money:
        del form.pence_an_hour, form.voucher
    return form


class CloseForm(OnceForm):
    """What became of it."""

    stage = RadioField(
        _l("What became of it?"), [Needed(_l("Choose what became of it"))], choices=list(CLOSED)
    )
    submit = SubmitField(_l("Save"))


class HoursForm(OnceForm):
    """Hours that somebody uses, or that are put right."""

    kind = RadioField(
        _l("What is it?"),
        [Needed(_l("Choose what it is"))],
        choices=[
            ("spent", _l("They use hours")),
            ("more", _l("Put right: they have more")),
            ("less", _l("Put right: they have less")),
        ],
    )
    hours = HoursField(_l("How many hours?"), [Needed(_l("Write how many hours"))], params=HOURS)
    words = TextField(
        _l("What for?"),
        [Needed(_l("Say in a few words what for"))],
        description=_l("They read it, too."),
        longest=LONGEST_WHAT,
    )
    submit = SubmitField(_l("Write it down"))

    @property
    def entry(self) -> tuple[Credit, int]:
        """What kind it is, and how many minutes come in or go out."""
        minutes = int(self.hours.data or 0)
        kind = Credit.SPENT if self.kind.data == "spent" else Credit.ADJUSTED
        return kind, minutes if self.kind.data == "more" else -minutes
