"""Money ahead of an event: asked for, decided, accounted for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugins.claims.forms.writing import SpentField, pairs
from plugins.claims.models import LONGEST_WHAT, LONGEST_WORDS, MOST_PENCE, Decision, Move
from plugins.claims.services.deciding_line import Decided
from plugins.claims.words import DECISIONS
from portal.ui.forms import (
    DateField,
    MoneyField,
    Needed,
    OnceForm,
    RadioField,
    SubmitField,
    TextField,
)


class AskForm(OnceForm):
    """What for, when, how much."""

    what = TextField(
        _l("What is it for?"),
        [Needed(_l("Say in a few words what it is for"))],
        description=_l("Such as “Train and childcare for the meeting in York”."),
        longest=LONGEST_WHAT,
    )
    day = DateField(_l("On which day is it?"), [Needed(_l("Write the day"))])
    pence = SpentField(
        _l("How much will it cost, as far as you know?"),
        [Needed(_l("Write how much it will cost"))],
        description=_l("In all, like 86.20. Afterwards you say what it cost."),
        most=MOST_PENCE,
    )
    submit = SubmitField(_l("Ask for it"))


class DecideForm(OnceForm):
    """Yes, less, or no."""

    decision = RadioField(
        _l("Is it paid ahead?"),
        [Needed(_l("Choose whether it is paid ahead"))],
        choices=pairs(DECISIONS),
    )
    pence = MoneyField(_l("How much, if it is less"), most=MOST_PENCE)
    reason = TextField(
        _l("Why, if it is not all of it"),
        description=_l("In plain words; whoever asked reads them."),
        longest=LONGEST_WORDS,
    )
    submit = SubmitField(_l("Decide"))

    @property
    def said(self) -> Decided:
        """What was decided."""
        return Decided(Decision(self.decision.data), self.pence.data or 0, self.reason.data or "")


class SettleForm(OnceForm):
    """Some of it came back, or is let go."""

    how = RadioField(
        _l("What happened with it?"),
        [Needed(_l("Choose what happened"))],
        choices=[
            (Move.RETURNED.value, _l("It was given back")),
            (Move.WRITTEN_OFF.value, _l("The college lets it go")),
        ],
    )
    pence = SpentField(_l("How much?"), [Needed(_l("Write how much"))], most=MOST_PENCE)
    submit = SubmitField(_l("Note it"))
