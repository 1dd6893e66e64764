"""Authenticator apps (RFC 6238): their keys, the numbers they show, and the picture to scan.

libpass does the sums; Flask-Security stands on it too, without remembering which number was used. Keys are
plain here and sealed wherever they are kept (`services/second_step`).
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from flask import current_app


def new_key() -> str:
    """A new key, in base 32: 160 random bits."""
    return str(_kind().new().base32_key)


def counter_of(number: str, key: str, after: int | None) -> int | None:
    """Which half minute the number belongs to; None for a wrong one, an old one, or one used before.

    The half minutes before and after count too: clocks differ, and typing takes a while.
    """
    from passlib.exc import MalformedTokenError, TokenError

    try:
        match = _kind()(key).match(number, last_counter=after)
    except (TokenError, MalformedTokenError):
        return None
    return int(match.counter)


def typed_key(key: str) -> str:
    """The key in groups of letters, for whoever cannot scan."""
    return str(_kind()(key).pretty_key(sep=" "))


def picture(key: str, email: str) -> str:
    """The picture to scan, as an address for an image."""
    import segno

    # An app reads what stands before a colon as the name of the college.
    uri = _kind()(key).to_uri(label=email.replace(":", " "))
    return str(
        segno.make(uri, error="m", micro=False).svg_data_uri(scale=5, border=3, light="white")
    )


def _kind() -> Any:
    return _kind_for(cast("Any", current_app).settings.college.name)


@cache
def _kind_for(college: str) -> Any:
    from passlib.totp import TOTP

    return TOTP.using(issuer=college.replace(":", " "))  # the one character that may not be in it
