"""Flask-Security, set up for this college.

Used of it: its user and datastore, the sign-in and sign-out of Flask-Login beneath it, its signed
links, and later its passkeys and codes. Its own password pages stay off (`register_blueprint=False`):
its confirmation link acts on a GET, which mail scanners follow; its reset page does different work
for a known and an unknown address; and neither could keep what somebody typed.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, g, request
from flask_login import LoginManager
from flask_security import FSQLALiteUserDatastore, RoleMixin, Security, user_authenticated
from flask_wtf import CSRFProtect
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import Forbidden

from portal import clock
from portal.accounts import browser_session, chrome, evenly, passkeys
from portal.accounts.address_book import find_reach
from portal.accounts.models import Login
from portal.accounts.queries import may_send
from portal.accounts.security_routes import EXTERNAL_ACCESS
from portal.accounts.services.sessions import touch_session
from portal.accounts.unauthorised import ask_to_sign_in
from portal.db import db, unit_of_work
from portal.messages.api import register_address_book
from portal.plugin_api.access import LOADER, NotFresh

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from portal.app import Portal

log = structlog.get_logger(__name__)
EXTERNAL = "portal_external_access"  # key in app.extensions, read by the host's boot check

# Long enough to find the message on another device, short enough for a shared mailbox.
CONFIRM_WITHIN = timedelta(days=2)
RESET_WITHIN = timedelta(hours=1)


class Datastore(FSQLALiteUserDatastore):
    """Flask-Security's datastore, without its commits: the unit of work commits."""

    def commit(self) -> None:
        """Flush only."""
        self.db.session.flush()


class Protection(CSRFProtect):  # type: ignore[misc]  # Flask-WTF ships no types
    """A token for every form of every room."""

    def exempt(self, view: Any) -> Any:
        """Refuses: an exemption holds for the whole process, whoever's route it was meant for.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"{view!r}: no route can be taken out of the protection against forgery")


def set_up(app: Portal) -> None:
    """Set up sign-in: Flask-Security, who is asking, and what happens to whoever is not signed in."""
    _configure(app)
    Protection(app)
    security = Security(app, Datastore(db, Login, RoleMixin), register_blueprint=False)
    manager: LoginManager = security.login_manager
    manager.user_loader(browser_session.load_login)
    manager.request_loader(_no_login_from_headers)
    manager.session_protection = (
        None  # the record of the session is stricter, and phones change address
    )
    # Rights come from the actor: no identity is to be loaded for pages that need none.
    security.principal.identity_loaders.clear()
    # Nor a login for every template: Flask-Login would ask the database for `current_user` each time.
    app.template_context_processors[None] = [
        function
        for function in app.template_context_processors[None]
        if function.__module__ != "flask_login.utils"
    ]
    user_authenticated.connect(browser_session.on_authenticated, app)
    app.extensions[LOADER] = browser_session.load_actor
    app.extensions[EXTERNAL] = EXTERNAL_ACCESS
    app.register_error_handler(401, ask_to_sign_in)
    app.register_error_handler(NotFresh, _ask_again)
    app.register_error_handler(Forbidden, _refuse)
    evenly.init_app(app)
    app.after_request(_keep_private)
    app.after_request(partial(_note_use, app))
    with app.app_context():
        app.jinja_env.globals["passkeys_possible"] = passkeys.are_possible()
    chrome.init_app(app)
    languages = tuple(app.settings.languages)
    register_address_book(app, may_send, partial(find_reach, languages=languages))


def _configure(app: Portal) -> None:
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - a scheme's name
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_PASSWORD_NORMALIZE_FORM="NFKC",  # noqa: S106 - a form's name
        SECURITY_HASHING_SCHEMES=[
            "hex_sha256"
        ],  # of addresses inside signed links, not of passwords
        SECURITY_CONFIRMABLE=True,
        SECURITY_RECOVERABLE=True,
        SECURITY_CONFIRM_EMAIL_WITHIN=CONFIRM_WITHIN,
        SECURITY_RESET_PASSWORD_WITHIN=RESET_WITHIN,
        SECURITY_DATETIME_FACTORY=clock.now,
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_FLASH_MESSAGES=False,  # they would put an e-mail address into a cookie
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
    )


def _ask_again(error: NotFresh) -> ResponseReturnValue:
    from portal.accounts.views.proving import ask_again

    return ask_again(error)


def _refuse(error: Forbidden) -> ResponseReturnValue:
    from portal.accounts.views.second_step import explain_if_held_back

    return explain_if_held_back(error)


def _no_login_from_headers(_request: Any) -> None:
    """Flask-Security would accept a token in a header or an address; a browser's session is all we take."""


def _keep_private(response: Response) -> Response:
    """No cache keeps a page that was made for somebody."""
    actor = g.get("actor")
    if actor is not None and actor.is_signed_in and request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store, private"
    return response


def _note_use(app: Flask, response: Response) -> Response:
    """After the answer has gone out, note that the session is in use: reading pages write nothing."""
    session_id = g.get(browser_session.TO_NOTE)
    if session_id is not None:
        response.call_on_close(partial(_write_use, app, session_id))
    return response


def _write_use(app: Flask, session_id: int) -> None:
    try:
        with app.app_context(), unit_of_work() as session:
            touch_session(session, session_id, clock.now())
    except DBAPIError as error:  # a busy database: the next click will note it
        log.warning("session_use_not_noted", error=type(error).__name__)
