"""What a register sends: a form of radios, taps from a phone, and who came without a place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.enrolment.models import LONGEST_KEY, LONGEST_NAME, Mark
from portal.enrolment.services.register import Tap
from portal.ui.forms import DateField, HiddenField, Needed, OnceForm, RadioField, SubmitField

MOST_TAPS = 200
LONGEST_NUMBER = 9  # digits
LONGEST_FORM_KEY = 48  # leaves room for the place's id behind it
MARKS: Mapping[str, Mark | None] = {"": None, **{mark.value: mark for mark in Mark}}


class TapsError(ValueError):
    """What was sent is no list of taps."""


class RegisterForm(OnceForm):
    """A mark for each place. The radios are drawn by the page; `taps` reads them."""

    def taps(self, sent: Mapping[str, str], places: Iterable[int]) -> list[Tap]:
        """The marks that differ from what the page showed, keyed by the form and the place."""
        found = []
        for place in places:
            said, was = sent.get(f"mark-{place}"), sent.get(f"was-{place}", "")
            if said is None or said not in MARKS or said == was:
                continue
            key = f"{self.key[:LONGEST_FORM_KEY]}-{place}"
            version = _number(sent.get(f"version-{place}", ""))
            found.append(Tap(key=key, enrolment_id=place, mark=MARKS[said], version=version))
        return found


class PaperForm(RegisterForm):
    """Marks from paper, with the day on which they were written down."""

    day = DateField(
        _l("When was it filled in on paper?"),
        [Needed(_l("Write the day on which the paper was filled in"))],
    )


class CameForm(OnceForm):
    """Who came without a place. `name` is what was searched for; "new" makes a record of that name."""

    name = HiddenField()
    who = RadioField(_l("Who is it?"), [Needed(_l("Choose who it is"))])
    submit = SubmitField(_l("They are here today"))

    @property
    def person_id(self) -> int | None:
        """The record that was chosen; None for somebody new."""
        chosen = str(self.who.data or "")
        return int(chosen) if chosen.isdigit() and len(chosen) <= LONGEST_NUMBER else None

    @property
    def new_name(self) -> str:
        """The name of somebody new, as typed."""
        return str(self.name.data or "").strip()[:LONGEST_NAME]


def read_taps(text: str) -> list[Tap]:
    """Taps as a phone sends them: a JSON list of key, place, mark, version and the instant of the tap.

    Raises:
        TapsError: it is anything else.
    """
    try:
        listed = json.loads(text)
        if not isinstance(listed, list) or len(listed) > MOST_TAPS:
            raise TapsError
        return [_tap(one) for one in listed]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise TapsError from error


def _tap(one: Any) -> Tap:
    key, place, version = one["key"], one["place"], one["version"]
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or not key.isalnum():
        raise TapsError
    if not all(
        type(number) is int and 0 <= number < 10**LONGEST_NUMBER for number in (place, version)
    ):
        raise TapsError
    tapped_at = datetime.fromisoformat(one["at"])
    if tapped_at.tzinfo is None:
        raise TapsError
    return Tap(
        key=key,
        enrolment_id=place,
        mark=MARKS[one["mark"]],
        version=version,
        tapped_at=tapped_at.astimezone(UTC),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 0
