"""Forms: the base class, and by name every field that rooms and plugins build their questions from.

What a person typed always comes back: fields keep it, errors say what to do, and a form whose time ran
out is shown again (see `errors.py` for a form that reached no view). Rules that need the database belong
in services, not here.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import wtforms
from babel import Locale
from babel.support import NullTranslations, Translations
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms.csrf.core import CSRFTokenField
from wtforms.i18n import messages_path
from wtforms.validators import StopValidation

from portal.plugin_api.types import Words
from portal.ui.fields import (
    CheckboxesField,
    CheckboxField,
    EmailField,
    FileField,
    HiddenField,
    LongTextField,
    PasswordField,
    PhoneField,
    RadioField,
    SearchField,
    SelectField,
    SubmitField,
    TextField,
)
from portal.ui.i18n import current_locale
from portal.ui.parsed_fields import DateField, IntegerField, MoneyField, TimeField, parse_time

__all__ = [
    "CheckboxField",
    "CheckboxesField",
    "DateField",
    "EmailField",
    "Fault",
    "FileField",
    "Form",
    "HiddenField",
    "IntegerField",
    "LongTextField",
    "MoneyField",
    "Needed",
    "OnceForm",
    "PasswordField",
    "PhoneField",
    "RadioField",
    "SearchField",
    "SelectField",
    "SubmitField",
    "TextField",
    "TimeField",
    "parse_time",
]

LONGEST_KEY = 64
SEPARATE = ("csrf_token", "step")  # not carried from page to page


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the error summary: what to do, and the control to go to."""

    text: str
    href: str


@cache
def _field_words(locale: Locale | None) -> NullTranslations:
    """WTForms' own words. Flask-WTF would read them from the disk anew for each request."""
    return Translations.load(messages_path(), [locale] if locale else [], domain="wtforms")


class _LateToken(CSRFTokenField):  # type: ignore[misc]  # WTForms ships no types
    """The form's token, signed when it is shown: most forms that are sent lead on, and show none."""

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Take what was sent."""
        super(CSRFTokenField, self).process(*args, **kwargs)

    def _value(self) -> str:
        token: str = self.csrf_impl.generate_csrf_token(self)
        return token


class _Csrf(FlaskForm.Meta.csrf_class):  # type: ignore[misc]  # as above
    field_class = _LateToken


class _FieldWords:
    """WTForms' words in the language at hand, as a form asks for them."""

    def gettext(self, text: str) -> str:
        """One word or sentence."""
        words: str = _field_words(current_locale()).ugettext(text)
        return words

    def ngettext(self, one: str, many: str, number: int) -> str:
        """One that changes with a number."""
        words: str = _field_words(current_locale()).ungettext(one, many, number)
        return words


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The base of every form. `{{ ui.form(form) }}` shows it whole."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # as above
        """How WTForms speaks, and keeps strangers' forms out."""

        csrf_class = _Csrf

        def get_translations(self, form: Form) -> _FieldWords:  # noqa: ARG002 - WTForms' signature
            """Its own words, in the language at hand."""
            return _FieldWords()

    def faults(self) -> list[Fault]:
        """Every error of the form, in the order of its fields, each with a control that takes focus.

        Words that stand at several fields are followed by the field's own: each link says where it leads.
        """
        found = [Fault(str(text), "#main") for text in self.form_errors]
        said = Counter(str(text) for field in self for text in field.errors[:1])
        for field in self:
            for text in field.errors[:1]:
                if isinstance(field, wtforms.fields.FormField | wtforms.fields.FieldList):
                    found.extend(_nested(field))
                    break
                if field.name == "csrf_token":
                    kind = _(
                        "This page was open for a long time. Nothing is lost: press the button again."
                    )
                    found.append(Fault(kind, "#main"))
                    continue
                words = f"{text} ({field.label.text})" if said[str(text)] > 1 else str(text)
                found.append(Fault(words, f"#{getattr(field, 'error_target', field.id)}"))
        return found

    def refuse(self, name: str, message: Words) -> None:
        """Put an error from a service at the field of that name, or at the whole form for ""."""
        errors = self.form_errors if not name else self[name].errors
        if isinstance(errors, tuple):
            self[name].errors = [*errors, message]
        else:
            errors.append(message)


def _nested(field: Any) -> list[Fault]:
    found = []
    for inner in field:
        if inner.errors and isinstance(inner, wtforms.fields.FormField | wtforms.fields.FieldList):
            found.extend(_nested(inner))
        elif inner.errors:
            found.append(
                Fault(str(inner.errors[0]), f"#{getattr(inner, 'error_target', inner.id)}")
            )
    return found


def new_key() -> str:
    """A key that no other form has."""
    return uuid.uuid4().hex


class OnceForm(Form):
    """A form with one effect, however often it is sent: whoever takes it in claims its key first."""

    form_key = HiddenField(default=new_key)

    @property
    def key(self) -> str:
        """The key the form was shown with; a new one when it was lost on the way."""
        key: str = self.form_key.data or ""
        return key if 0 < len(key) <= LONGEST_KEY and key.isalnum() else new_key()

    def carried(self) -> list[tuple[str, str]]:
        """Every answer as it was typed, for the hidden fields of the page where it is checked."""
        return [
            (field.name, str(value))
            for field in self
            if field.name not in SEPARATE
            for value in self._typed(field)
        ]

    @staticmethod
    def _typed(field: Any) -> Iterable[Any]:
        if field.raw_data:
            return list(field.raw_data)
        return () if field.data in (None, False, "", []) else (field.data,)


class Needed:
    """The field must not be empty. The message says what to write, such as "Write your name"."""

    field_flags: ClassVar[Mapping[str, Any]] = {"needed": True}

    def __init__(self, message: Words) -> None:
        self.message = message

    def __call__(self, _form: Any, field: Any) -> None:
        """Stop at an empty field; nothing else needs saying about it."""
        typed = [part for part in field.raw_data or [] if not isinstance(part, str) or part.strip()]
        if not typed or field.data is None or field.data in ("", [], False):
            if field.errors and typed:
                raise StopValidation
            field.errors = []
            raise StopValidation(str(self.message))
