"""The questions of this room."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.privacy.models import LONGEST_WORDS, AskedHow
from portal.privacy.services.for_others import Asking
from portal.ui.forms import (
    CheckboxField,
    DateField,
    Form,
    HiddenField,
    LongTextField,
    Needed,
    RadioField,
    SubmitField,
)


class EraseForm(Form):
    """Sure? `told` goes with the answer: it says what the person has read about what is held."""

    sure = CheckboxField(
        _l("I have read this, and I know that it cannot be undone"),
        [Needed(_l("Tick the box if you want to be erased"))],
    )
    told = HiddenField()
    submit = SubmitField(_l("Erase me now"))


class AskForm(Form):
    """What somebody looks for, if they like to say."""

    words = LongTextField(
        _l("Is there something you look for? (optional)"),
        description=_l("It helps us to find it sooner. You do not have to say why."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    submit = SubmitField(_l("Ask for my whole record"))


class AskedForm(Form):
    """How and when somebody asked, and that whoever writes it down knows that it was them."""

    how = RadioField(
        _l("How did they ask?"),
        [Needed(_l("Choose how they asked"))],
        choices=[
            (AskedHow.PHONE.value, _l("On the phone")),
            (AskedHow.LETTER.value, _l("In a letter")),
            (AskedHow.IN_PERSON.value, _l("In person")),
        ],
    )
    asked_on = DateField(
        _l("When did they ask?"), description=_l("Leave it empty if it was today.")
    )
    known = CheckboxField(
        _l(
            "I know that it was them: we met, or I rang back on a number that we had from them before"
        ),
        [Needed(_l("Make sure that it is them, then tick the box"))],
    )

    today: date

    def validate_asked_on(self, field: DateField) -> None:
        """Nobody has asked tomorrow."""
        if field.data and field.data > self.today:
            raise ValidationError(_("Give a day that is not after today"))

    @property
    def asking(self) -> Asking:
        """What was written down."""
        return Asking(AskedHow(self.how.data), self.asked_on.data or self.today)


class AskForForm(AskedForm):
    """Somebody wants to have everything we hold about them."""

    words = LongTextField(
        _l("Is there something they look for? (optional)"),
        description=_l("In their own words. They do not have to say why."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    submit = SubmitField(_l("Write down that they ask for it"))


class EraseForForm(AskedForm):
    """Somebody wants to be erased. `told` goes with the answer: it says what they were told is held."""

    words = LongTextField(
        _l("What did they say, and how do you know that it was them?"),
        [Needed(_l("Write down what they said, and how you know that it was them"))],
        description=_l("The second person reads this, and they can have it with their data."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    sure = CheckboxField(
        _l("They have heard or read all of this, and still want to be erased"),
        [Needed(_l("Tell them all of this first, then tick the box"))],
    )
    told = HiddenField()
    submit = SubmitField(_l("Write down that they want to be erased"))


class ConfirmErasureForm(Form):
    """The second person is sure too. `told` says what they have read."""

    sure = CheckboxField(
        _l("I am sure that they asked for it themselves, and they know that it cannot be undone"),
        [Needed(_l("Make sure that it was them, then tick the box"))],
    )
    told = HiddenField()
    submit = SubmitField(_l("Erase them now"))


class SayNoForm(Form):
    """A button: opening a link alone changes nothing."""

    submit = SubmitField(_l("No, do not erase me"))


class AnswerForm(Form):
    """What somebody answers to our question."""

    words = LongTextField(
        _l("Your answer"), [Needed(_l("Write your answer"))], longest=LONGEST_WORDS, rows=4
    )
    submit = SubmitField(_l("Send my answer"))


class QuestionForm(Form):
    """What the data guardian needs to know first."""

    words = LongTextField(
        _l("What do you need to know?"),
        [Needed(_l("Write what you need to know"))],
        description=_l("They read this after signing in, or somebody reads it to them."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    submit = SubmitField(_l("Ask them, and stop the clock"))


class SaidForm(Form):
    """What the person answered on the phone or in a letter."""

    words = LongTextField(
        _l("What did they answer?"),
        [Needed(_l("Write what they answered"))],
        longest=LONGEST_WORDS,
        rows=3,
    )
    submit = SubmitField(_l("Write it down, and let the clock go on"))


class ReleaseForm(Form):
    """Everything was read. `seen` says what that was; which rows stay out are buttons of the page itself."""

    words = LongTextField(
        _l("What do you want to say with it? (optional)"),
        description=_l("If you leave something out, say why, as far as you can."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    read = CheckboxField(
        _l("I have read every row. Nothing that stays in is about somebody else."),
        [Needed(_l("Read every row, then tick the box"))],
    )
    seen = HiddenField()
    submit = SubmitField(_l("Give it out"))


class RefuseForm(Form):
    """Why not."""

    words = LongTextField(
        _l("Why can it not be given out?"),
        [Needed(_l("Write why"))],
        description=_l("They read this. The law allows it only for few reasons."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    submit = SubmitField(_l("Say no"))
