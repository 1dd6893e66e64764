"""What the staff forms share: a key for one effect, and a service's refusal put where it belongs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.courses.models import Term, Topic, Venue
from portal.courses.services.errors import InvalidError
from portal.plugin_api.types import Words
from portal.ui.forms import Form, HiddenField, LongTextField, Needed

LONGEST_KEY = 64
LONGEST_ID = 9  # digits
SEPARATE = ("csrf_token", "step")  # not carried from page to page


def new_key() -> str:
    """A key that no other form has."""
    return uuid.uuid4().hex


class OnceForm(Form):
    """A form with one effect, however often it is sent."""

    form_key = HiddenField(default=new_key)

    @property
    def key(self) -> str:
        """The key the form was shown with; a new one when it was lost on the way."""
        key: str = self.form_key.data or ""
        return key if 0 < len(key) <= LONGEST_KEY and key.isalnum() else new_key()

    def refuse_all(self, error: InvalidError) -> None:
        """Put each of a service's errors at its field, or at the form where there is no such field."""
        for name, words in error.errors.items():
            self.refuse(name if name in self else "", words)

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


class VersionedForm(OnceForm):
    """A form over a record that somebody else may change meanwhile."""

    version = HiddenField()

    @property
    def seen_version(self) -> int:
        """The version the form was shown with; one that no record has when it was lost on the way."""
        text: str = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else -1


class ConfirmForm(OnceForm):
    """Nothing but the button."""


class ReasonForm(OnceForm):
    """Why something is stopped: read by everybody who has a place."""

    reason = LongTextField(
        _l("Why?"),
        [Needed(_l("Say why: everybody who has a place will read it"))],
        description=_l("Everybody who has a place will read this. Plain and short is kind."),
        rows=3,
        longest=500,
    )


class WhyForm(OnceForm):
    """Why something changes: read in the history."""

    why = LongTextField(
        _l("Why?"),
        [Needed(_l("Say in a few words why"))],
        description=_l("This goes into the history, with your name and the date."),
        rows=2,
        longest=500,
    )


def topic_choices(topics: Sequence[Topic]) -> list[tuple[str, str]]:
    """The topics, to choose from."""
    return [("", _("Choose a topic")), *((str(topic.id), topic.name) for topic in topics)]


def term_choices(terms: Sequence[Term]) -> list[tuple[str, str]]:
    """The terms, to choose from."""
    return [("", _("Choose a term")), *((str(term.id), term.name) for term in terms)]


def venue_choices(venues: Sequence[Venue], nothing: Words) -> list[tuple[str, str]]:
    """The venues with their size, to choose from; `nothing` is what an empty choice means."""
    return [("", str(nothing)), *((str(venue.id), _venue_words(venue)) for venue in venues)]


def _venue_words(venue: Venue) -> str:
    if venue.capacity is None or venue.online:
        return venue.name
    words: str = _("%(name)s (room for %(capacity)d)", name=venue.name, capacity=venue.capacity)
    return words


def answer(field: Any) -> Any:
    """What a field holds once the form has passed: a date, a number, never None where it is needed."""
    return field.data


def number_or_none(value: str | None) -> int | None:
    """The id in a choice's value; None for the empty choice."""
    return int(value) if value else None
