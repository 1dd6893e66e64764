"""Passkeys: what a browser is asked, and whether its answer holds. The `webauthn` library does the sums.

Flask-Security's passkey pages stand on the same library. They are not used: they take the site's name from
the request's Host header, carry inline scripts, and know nothing of typed text that waits. Here the name is
the college's own setting, and what a page sends is an ordinary form.

A passkey is asked for a finger, a face or a number each time (user verification), so it counts as two proofs.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from flask import current_app, session

if TYPE_CHECKING:
    from portal.accounts.models import Login
    from portal.app import Portal

CHALLENGE = "passkey"  # in the signed cookie: what was asked, hexadecimal, and when
ANSWER_WITHIN = 5 * 60  # seconds
LARGEST_ANSWER = 20_000  # letters


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a device made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def are_possible() -> bool:
    """Whether browsers offer passkeys at this portal's address: they want TLS and a name, not a number."""
    parts = urlsplit(_settings().base_url)
    if parts.hostname == "localhost":
        return True
    return parts.scheme == "https" and not _is_number(parts.hostname or "")


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def ask_for_new(login: Login, known: Iterable[bytes]) -> str:
    """What a browser is told to make a passkey for this login, as JSON. `known`: those it has already."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name=_settings().college.name,
        user_id=_handle(login.id),
        user_name=login.email,
        user_display_name=login.person.name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=key) for key in known],
    )
    _remember(options.challenge)
    return str(webauthn.options_to_json(options))


def check_new(answer: str) -> NewKey | None:
    """The passkey that a device made, or None: for nobody's question, an old one, or a false answer."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    challenge = _take_challenge()
    if challenge is None or len(answer) > LARGEST_ANSWER:
        return None
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_settings().base_url,
            require_user_verification=True,
        )
    except (WebAuthnException, *STRANGE):
        return None
    return NewKey(made.credential_id, made.credential_public_key, made.sign_count)


def ask_for_known(allowed: Iterable[bytes] = ()) -> str:
    """What a browser is told to show a passkey, as JSON: one of these, or whichever it has for us."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=_host(),
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=key) for key in allowed],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    _remember(options.challenge)
    return str(webauthn.options_to_json(options))


def named_in(answer: str) -> bytes | None:
    """Which passkey an answer says it comes from; None when it cannot be read."""
    from webauthn.helpers import parse_authentication_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    if len(answer) > LARGEST_ANSWER:
        return None
    try:
        return bytes(parse_authentication_credential_json(answer).raw_id)
    except (WebAuthnException, *STRANGE):
        return None


def check_known(answer: str, public_key: bytes, sign_count: int) -> int | None:
    """The device's new count when the answer was signed with that key, for what this browser was asked."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    challenge = _take_challenge()
    if challenge is None:
        return None
    try:
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_settings().base_url,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, *STRANGE):
        return None
    return int(shown.new_sign_count)


# What the library raises, beside its own errors, over an answer of the wrong shape.
STRANGE = (ValueError, KeyError, TypeError, AttributeError, IndexError)


def _remember(challenge: bytes) -> None:
    session[CHALLENGE] = [challenge.hex(), int(time.time())]


def _take_challenge() -> bytes | None:
    """What this browser was asked, once and not for long."""
    asked: Any = session.pop(CHALLENGE, None)
    if not isinstance(asked, list) or time.time() - asked[1] > ANSWER_WITHIN:
        return None
    return bytes.fromhex(asked[0])


def _handle(login_id: int) -> bytes:
    """What devices know the login by: the same each time, and telling nothing."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, f"accounts.passkey:{login_id}".encode(), hashlib.sha256).digest()


def _host() -> str:
    return urlsplit(_settings().base_url).hostname or ""


def _settings() -> Any:
    return cast("Portal", current_app).settings
