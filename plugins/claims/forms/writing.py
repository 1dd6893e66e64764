"""One question each: what it was for, what money was spent on, when, how much, the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from plugins.claims.models import LONGEST_WHAT, LONGEST_WORDS, MOST_PENCE, Proof
from plugins.claims.money.amounts import tenths_of
from plugins.claims.queries.purposes import Purpose
from plugins.claims.words import CATEGORIES, PROOFS
from portal.files.api import ACCEPT, REFUSALS, TAKEN, TOO_LARGE, RefusedError
from portal.plugin_api import Words
from portal.plugin_api.access import LARGEST_FILE
from portal.ui.filters import day as long_day
from portal.ui.forms import (
    CheckboxField,
    DateField,
    FileField,
    HiddenField,
    LongTextField,
    MoneyField,
    Needed,
    OnceForm,
    RadioField,
    SubmitField,
    TextField,
)

_FILE = {
    "attributes": {"accept": ACCEPT, "data-most": str(LARGEST_FILE), "data-too-large": TOO_LARGE}
}
ON = _l("Continue")
NONE_OF_THEM = "none"


def pairs(words: Mapping[Any, Words]) -> list[tuple[str, Words]]:
    """Choices of a question, from words by value."""
    return [(one.value, said) for one, said in words.items()]


class MilesField(TextField):
    """Miles as people write them ("30", "12.5"); `data` is tenths of a mile."""

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Turn the text into tenths."""
        if self.errors or not isinstance(self.data, str):
            return
        if not self.data:
            self.data = None
            return
        tenths = tenths_of(self.data)
        if tenths is None:
            raise ValidationError(_l("Write miles as a number, like 30 or 12.5, up to 2,000"))
        self.data = tenths

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data / 10:g}" if isinstance(self.data, int) else self.data or ""


class SpentField(MoneyField):
    """Pounds that were spent: more than nothing."""

    def post_validate(self, form: Any, stopped: bool) -> None:
        """Turn the text into pence."""
        super().post_validate(form, stopped)
        if self.data == 0:
            raise ValidationError(_l("Write an amount of more than nothing"))


MILES = {"inputmode": "decimal", "classes": "govuk-input--width-5", "spellcheck": False}


class ForForm(OnceForm):
    """What it was for."""

    what = TextField(
        _l("What was it for?"),
        [Needed(_l("Say in a few words what it was for"))],
        description=_l("Such as “Co-design meeting on 3 June” or “Leading the sleep course”."),
        longest=LONGEST_WHAT,
    )
    submit = SubmitField(ON)


class PurposeForm(OnceForm):
    """Which of the things that its person takes part in; fields are added, see `purpose_form`."""

    @property
    def chosen(self) -> int | None:
        """The id of the activity; None for none of them."""
        said = str(self["purpose"].data or "")
        return int(said) if said != NONE_OF_THEM else None


def purpose_form(known: Sequence[Purpose], now: int | None, question: Words) -> PurposeForm:
    """The form for these activities, with the one that is said now chosen."""
    choices: list[tuple[str, Words]] = [
        (str(one.id), f"{one.title}, {long_day(one.day)}") for one in known
    ]
    fields: dict[str, Any] = {
        "purpose": RadioField(
            question,
            [Needed(_l("Choose one of these"))],
            choices=[*choices, (NONE_OF_THEM, _l("None of these, or I do not know"))],
            default=str(now) if now else NONE_OF_THEM,
        ),
        "submit": SubmitField(_l("Save")),
    }
    made: PurposeForm = type("PurposesForm", (PurposeForm,), fields)()
    return made


class CategoryForm(OnceForm):
    """What money was spent on."""

    category = RadioField(
        _l("What did you spend money on?"),
        [Needed(_l("Choose what you spent money on"))],
        choices=pairs(CATEGORIES),
    )
    submit = SubmitField(ON)


class WhenForm(OnceForm):
    """The day."""

    day = DateField(
        _l("When was it?"),
        [Needed(_l("Write the day"))],
        description=_l("For example, 27 3 2026. For several days, add each one by itself."),
    )
    submit = SubmitField(ON)


class AmountForm(OnceForm):
    """What it cost."""

    amount = SpentField(
        _l("How much did it cost?"),
        [Needed(_l("Write how much it cost"))],
        description=_l("What you paid in all, like 12.50."),
        most=MOST_PENCE,
    )
    submit = SubmitField(ON)


class DistanceForm(OnceForm):
    """How far it was: no address, no postcode."""

    amount = MilesField(
        _l("How many miles did you travel?"),
        [Needed(_l("Write how many miles it was"))],
        description=_l("There and back together, like 30 or 12.5. We ask for no address."),
        params=MILES,
    )
    submit = SubmitField(ON)


class ReceiptForm(OnceForm):
    """A picture of the receipt, or a word that there is none."""

    proof = RadioField(
        _l("Do you have a receipt?"),
        [Needed(_l("Choose whether you have a receipt"))],
        choices=pairs(PROOFS),
    )
    file = FileField(_l("The picture or PDF, if you have it"), description=TAKEN, params=_FILE)
    part = CheckboxField(_l("I claim only a part of it, as of a taxi that we shared"))
    submit = SubmitField(ON)

    @property
    def sent(self) -> tuple[IO[bytes], str] | None:
        """The file that was chosen, open, and its name; None without one."""
        data = self.file.data
        return (data.stream, data.filename or "") if data else None

    @property
    def chosen(self) -> Proof:
        """What was chosen. Whoever sends a picture has one."""
        return Proof.FILE if self.sent is not None else Proof(self.proof.data)

    def refuse_file(self, error: RefusedError) -> None:
        """Say at the field why the file is not taken."""
        self.refuse("file", REFUSALS[error.refusal])


class WholeForm(OnceForm):
    """What a receipt comes to that is not claimed whole."""

    pence = SpentField(
        _l("What does the receipt come to in all?"),
        [Needed(_l("Write what it comes to in all"))],
        description=_l(
            "Also what others claim of it. All of you together get back no more than that."
        ),
        most=MOST_PENCE,
    )
    submit = SubmitField(ON)


class SendForm(OnceForm):
    """Everything is right. `total` is the sum that was shown, in pence."""

    total = HiddenField()
    submit = SubmitField(_l("Send my claim"))

    @property
    def pence(self) -> int:
        """The sum that was shown; -1, which no claim comes to, where it was lost on the way."""
        text = str(self.total.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


class AnswerForm(SendForm):
    """An answer to what was asked."""

    words = LongTextField(
        _l("Your answer"),
        [Needed(_l("Write your answer"))],
        longest=LONGEST_WORDS,
        rows=4,
    )
    submit = SubmitField(_l("Send my answer"))


class AppealForm(OnceForm):
    """Why somebody else should look again."""

    words = LongTextField(
        _l("Is there anything that they should know? (optional)"),
        longest=LONGEST_WORDS,
        rows=4,
    )
    submit = SubmitField(_l("Ask somebody else to look again"))


class GoForm(OnceForm):
    """A button."""

    submit = SubmitField(_l("Yes"))
