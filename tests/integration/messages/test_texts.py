"""How long a text is, checked against the alphabet of GSM 03.38 and its known limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.config import SettingsError, load_settings
from portal.messages.texters import configure
from portal.messages.texts import TextSize, fitted, measure
from portal.ui.phones import dialled, takes_text, written


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("", TextSize(True, 0, 1)),
        ("a" * 160, TextSize(True, 160, 1)),
        ("a" * 161, TextSize(True, 161, 2)),
        ("a" * 306, TextSize(True, 306, 2)),
        ("a" * 307, TextSize(True, 307, 3)),
        ("€" * 80, TextSize(True, 160, 1)),
        ("€" * 81, TextSize(True, 162, 2)),
        ("ŵ" * 70, TextSize(False, 70, 1)),
        ("ŵ" * 71, TextSize(False, 71, 2)),
        ("😀" * 35, TextSize(False, 70, 1)),
        ("😀" * 36, TextSize(False, 72, 2)),
        ("a" * 134 + "ŵ", TextSize(False, 135, 3)),
    ],
)
def test_measure_known_limits(words: str, size: TextSize) -> None:
    assert measure(words) == size


def test_fitted_plain_letters_where_they_suffice() -> None:
    assert fitted(" You’ve got a place – “yes”…\n  Monday\u00a08 ") == (
        'You\'ve got a place - "yes"...\nMonday 8'
    )


def test_fitted_keeps_every_letter_of_other_languages() -> None:
    assert fitted("Mae’r lle yng Nghastell-nedd, dŵr") == "Mae’r lle yng Nghastell-nedd, dŵr"


@given(st.text(max_size=400))
def test_fitted_never_takes_more_parts(words: str) -> None:
    once = fitted(words)
    assert measure(once).parts <= measure(words.replace("…", "...")).parts
    assert fitted(once) == once


@pytest.mark.parametrize(
    ("typed", "number", "read"),
    [
        ("07400 123456", "+447400123456", "07400 123456"),
        ("+44 (0)7400 123456", "+447400123456", "07400 123456"),
        ("00 33 1 42 68 53 00", "+33142685300", "+33 1 42 68 53 00"),
        ("12", "", "12"),
        ("ring my sister 01632 960123", "", "ring my sister 01632 960123"),
    ],
)
def test_numbers_as_dialled_and_as_read(typed: str, number: str, read: str) -> None:
    assert dialled(typed) == number
    assert written(number or typed) == read


def test_text_goes_to_no_landline() -> None:
    assert takes_text("07400 123456")
    assert not takes_text("01323 490000")
    assert not takes_text("through my sister")


@pytest.mark.parametrize(
    "url", ["http://gateway.example/sms", "ftp://gateway.example", "https://", "https://a:b@c:port"]
)
def test_gateway_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="PORTAL_SMS_URL"):
        configure(load_settings(environment="test", sms_url=url))


def test_gateway_console_never_in_production() -> None:
    production = load_settings(environment="production", secret_key="x" * 40)
    assert production.sms_url == "console"
    assert configure(production) is None
