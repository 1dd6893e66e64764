"""Authenticator apps (RFC 6238): their secrets, the numbers they show, and the picture to scan.

The secret is encrypted with a key that follows from the portal's own, so that the database alone is not
enough to make numbers. libpass does both; Flask-Security stands on it too, without remembering which number
was used.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from typing import Any, cast

from flask import current_app

ENCRYPT_COST = 8  # of the key's derivation: it begins with 256 random bits, not with a word
KEY_TAG = "1"


def new_secret() -> str:
    """A new secret, encrypted."""
    return str(_kind().new().to_json(encrypt=True))


def counter_of(number: str, secret: str, after: int | None) -> int | None:
    """Which half minute the number belongs to; None for a wrong one, an old one, or one used before.

    The half minutes before and after count too: clocks differ, and typing takes a while.
    """
    from passlib.exc import MalformedTokenError, TokenError

    try:
        match = _kind().verify(number, secret, last_counter=after)
    except (TokenError, MalformedTokenError):
        return None
    return int(match.counter)


def typed_key(secret: str) -> str:
    """The secret in groups of letters, for whoever cannot scan."""
    return str(_kind().from_source(secret).pretty_key(sep=" "))


def picture(secret: str, email: str) -> str:
    """The picture to scan, as an address for an image."""
    import segno

    # An app reads what stands before a colon as the name of the college.
    uri = _kind().from_source(secret).to_uri(label=email.replace(":", " "))
    return str(
        segno.make(uri, error="m", micro=False).svg_data_uri(scale=5, border=3, light="white")
    )


def _kind() -> Any:
    settings = cast("Any", current_app).settings
    return _kind_for(str(current_app.secret_key), settings.college.name)


@cache
def _kind_for(secret_key: str, college: str) -> Any:
    from passlib.totp import TOTP, AppWallet

    key = hmac.new(secret_key.encode(), b"accounts.authenticator", hashlib.sha256).hexdigest()
    issuer = college.replace(":", " ")  # the one character that may not be in it
    wallet = AppWallet({KEY_TAG: key}, encrypt_cost=ENCRYPT_COST)
    return TOTP.using(wallet=wallet, issuer=issuer)
