"""Fields that turn what people type into a number, an amount, a time or a date.

People write "£12.50", "10am" and "March": each is understood, and shown again as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time
from typing import Any

import wtforms
from babel import Locale
from babel.dates import get_month_names
from flask_babel import get_locale
from flask_babel import gettext as _
from wtforms import ValidationError

from portal.plugin_api.types import Words
from portal.ui import widgets
from portal.ui.fields import TextField, WithParams, clean

MOST_PENCE = 100_000_00  # £100,000: beyond it, a slip of the finger
LONGEST_NUMBER = 12  # digits
FIRST_YEAR, LAST_YEAR = 1900, 2200
MONEY = re.compile(r"^£?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?$")
CLOCK = re.compile(r"^(\d{1,2})(?:[:.h](\d{2}))?\s*([ap])?\.?m?\.?$", re.IGNORECASE)


class IntegerField(TextField):
    """A whole number, zero or more."""

    def __init__(
        self,
        label: Words,
        validators: Sequence[Any] = (),
        *,
        least: int = 0,
        most: int = 1_000_000,
        **kwargs: Any,
    ) -> None:
        kwargs["params"] = {
            "inputmode": "numeric",
            "classes": "govuk-input--width-5",
            **(kwargs.get("params") or {}),
        }
        super().__init__(label, validators, **kwargs)
        self.least, self.most = least, most

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Turn the text into a number between `least` and `most`."""
        if self.errors or not isinstance(self.data, str):
            return
        if not self.data:
            self.data = None
            return
        digits = self.data.replace(",", "").replace(" ", "")
        # Leading zeros are taken off before anything is counted: they hid a number of any size.
        bare = digits.lstrip("0") or "0" if digits.isascii() and digits.isdigit() else ""
        if not bare or len(bare) > LONGEST_NUMBER or not self.least <= int(bare) <= self.most:
            raise ValidationError(
                _(
                    "Write a whole number from %(least)d to %(most)d",
                    least=self.least,
                    most=self.most,
                )
            )
        self.data = int(bare)


class MoneyField(TextField):
    """Pounds as people write them ("£12.50", "12", "1,250"); `data` is integer pence."""

    def __init__(
        self, label: Words, validators: Sequence[Any] = (), *, most: int = MOST_PENCE, **kwargs: Any
    ) -> None:
        kwargs["params"] = {
            "inputmode": "decimal",
            "classes": "govuk-input--width-5",
            "prefix": {"text": "£"},
            "spellcheck": False,
            **(kwargs.get("params") or {}),
        }
        super().__init__(label, validators, **kwargs)
        self.most = most

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if isinstance(self.data, int):
            return f"{self.data // 100}.{self.data % 100:02d}"
        return self.data or ""

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Turn the text into pence."""
        if self.errors or not isinstance(self.data, str):
            return
        if not self.data:
            self.data = None
            return
        match = MONEY.match(self.data) if self.data.isascii() or self.data.startswith("£") else None
        if match is None or len(match[1]) > 12:
            raise ValidationError(_("Write an amount in pounds and pence, like 12.50"))
        pence = int(match[1].replace(",", "")) * 100 + int((match[2] or "0").ljust(2, "0"))
        if pence > self.most:
            raise ValidationError(
                _("Write an amount of £%(most)s or less", most=f"{self.most / 100:,.0f}")
            )
        self.data = pence


class TimeField(TextField):
    """A local time as people write it ("10am", "2:30 pm", "14:30"); `data` is a `datetime.time`."""

    def __init__(self, label: Words, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        kwargs["params"] = {
            "classes": "govuk-input--width-5",
            "spellcheck": False,
            **(kwargs.get("params") or {}),
        }
        super().__init__(label, validators, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if isinstance(self.data, time) else self.data or ""

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Turn the text into a time."""
        if self.errors or not isinstance(self.data, str):
            return
        if not self.data:
            self.data = None
            return
        parsed = parse_time(self.data)
        if parsed is None:
            raise ValidationError(_("Write a time like 10am or 14:30"))
        self.data = parsed


def parse_time(text: str) -> time | None:
    """The time that somebody meant by "10am", "2.30pm", "midday" or "14:30"; None when it is unclear."""
    words = text.strip().lower()
    if words in {"midday", "noon"}:
        return time(12)
    if words == "midnight":
        return time(0)
    match = CLOCK.match(words) if words.isascii() else None
    if match is None or (match[2] is None and match[3] is None):
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3].lower() == "p" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        return None


class DateField(WithParams, wtforms.Field):  # type: ignore[misc]
    """A date in three parts; the month may be a number or a name. `data` is a `datetime.date`."""

    widget = widgets.DateInput()

    def __init__(
        self, label: Words, validators: Sequence[Any] = (), *, birthday: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.birthday = birthday
        self.faulty_parts: tuple[str, ...] = ()

    @property
    def error_target(self) -> str:
        """The id of the first part to mend: something that can be typed in."""
        return f"{self.id}-{(self.faulty_parts or ('day',))[0]}"

    def typed_parts(self) -> list[str]:
        """Day, month and year as typed, or of the date the field began with."""
        if self.raw_data:
            return [str(part) for part in (*self.raw_data[:3], "", "", "")][:3]
        return (
            [str(self.data.day), str(self.data.month), str(self.data.year)]
            if self.data
            else ["", "", ""]
        )

    def _value(self) -> str:
        return " ".join(self.typed_parts())

    def process_formdata(self, valuelist: list[str]) -> None:
        """Turn three parts into a date.

        Raises:
            ValueError: which part is missing or wrong, in words.
        """
        parts = [clean(part) or "" for part in (*valuelist[:3], "", "", "")][:3]
        self.data = None
        names = {"day": _("a day"), "month": _("a month"), "year": _("a year")}
        missing = tuple(name for name, part in zip(names, parts, strict=True) if not part)
        if len(missing) == len(parts):
            return
        if missing:
            self.faulty_parts = missing
            words = _(" and ").join(names[name] for name in missing)
            raise ValueError(_("The date must have %(parts)s", parts=words))
        day, month, year = _number(parts[0]), _month(parts[1]), _number(parts[2])
        wrong = [
            name
            for name, good in (
                ("day", day is not None and 1 <= day <= 31),
                ("month", month is not None),
                ("year", year is not None and FIRST_YEAR <= year <= LAST_YEAR),
            )
            if not good
        ]
        if wrong or day is None or month is None or year is None:
            self.faulty_parts = tuple(wrong)
            raise ValueError(_("Write a real date, like 27 3 2027"))
        try:
            self.data = date(year, month, day)
        except ValueError:
            self.faulty_parts = ("day",)
            raise ValueError(_("That month has no such day. Check the date")) from None

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Mark all parts when the fault lies with the whole date."""
        if self.errors and not self.faulty_parts:
            self.faulty_parts = ("day", "month", "year")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def _month(text: str) -> int | None:
    number = _number(text)
    if number is not None:
        return number if 1 <= number <= 12 else None
    locale = get_locale() or Locale("en")
    wanted = text.casefold().rstrip(".")
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, locale=locale).items():
            if name.casefold().rstrip(".") == wanted:
                return int(number)
    return None
