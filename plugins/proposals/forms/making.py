"""What those who make an idea are asked."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from plugins.proposals.models import (
    LONGEST_NAME,
    LONGEST_TEXT,
    LONGEST_TITLE,
    LONGEST_WORDS,
    Credit,
)
from plugins.proposals.words import (
    CREDITS,
    PERSPECTIVES,
    RUNGS,
    SHELVES,
    SUPPORT,
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


def named(form: Form) -> bool:
    """True unless another name was chosen and not given, which is said at its field."""
    if form["credit"].data != Credit.PSEUDONYM.value or form["pseudonym"].data:
        return True
    form.refuse("pseudonym", _l("Write the other name, or choose another answer above"))
    return False


def pairs(words: Any) -> list[tuple[Any, Any]]:
    """(value, words) of a table of words, for a field's choices."""
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
        choices=pairs(PERSPECTIVES),
    )
    credit = RadioField(
        _l("How shall we thank you?"),
        [Needed(_l("Choose how we thank you"))],
        description=_l("It stands on the idea’s page. You can change it later."),
        choices=pairs(CREDITS),
    )
    pseudonym = TextField(_l("The other name (if you chose that)"), longest=LONGEST_NAME)
    agreed = CheckboxField(_l("I have read what to expect, and would like to take part"))
    submit = SubmitField(_l("Take part"))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Another name needs to be one; nothing happens without a yes."""
        good: bool = super().validate(*args, **kwargs)
        good = named(self) and good
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
        self.how.choices = pairs(AGREED_CHOICES)
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


class MineForm(OnceForm):
    """One's own part: how one is named, and whether one hears once a week."""

    credit = RadioField(
        _l("How shall we thank you?"),
        [Needed(_l("Choose how we thank you"))],
        choices=pairs(CREDITS),
    )
    pseudonym = TextField(_l("The other name (if you chose that)"), longest=LONGEST_NAME)
    news = CheckboxField(_l("Tell me once a week what happened with it"))
    submit = SubmitField(_l("Save"))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Another name needs to be one."""
        good: bool = super().validate(*args, **kwargs)
        return named(self) and good


class SupportForm(OnceForm):
    """What would help."""

    kind = RadioField(
        _l("What would help you to take part?"),
        [Needed(_l("Choose what would help"))],
        choices=pairs(SUPPORT),
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


class AlikeForm(Form):
    """Words of the other idea."""

    class Meta(Form.Meta):
        """A question that changes nothing needs no token."""

        csrf = False

    q = SearchField(_l("Words of the other idea"))


class MergeForm(OnceForm):
    """Which idea this one is like."""

    target = RadioField(
        _l("Which idea should it become part of?"), [Needed(_l("Choose an idea"))], coerce=int
    )
    submit = SubmitField(_l("Ask everybody"))


class GoForm(OnceForm):
    """One button."""

    submit = SubmitField(_l("Go on"))
