"""The questions of stopping somebody's places, of looking at it again, and of saying that it is wrong."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.enrolment.forms.arranging import ASKED
from portal.enrolment.models import AppealOutcome
from portal.ui.forms import DateField, HiddenField, LongTextField, Needed, OnceForm, RadioField

LONGEST_WORDS = 4_000
STANDS, LIFT = AppealOutcome.STANDS.value, AppealOutcome.LIFTED.value


class DecideForm(OnceForm):
    """A decision: why, until when, and when it is looked at again."""

    reason = LongTextField(
        _l("Why?"),
        [Needed(_l("Write why"))],
        description=_l(
            "What happened, in plain words. They can read this when they sign in. Name nobody else."
        ),
        longest=LONGEST_WORDS,
        rows=5,
    )
    last_day = DateField(_l("What is the last day?"), [Needed(_l("Give the last day"))])
    review_on = DateField(
        _l("On which day does somebody look at it again?"),
        [Needed(_l("Give the day"))],
        description=_l(
            "Before the last day. Somebody else than you does that, where there is one."
        ),
    )
    instead = HiddenField()


class ReviewForm(OnceForm):
    """What came of looking at it again."""

    outcome = RadioField(
        _l("Is it still needed?"),
        [Needed(_l("Choose whether it is still needed"))],
        choices=[
            (STANDS, _l("Yes: it stands until its last day")),
            (LIFT, _l("No: they can take places again from now on")),
        ],
    )


class AppealForm(OnceForm):
    """What somebody wants to say about their own."""

    words = LongTextField(
        _l("What do you want us to know?"),
        [Needed(_l("Write what you want us to know"))],
        description=_l("In your own words, as long or as short as you like."),
        longest=LONGEST_WORDS,
        rows=6,
    )


class AppealForForm(OnceForm):
    """What somebody said on the phone, or wrote on paper."""

    how = RadioField(
        _l("How did they say it?"),
        [Needed(_l("Choose how they said it"))],
        choices=list(ASKED.items()),
    )
    words = LongTextField(
        _l("What did they say?"),
        [Needed(_l("Write what they said"))],
        description=_l("In their own words. Read it back to them before you send it."),
        longest=LONGEST_WORDS,
        rows=6,
    )


class AnswerForm(OnceForm):
    """The answer to an appeal."""

    outcome = RadioField(
        _l("What do you decide?"),
        [Needed(_l("Choose what you decide"))],
        choices=[
            (STANDS, _l("It stands until its last day")),
            (LIFT, _l("They can take places again from now on")),
        ],
    )
    answer = LongTextField(
        _l("Your answer to them"),
        [Needed(_l("Write the answer"))],
        description=_l(
            "What you looked at, what you decide, and why. They read it as you write it."
        ),
        longest=LONGEST_WORDS,
        rows=6,
    )
