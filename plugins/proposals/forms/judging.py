"""What reviewers and those who decide are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from plugins.proposals.forms.making import pairs
from plugins.proposals.models import LONGEST_WORDS
from plugins.proposals.states import Stage
from plugins.proposals.words import BANDS, PERSPECTIVES, criterion
from portal.ui.forms import (
    HiddenField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SelectField,
    SubmitField,
    TextField,
)


class DeclareForm(OnceForm):
    """Interests, before the text opens."""

    perspective = RadioField(
        _l("What do you bring when you look at it?"),
        [Needed(_l("Choose what you bring"))],
        choices=pairs(PERSPECTIVES),
    )
    interests = LongTextField(
        _l("Do you, or somebody close to you, gain or lose by it? (optional)"),
        description=_l(
            "Leave it empty if not. Having an interest is no shame; hiding one would be."
        ),
        longest=LONGEST_WORDS,
        rows=3,
    )
    employer = TextField(_l("Does your employer gain or lose by it? Which is it? (optional)"))
    submit = SubmitField(_l("Open the text"))


class ReviewForm(OnceForm):
    """A band and words for each criterion. Fields are added for the criteria: see `review_form`.

    `version` is the one that the reviewer has read.
    """

    version = HiddenField()
    submit = SubmitField(_l("Send what I see"))

    def bands(self, criteria: Sequence[str]) -> dict[str, tuple[int, str]]:
        """The answers by criterion."""
        return {
            key: (int(self[f"band{n}"].data), self[f"words{n}"].data or "")
            for n, key in enumerate(criteria)
        }


class ConfirmForm(OnceForm):
    """One button: the new `version` was read, and changes nothing for the reviewer."""

    version = HiddenField()


def review_form(criteria: Sequence[str], **kwargs: Any) -> ReviewForm:
    """The form of a college's own criteria."""
    fields: dict[str, Any] = {}
    for n, key in enumerate(criteria):
        fields[f"band{n}"] = RadioField(
            criterion(key),
            [Needed(_l("Choose what you see"))],
            choices=[(str(band), words) for band, words in enumerate(BANDS)],
        )
        fields[f"words{n}"] = LongTextField(_l("Why? (optional)"), longest=LONGEST_WORDS, rows=2)
    made: ReviewForm = type(
        "CriteriaForm", (ReviewForm,), {**fields, "submit": SubmitField(_l("Send what I see"))}
    )(**kwargs)
    return made


class DecideForm(OnceForm):
    """The decision. Reasons by criterion are added for `not now`: see `decide_form`."""

    outcome = RadioField(
        _l("What is the answer?"),
        [Needed(_l("Choose the answer"))],
        choices=[
            (Stage.ADOPTED.value, _l("Yes")),
            (Stage.ADOPTED_CHANGED.value, _l("Yes, with changes")),
            (Stage.NOT_NOW.value, _l("Not now")),
        ],
    )
    topic = SelectField(_l("Where does it stand in the catalogue? (for a yes)"), coerce=int)
    change = LongTextField(
        _l("What changes, or what would change the answer?"),
        description=_l("Needed for “yes, with changes” and for “not now”."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    contact = TextField(
        _l("Who can be asked, and how?"),
        description=_l("A name and a phone number. Needed for “not now”."),
    )


def decide_form(criteria: Sequence[str], shelves: Sequence[tuple[int, str]]) -> DecideForm:
    """The form with a question for each criterion."""
    fields: dict[str, Any] = {
        f"reason{n}": LongTextField(
            _l("Why, about “%(question)s”?", question=criterion(key)),
            description=_l("Needed for “not now”.") if not n else "",
            longest=LONGEST_WORDS,
            rows=2,
        )
        for n, key in enumerate(criteria)
    }
    fields["submit"] = SubmitField(_l("Decide"))
    form: DecideForm = type("CriteriaForm", (DecideForm,), fields)()
    form.topic.choices = list(shelves)
    return form


class TalkForm(OnceForm):
    """What was said in a conversation."""

    words = LongTextField(
        _l("What did you talk about, and what did both sides see?"),
        [Needed(_l("Write what you talked about"))],
        description=_l("Everybody who can read the idea can read it. Read it out at the end."),
        longest=LONGEST_WORDS,
    )
    submit = SubmitField(_l("Keep it"))


class AppealForm(OnceForm):
    """Why others should look again."""

    words = LongTextField(
        _l("Is there anything that they should know? (optional)"),
        description=_l("Everybody who can read the idea can read it."),
        longest=LONGEST_WORDS,
        rows=4,
    )
    submit = SubmitField(_l("Ask that different people look again"))
