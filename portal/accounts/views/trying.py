"""Trying the number of an authenticator app, or a recovery code: counted before anything is looked at."""

from __future__ import annotations

from datetime import timedelta

from flask import abort

from portal.accounts import authenticators, limits, mail
from portal.accounts.models import Login
from portal.accounts.queries import authenticator_of
from portal.accounts.services import second_step
from portal.db import before_writing, db, lock_rows, run_unit
from portal.plugin_api import Actor

DIGITS = 6


def count_try(login_id: int) -> None:
    """Count a try, in a unit of its own that stands whatever becomes of this request.

    Raises:
        werkzeug.exceptions.HTTPException: too many; it carries the page that asks to wait.
    """
    db.session.rollback()  # what is counted must not wait for this unit
    wait = run_unit(lambda unit: second_step.wait_to_try(unit, login_id))
    if wait is not None:
        abort(limits.wait_page(int(wait / timedelta(seconds=1)) + 1))


def number_is_right(login_id: int, typed: str) -> bool:
    """True, once, for the number that the login's app shows now, or for one of its recovery codes.

    Raises:
        werkzeug.exceptions.HTTPException: tried too often.
    """
    count_try(login_id)
    digits = "".join(letter for letter in typed if letter.isalnum())
    is_number = len(digits) == DIGITS
    right = _shown_by_app(login_id, digits) if is_number else _on_paper(login_id, typed)
    if right:
        second_step.forget_tries(db.session, login_id)
    return right


def _shown_by_app(login_id: int, digits: str) -> bool:
    with before_writing() as session:
        app = authenticator_of(session, login_id)
        known = (
            (second_step.open_key(session, login_id, app.secret), app.last_counter) if app else None
        )
    if known is None:
        return False
    counter = authenticators.counter_of(digits, *known)
    return counter is not None and second_step.use_counter(db.session, login_id, counter)


def _on_paper(login_id: int, typed: str) -> bool:
    for login in lock_rows(db.session, Login, [login_id]):
        if second_step.use_recovery_code(db.session, Actor(login.person_id), login, typed):
            mail.mail_safety(db.session, login, "recovery_used")
            return True
    return False
