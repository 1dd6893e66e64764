"""The messages of this room: about registering, confirming, resetting. Queued, never sent from a page.

Whichever address is asked about, one message is queued: whoever asks learns nothing from the page or
from its time, and whoever mistyped their own address learns what happened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.addresses import full_url
from portal.accounts.limits import may_mail
from portal.accounts.models import Login
from portal.accounts.signed_links import confirmation_token, reset_token
from portal.messages.api import queue_email, render_email
from portal.ui.filters import moment


def mail_confirmation(session: Session, login: Login) -> None:
    """The link that confirms the address."""
    link = full_url("accounts.confirm", token=confirmation_token(login))
    _queue(
        session, login.email, _("Please confirm your email address"), "confirm", login, link=link
    )


def mail_already_registered(session: Session, login: Login) -> None:
    """To an address that somebody tried to register again."""
    _queue(
        session,
        login.email,
        _("You already have an account"),
        "already",
        login,
        sign_in=full_url("accounts.sign_in"),
        reset=full_url("accounts.reset_request"),
    )


def mail_reset(session: Session, login: Login) -> None:
    """The link that leads to a new password."""
    link = full_url("accounts.reset", token=reset_token(login))
    _queue(session, login.email, _("Choose a new password"), "reset", login, link=link)


def mail_code(session: Session, login: Login, code: str, link: str = "") -> bool:
    """The code to sign in with, and a link; without one, to show again that it is them.

    False when the address was written to enough for now.
    """
    half = len(code) // 2
    return _queue(
        session,
        login.email,
        _("Your code"),
        "code",
        login,
        code=f"{code[:half]} {code[half:]}",
        link=full_url("accounts.follow_link", link=link) if link else "",
    )


def mail_password_changed(session: Session, login: Login, *, stopped: bool = False) -> None:
    """To the owner, after the password was changed: in case it was not them.

    `stopped` says that a change of their address was waiting, and is not any more.
    """
    reset = full_url("accounts.reset_request")
    _queue(
        session,
        login.email,
        _("Your password was changed"),
        "changed",
        login,
        limited=False,
        reset=reset,
        stopped=stopped,
    )


def mail_safety(session: Session, login: Login, what: str) -> None:
    """To the owner, after something changed about how they sign in: in case it was not them.

    `what` is one of those that the template has words for.
    """
    sign_ins, reset = full_url("accounts.sign_ins"), full_url("accounts.reset_request")
    subject = _("A change to your account")
    context = {"what": what, "sign_ins": sign_ins, "reset": reset}
    _queue(session, login.email, subject, "safety", login, limited=False, **context)


def mail_new_address(session: Session, new_email: str, confirm: str) -> None:
    """To the new address: the link that confirms it. It is nobody's sign-in yet, so nobody is named."""
    link = full_url("accounts.confirm_new_email", link=confirm)
    _queue(
        session, new_email, _("Please confirm your email address"), "new_address", None, link=link
    )


def mail_old_address(session: Session, login: Login, stop: str, due: datetime) -> None:
    """To the old address: that it is to change, when, and how to stop it."""
    link = full_url("accounts.stop_new_email", link=stop)
    subject = _("A change to your account")
    _queue(
        session,
        login.email,
        subject,
        "old_address",
        login,
        limited=False,
        link=link,
        when=moment(due),
    )


def mail_address_changed(session: Session, login: Login, old_email: str) -> None:
    """To both addresses, once it is done. Needs no request."""
    subject = _("A change to your account")
    _queue(session, login.email, subject, "address_changed", login, limited=False)
    _queue(session, old_email, subject, "address_changed", None, limited=False)


def mail_help(session: Session, login: Login, stop: str) -> None:
    """To the owner: that somebody of the college is helping them in again, and how to stop it."""
    subject, link = _("A change to your account"), full_url("accounts.refuse_help", link=stop)
    _queue(session, login.email, subject, "help_begun", login, limited=False, link=link)


def mail_closed(session: Session, login: Login) -> None:
    """To somebody whose login is closed."""
    _queue(session, login.email, _("About your account"), "closed", login)


def mail_no_account(session: Session, email: str) -> None:
    """To an address that nobody has registered: perhaps they used another one."""
    register = full_url("accounts.register")
    _queue(session, email, _("About your account"), "no_account", None, register=register)


def _queue(
    session: Session,
    to: str,
    subject: str,
    template: str,
    login: Login | None,
    *,
    limited: bool = True,
    **context: Any,
) -> bool:
    # Until the address is confirmed, a stranger may have typed the name, to send it from here.
    name = login.person.name if login and login.confirmed_at else ""
    words = render_email(f"accounts/email/{template}", name=name, **context)
    if limited and not may_mail(to):
        return False
    queue_email(
        session,
        to=to,
        subject=subject,
        text=words.text,
        html=words.html,
        person_id=login.person_id if login else None,
        purpose=f"accounts:{template}",
    )
    return True
