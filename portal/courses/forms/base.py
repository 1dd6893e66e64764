"""What the staff forms share: a key for one effect, and a service's refusal put where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.courses.models import Term, Topic, Venue
from portal.courses.services.errors import InvalidError
from portal.plugin_api.types import Words
from portal.ui.forms import HiddenField, LongTextField, Needed
from portal.ui.forms import OnceForm as _OnceForm

LONGEST_ID = 9  # digits


class OnceForm(_OnceForm):
    """A form with one effect, which knows where a service's refusal belongs."""

    def refuse_all(self, error: InvalidError) -> None:
        """Put each of a service's errors at its field, or at the form where there is no such field."""
        for name, words in error.errors.items():
            self.refuse(name if name in self else "", words)


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
