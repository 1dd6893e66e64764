"""Links in messages: signed by Flask-Security, single-use because they name a state that they end.

A confirmation link holds until the address is confirmed; a reset link until the password changes, which
changes the name (`fs_uniquifier`) that the link carries. Reading one changes nothing.
"""

from __future__ import annotations

from flask_security import confirmable, recoverable

from portal.accounts.models import Login


def confirmation_token(login: Login) -> str:
    """For the link that confirms the login's present address."""
    return str(confirmable.generate_confirmation_token(login))  # type: ignore[no-untyped-call]


def login_to_confirm(token: str) -> Login | None:
    """Whose address the link confirms; None when it is used, too old, closed or not ours."""
    expired, invalid, login = confirmable.confirm_email_token_status(token)  # type: ignore[no-untyped-call]
    if expired or invalid or login is None or not login.active or login.confirmed_at is not None:
        return None
    found: Login = login
    return found


def reset_token(login: Login) -> str:
    """For the link that leads to a new password."""
    return str(recoverable.generate_reset_password_token(login))  # type: ignore[no-untyped-call]


def login_to_reset(token: str) -> Login | None:
    """Whose password the link may change; None when it is used, too old, closed or not ours."""
    expired, invalid, login = recoverable.reset_password_token_status(token)  # type: ignore[no-untyped-call]
    if expired or invalid or login is None or not login.active:
        return None
    found: Login = login
    return found
