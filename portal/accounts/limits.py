"""How often somebody may try to sign in: slower and slower, never locked out.

Wrong passwords are counted by account and device. A device that signed in to this account before is
counted by itself, so a stranger who tries a person's address cannot keep them out; an address that
was never registered is counted like any other. A college shares one network address, so that only
slows down a flood.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from flask import current_app, g, request
from flask_limiter import RequestLimit
from itsdangerous import BadData, URLSafeSerializer
from limits import RateLimitItemPerHour

from portal.accounts.services.logins import normalise_email
from portal.ui import limits
from portal.ui.fields import clean
from portal.ui.limits import limiter, nameless, seconds_until

if TYPE_CHECKING:
    from flask import Flask, Response

__all__ = ["limiter"]

# Wrong passwords. Whoever mistypes waits a minute; a machine gets through 120 an hour.
SIGN_IN = "5 per minute; 20 per 10 minutes"
FLOOD = "200 per minute"  # of one network address, whatever it sends
MAILS = RateLimitItemPerHour(4)  # to one address, from browsers that its owner has not used yet
FAILED = "sign_in_failed"  # in flask.g
DEVICE_KEPT_FOR = 365 * 24 * 60 * 60  # seconds


def account_key(email: str) -> str:
    """A name for an address that does not tell it: counters are kept outside the database."""
    return nameless(_one_spelling(email))


def _one_spelling(email: str) -> str:
    """The spelling that the address is looked up in: another one is no new set of tries."""
    text = str(clean(email))
    try:
        return normalise_email(text)
    except ValueError:
        return text.lower()  # nobody's, so nothing is tried


def account_and_device() -> str:
    """Who is being tried, and from where: a device known to that account, or any other."""
    account = account_key(request.form.get("email", ""))
    return f"{account}:{_known_device(account)}"


def failed(_response: Response) -> bool:
    """Only wrong answers are counted."""
    return bool(g.get(FAILED))


def ask_to_wait(limit: RequestLimit) -> Response:
    """A kind page: how long, and what else one can do meanwhile."""
    return wait_page(max(1, int(limit.reset_at - time.time()) - 1))  # the library adds one


def wait_page(seconds: int) -> Response:
    """The page that asks whoever signs in to wait that long."""
    return limits.wait_page(seconds, "accounts/wait.html")


def may_mail(email: str) -> bool:
    """False when this address was sent enough for now. The page says the same either way.

    A browser where its owner has signed in counts by itself, so that no stranger can use up their messages.
    """
    account = account_key(email)
    return seconds_until(MAILS, "accounts-mail", account, _known_device(account)) == 0


def remember_device(response: Response, email: str) -> None:
    """Mark this browser as one where the account's owner has signed in."""
    account = account_key(email)
    if _known_device(account) != _OTHER:
        return
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        device_cookie(current_app),
        str(_serializer().dumps([account, secrets.token_hex(8)])),
        max_age=DEVICE_KEPT_FOR,
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def device_cookie(app: Flask) -> str:
    """The cookie's name."""
    return "__Host-device" if app.config["SESSION_COOKIE_SECURE"] else "device"


_OTHER = "other"


def _known_device(account: str) -> str:
    try:
        owner, device = _serializer().loads(request.cookies.get(device_cookie(current_app), ""))
    except (BadData, ValueError, TypeError):
        return _OTHER
    return str(device) if owner == account else _OTHER


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="accounts.device")
