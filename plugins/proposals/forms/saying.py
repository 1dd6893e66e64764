"""What is asked of those who say something about an idea, and of those who answer."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from plugins.proposals.forms.making import named, pairs
from plugins.proposals.models import LONGEST_NAME, LONGEST_WORDS, Answer, CommentKind, Credit
from plugins.proposals.words import CREDITS
from portal.ui.forms import (
    HiddenField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SubmitField,
    TextField,
)

AMONG = _l(
    "Only those who make it can read it, also when the idea is open to everybody. Whoever makes it with you "
    "later can, too."
)


class CommentForm(OnceForm):
    """What somebody says about a section. `among`: their page said that it stays with those who make it."""

    among = HiddenField()

    kind = RadioField(
        _l("What is it?"),
        [Needed(_l("Choose what it is"))],
        choices=[
            (CommentKind.COMMENT.value, _l("What I think, or a question")),
            (CommentKind.SUGGESTION.value, _l("Words that I would write instead")),
        ],
        default=CommentKind.COMMENT.value,
    )
    words = LongTextField(
        _l("What would you like to say?"),
        [Needed(_l("Write what you would like to say"))],
        description=_l("It stands on the idea’s page, where you are named as you chose."),
        longest=LONGEST_WORDS,
    )
    submit = SubmitField(_l("Say it"))


class GuestCommentForm(CommentForm):
    """The same for whoever has no part in the idea, and so has not chosen how they are named."""

    words = LongTextField(
        _l("What would you like to say?"),
        [Needed(_l("Write what you would like to say"))],
        description=_l("It stands on the idea’s page, for everybody to read."),
        longest=LONGEST_WORDS,
    )
    credit = RadioField(
        _l("How shall we name you?"),
        [Needed(_l("Choose how we name you"))],
        description=_l("This is for what you say here. You can take your name off it at any time."),
        choices=pairs(CREDITS),
        default=Credit.NONE.value,
    )
    pseudonym = TextField(_l("The other name (if you chose that)"), longest=LONGEST_NAME)
    submit = SubmitField(_l("Say it"))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Another name needs to be one."""
        good: bool = super().validate(*args, **kwargs)
        return named(self) and good


class AnswerForm(OnceForm):
    """The answer to a comment, always with thanks."""

    answer = RadioField(
        _l("What happens with it?"),
        [Needed(_l("Choose what happens with it"))],
        choices=[
            (Answer.YES.value, _l("We take it, or have changed the text")),
            (Answer.NO.value, _l("We leave the text as it is")),
        ],
    )
    thanks = LongTextField(
        _l("Your words to them"),
        [Needed(_l("Write a word of thanks"))],
        description=_l("Begin with thanks. Say what you did with it, or why not."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    submit = SubmitField(_l("Answer"))
