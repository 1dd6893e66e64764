"""The questions of this plugin. One each, wherever that can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from plugins.proposals.models import (
    LONGEST_NAME,
    LONGEST_TEXT,
    LONGEST_TITLE,
    LONGEST_WORDS,
    Answer,
    CommentKind,
    Credit,
)
from plugins.proposals.states import Stage
from plugins.proposals.words import (
    BANDS,
    CREDITS,
    PERSPECTIVES,
    RUNGS,
    SHELVES,
    SUPPORT,
    criterion,
)
from portal.accounts.api import AGREED_CHOICES
from portal.ui.forms import (
    CheckboxField,
    Form,
    HiddenField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SearchField,
    SelectField,
    SubmitField,
    TextField,
)


def _pairs(words: Any) -> list[tuple[Any, Any]]:
    return [(getattr(key, "value", key), text) for key, text in words.items()]


class ListForm(Form):
    """What to show of the list."""

    class Meta(Form.Meta):
        """A question that changes nothing needs no token."""

        csrf = False

    q = SearchField(_l("Words"))
    at = SelectField(_l("Where it stands"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everywhere = [("", _l("Anywhere"))]
        self.at.choices = everywhere + [(key, shelf[0]) for key, shelf in SHELVES.items()]


class StartForm(OnceForm):
    """The one question."""

    words = LongTextField(
        _l("What would you like people to learn?"),
        [Needed(_l("Write what you would like people to learn"))],
        description=_l("A few words are enough. You can change them at any time."),
        longest=LONGEST_WORDS,
    )
    submit = SubmitField(_l("Go on"))


class PartForm(OnceForm):
    """How somebody takes part. Expectations stand above it."""

    words = HiddenField()
    perspective = RadioField(
        _l("What do you bring to this idea?"),
        [Needed(_l("Choose what you bring"))],
        description=_l("Only the people who make it with you see it. It is for this idea alone."),
        choices=_pairs(PERSPECTIVES),
    )
    credit = RadioField(
        _l("How shall we thank you?"),
        [Needed(_l("Choose how we thank you"))],
        description=_l("It stands on the idea’s page. You can change it later."),
        choices=_pairs(CREDITS),
    )
    pseudonym = TextField(_l("The other name (if you chose that)"), longest=LONGEST_NAME)
    agreed = CheckboxField(_l("I have read what to expect, and would like to take part"))
    submit = SubmitField(_l("Take part"))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Another name needs to be one; nothing happens without a yes."""
        good: bool = super().validate(*args, **kwargs)
        if self.credit.data == Credit.PSEUDONYM.value and not self.pseudonym.data:
            self.refuse("pseudonym", _l("Write the other name, or choose another answer above"))
            good = False
        if not self.agreed.data:
            self.refuse("agreed", _l("Tick that you would like to take part, or go back"))
            good = False
        return good


class AuthorForm(PartForm):
    """An idea that a coordinator writes down with somebody, on the phone or in person."""

    name = TextField(_l("What are they called?"), [Needed(_l("Write what they are called"))])
    words = LongTextField(
        _l("What would they like people to learn?"),
        [Needed(_l("Write what they would like people to learn"))],
        description=_l("In their own words. Read it back to them."),
        longest=LONGEST_WORDS,
    )
    how = RadioField(_l("How did they agree?"), [Needed(_l("Choose how they agreed"))])
    agreed = CheckboxField(
        _l("I have read to them what to expect, and they would like to take part")
    )
    submit = SubmitField(_l("Write it down"))

    def __init__(self, *args: Any, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.how.choices = _pairs(AGREED_CHOICES)
        self.perspective.label.text = _l("What do they bring to this idea?")
        self.credit.label.text = _l("How shall we thank them?")
        if known:
            del self.name


class FindForm(Form):
    """Whose idea it is."""

    class Meta(Form.Meta):
        """A question that changes nothing needs no token."""

        csrf = False

    name = SearchField(_l("What are they called?"))


class WriteForm(OnceForm):
    """One section, in Markdown. `base` is the version they began from."""

    words = LongTextField(_l("Your text"), longest=LONGEST_TEXT, rows=14)
    base = HiddenField()
    keep = SubmitField(_l("Keep it"))
    preview = SubmitField(_l("See how it looks"))


class TitleForm(OnceForm):
    """Its name."""

    title = TextField(
        _l("What is it called?"), [Needed(_l("Write what it is called"))], longest=LONGEST_TITLE
    )
    submit = SubmitField(_l("Keep it"))


class CommentForm(OnceForm):
    """What somebody says about a section."""

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
        description=_l("It stands on the page with your name."),
        longest=LONGEST_WORDS,
    )
    submit = SubmitField(_l("Say it"))


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


class MineForm(OnceForm):
    """One's own part: how one is named, and whether one hears once a week."""

    credit = RadioField(
        _l("How shall we thank you?"),
        [Needed(_l("Choose how we thank you"))],
        choices=_pairs(CREDITS),
    )
    pseudonym = TextField(_l("The other name (if you chose that)"), longest=LONGEST_NAME)
    news = CheckboxField(_l("Tell me once a week what happened with it"))
    submit = SubmitField(_l("Save"))


class SupportForm(OnceForm):
    """What would help."""

    kind = RadioField(
        _l("What would help you to take part?"),
        [Needed(_l("Choose what would help"))],
        choices=_pairs(SUPPORT),
    )
    words = LongTextField(
        _l("Is there anything we should know? (optional)"), longest=LONGEST_WORDS, rows=3
    )
    submit = SubmitField(_l("Ask for it"))


class RungForm(OnceForm):
    """The ladder of participation."""

    rung = RadioField(
        _l("How is it being made, as you see it?"),
        [Needed(_l("Choose how you see it"))],
        choices=[(str(n), words) for n, words in enumerate(RUNGS, 1)],
    )
    submit = SubmitField(_l("Save"))


class DeclareForm(OnceForm):
    """Interests, before the text opens."""

    perspective = RadioField(
        _l("What do you bring when you look at it?"),
        [Needed(_l("Choose what you bring"))],
        choices=_pairs(PERSPECTIVES),
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
    """A band and words for each criterion. Fields are added for the criteria: see `review_form`."""

    submit = SubmitField(_l("Send what I see"))

    def bands(self, criteria: Sequence[str]) -> dict[str, tuple[int, str]]:
        """The answers by criterion."""
        return {
            key: (int(self[f"band{n}"].data), self[f"words{n}"].data or "")
            for n, key in enumerate(criteria)
        }


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
        _l("Is there anything that they should know? (optional)"), longest=LONGEST_WORDS, rows=4
    )
    submit = SubmitField(_l("Ask that different people look again"))


class MergeForm(OnceForm):
    """Which idea this one is like."""

    target = RadioField(
        _l("Which idea should it become part of?"), [Needed(_l("Choose an idea"))], coerce=int
    )
    submit = SubmitField(_l("Ask everybody"))


class GoForm(OnceForm):
    """One button."""

    submit = SubmitField(_l("Go on"))
