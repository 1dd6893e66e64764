"""Fields whose answer is text, a choice or a file. Dates, times, money and numbers: `parsed_fields.py`.

Each keeps what was typed for showing again, and says in plain words what to do about an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField as _FileField
from wtforms import ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, StopValidation

from portal.plugin_api.types import Words
from portal.ui import widgets

SHORT_TEXT = 200  # letters in one line of text, unless the field says otherwise
LONG_TEXT = 5_000
CONTROL_LETTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+")


def clean(value: Any) -> Any:
    """Text without the letters that no keyboard makes and PostgreSQL refuses, and without outer spaces.

    Text of which nothing would be seen (joiners, marks of direction) is none: a link would be made of it.
    A value that a form begins with (a number, a time) is left as it is.
    """
    if not isinstance(value, str):
        return value
    text = CONTROL_LETTERS.sub("", value).replace("\r\n", "\n").strip()
    return text if any(letter.isprintable() and letter != " " for letter in text) else ""


class WithParams:
    """Fields hand `params` to the macro: `classes`, `prefix`, `autocomplete`, `rows`, …"""

    params: Mapping[str, Any]
    data: Any

    def __init__(
        self,
        label: Words,
        validators: Sequence[Any] = (),
        *,
        params: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.params = {**(params or {})}
        super().__init__(label, [*validators], **kwargs)  # type: ignore[call-arg]


class _Length(Length):  # type: ignore[misc]
    """The length of what was typed. A number that the form began with stays when nothing was sent."""

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse too many letters."""
        if isinstance(field.data, str):
            super().__call__(form, field)


class TextField(WithParams, wtforms.StringField):  # type: ignore[misc]
    """One line of text, at most `longest` letters."""

    data: Any
    widget = widgets.Input()

    def __init__(
        self,
        label: Words,
        validators: Sequence[Any] = (),
        *,
        longest: int = SHORT_TEXT,
        **kwargs: Any,
    ) -> None:
        message = _l("Use %(max)d letters or fewer")
        super().__init__(
            label,
            [*validators, _Length(max=longest, message=message)],
            filters=[clean],
            **kwargs,
        )
        self.longest = longest


class LongTextField(TextField):
    """Several lines of text. `counted=True` shows how many letters are left."""

    widget = widgets.TextArea()

    def __init__(
        self,
        label: Words,
        validators: Sequence[Any] = (),
        *,
        counted: bool = False,
        longest: int = LONG_TEXT,
        rows: int = 5,
        params: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        extra: dict[str, Any] = {"rows": rows, **(params or {})}
        if counted:
            extra["maxlength"] = longest
            kwargs["widget"] = widgets.CountedTextArea()
        super().__init__(label, validators, longest=longest, params=extra, **kwargs)


class EmailField(TextField):
    """An e-mail address, checked for its form; the domain in lower case."""

    widget = widgets.EmailInput()

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Refuse what cannot be an address."""
        if self.data and not self.errors:
            from email_validator import EmailNotValidError, validate_email

            try:
                self.data = validate_email(self.data, check_deliverability=False).normalized
            except EmailNotValidError:
                raise ValidationError(_("Write an email address like name@example.com")) from None


class PhoneField(TextField):
    """A telephone number as people write it; `data` is in international form, such as +447700900123."""

    widget = widgets.TelInput()

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Refuse what cannot be called."""
        if self.data and not self.errors:
            from portal.ui.phones import dialled

            number = dialled(self.data)
            if not number:
                raise ValidationError(_("Write a phone number like 07700 900123"))
            self.data = number


class PasswordField(WithParams, wtforms.PasswordField):  # type: ignore[misc]
    """A password, taken exactly as typed or pasted, never shown again in a page."""

    widget = widgets.PasswordInput()


class SearchField(TextField):
    """Words to search for."""

    widget = widgets.SearchInput()


def _pairs(choices: Any) -> Any:
    if isinstance(choices, list | tuple):
        return [
            SelectChoice(value=pair[0], label=pair[1]) if isinstance(pair, tuple) else pair
            for pair in choices
        ]
    return choices


class WithChoices(WithParams):
    """Choices are (value, label) pairs, here and when set later; WTForms is about to stop taking those.

    `choice_hints` maps a choice's value to a line below it.
    """

    def __init__(
        self,
        label: Words,
        validators: Sequence[Any] = (),
        *,
        choices: Any = None,
        choice_hints: Mapping[str, Words] | None = None,
        **kwargs: Any,
    ) -> None:
        self.choice_hints = choice_hints or {}
        super().__init__(label, validators, choices=_pairs(choices), **kwargs)

    def _choices_from_input(self, choices: Any) -> Any:
        return super()._choices_from_input(_pairs(choices))  # type: ignore[misc]

    def pre_validate(self, _form: Any) -> None:
        """Refuse an answer that was not offered; a missing one is `Needed`'s to judge."""
        answers = self.data if isinstance(self.data, list) else [self.data]
        offered = {value for value, *_rest in self.iter_choices()}  # type: ignore[attr-defined]
        if self.raw_data and any(answer not in offered for answer in answers):  # type: ignore[attr-defined]
            raise StopValidation(_("Choose one of the answers below"))


class RadioField(WithChoices, wtforms.RadioField):  # type: ignore[misc]
    """Choose one."""

    data: Any
    widget = widgets.Radios()


class CheckboxesField(WithChoices, wtforms.SelectMultipleField):  # type: ignore[misc]
    """Choose any number. `data` is the list of chosen values."""

    data: Any
    widget = widgets.Checkboxes()
    option_widget = wtforms.widgets.CheckboxInput()


class CheckboxField(WithParams, wtforms.BooleanField):  # type: ignore[misc]
    """Tick or do not."""

    widget = widgets.Checkbox()


class SelectField(WithChoices, wtforms.SelectField):  # type: ignore[misc]
    """Choose one from a drop-down list; for more than about seven choices."""

    data: Any
    widget = widgets.Select()


class FileField(WithParams, _FileField):  # type: ignore[misc]
    """A file to send; `data` is Werkzeug's FileStorage, or None."""

    widget = widgets.FileInput()


class SubmitField(WithParams, wtforms.SubmitField):  # type: ignore[misc]
    """The button that sends the form. Its label says what happens: "Save", "Take this place"."""

    widget = widgets.SubmitInput()


class HiddenField(wtforms.HiddenField):  # type: ignore[misc]
    """A value that travels with the form unseen; never trusted."""
