"""The questions of this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.concerns.models import LONGEST_REACH, LONGEST_WORDS
from portal.concerns.words import OUTCOMES
from portal.ui.forms import (
    CheckboxField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SubmitField,
    TextField,
)

OURS = _l(
    "Only the people on duty read it. Write what happened and what you did, as plainly as you can."
)


class ConcernForm(OnceForm):
    """The one question. Whoever is signed in may leave their name out."""

    words = LongTextField(
        _l("What are you worried about?"),
        [Needed(_l("Write what you are worried about"))],
        description=_l("About you or somebody else. A few words are enough."),
        longest=LONGEST_WORDS,
        rows=6,
    )
    reach = TextField(
        _l("How can we reach you? (optional)"),
        description=_l("For example a phone number, and when it is safe to ring"),
        longest=LONGEST_REACH,
    )
    unnamed = CheckboxField(_l("Leave my name out"))
    submit = SubmitField(_l("Send it"))

    def __init__(self, *args: Any, signed_in: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not signed_in:
            del self.unnamed


class TakeForm(OnceForm):
    """Look after it."""

    submit = SubmitField(_l("I look after this now"))


class NoteForm(OnceForm):
    """Something to write down."""

    words = LongTextField(
        _l("What happened?"),
        [Needed(_l("Write what happened"))],
        description=OURS,
        longest=LONGEST_WORDS,
    )
    submit = SubmitField(_l("Keep this note"))


class HandOnForm(OnceForm):
    """Who is to take it."""

    to = RadioField(_l("Who takes it?"), [Needed(_l("Choose who takes it"))], coerce=int)
    words = LongTextField(
        _l("What should they know? (optional)"), description=OURS, longest=LONGEST_WORDS, rows=3
    )
    submit = SubmitField(_l("Hand it on"))

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to.choices = list(people)


class CloseForm(OnceForm):
    """What became of it."""

    outcome = RadioField(_l("What became of it?"), [Needed(_l("Choose what became of it"))])
    words = LongTextField(
        _l("Why is this the end of it?"),
        [Needed(_l("Write why this is the end of it"))],
        description=OURS,
        longest=LONGEST_WORDS,
        rows=3,
    )
    submit = SubmitField(_l("Close it"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcome.choices = [(one.value, words) for one, words in OUTCOMES.items()]


class EmergencyForm(OnceForm):
    """Whom to call. Empty means nobody."""

    words = LongTextField(
        _l("Whom should we call in an emergency?"),
        description=_l(
            "A name, a phone number, and who they are to you. Leave it empty to name nobody."
        ),
        longest=LONGEST_REACH,
        rows=3,
    )
    submit = SubmitField(_l("Save"))
