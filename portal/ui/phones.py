"""Telephone numbers: as people write them, as machines dial them, as they are read aloud."""

from __future__ import annotations

from typing import Any

REGION = "GB"  # of numbers written without a country


def dialled(text: str) -> str:
    """The number in international form, such as +447700900123; empty when it is none.

    "01632 960123 (mornings)" is none: what surrounds a number may matter more than the number.
    """
    number = _parsed(text)
    if number is None:
        return ""
    import phonenumbers

    form: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return form


def written(text: str) -> str:
    """The number as people here write it: "07700 900123"; as it stands when it is none."""
    number = _parsed(text)
    if number is None:
        return text
    import phonenumbers

    home = phonenumbers.country_code_for_region(REGION) == number.country_code
    kinds = phonenumbers.PhoneNumberFormat
    form: str = phonenumbers.format_number(number, kinds.NATIONAL if home else kinds.INTERNATIONAL)
    return form


def takes_text(text: str) -> bool:
    """Whether a text message can be sent there: False for what is known to be a landline, or no number."""
    number = _parsed(text)
    if number is None:
        return False
    import phonenumbers

    kinds = phonenumbers.PhoneNumberType
    # Unknown ones are tried: plans of numbers change more often than this list does.
    able = {kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE, kinds.PERSONAL_NUMBER, kinds.UNKNOWN}
    return phonenumbers.number_type(number) in able


def _parsed(text: str) -> Any:
    import phonenumbers

    if any(letter.isalpha() for letter in text):
        return None
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None
