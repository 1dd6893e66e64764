"""The Flask application class: one unit of work per request.

A request either reads (its transaction refuses writes) or writes. A writing request commits once, after
its response is made, when that response is no error; so an error page never stands over a half-done
change, and a "done" page never over one that did not happen. Views never commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import ServiceUnavailable

from portal import routing
from portal.confirm import SESSION_COOKIE, Confirmations
from portal.db import ATTEMPTS, db, is_busy, is_retryable, transaction_mode
from portal.logs import describe
from portal.plugin_api.access import WRITES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Response
    from werkzeug.exceptions import HTTPException

    from portal.config import Settings

log = structlog.get_logger(__name__)
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIRST_ERROR_STATUS = 400
BUSY_SECONDS = 5
LARGEST_FORM = 1_000_000  # bytes; files have a door of their own: `plugin_api.access.takes_files`
MOST_FORM_PARTS = 500


class Portal(Flask):
    """Flask with the portal's settings and its unit of work."""

    settings: Settings
    url_rule_class = routing.LateRule

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.confirmations = Confirmations()

    def configure(self, settings: Settings) -> None:
        """Take the settings over, and the limits and cookies that follow from them."""
        self.settings = settings
        self.config.update(
            SECRET_KEY=settings.secret,
            TESTING=settings.environment == "test",
            MAX_CONTENT_LENGTH=LARGEST_FORM,
            MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
            MAX_FORM_PARTS=MOST_FORM_PARTS,
            SESSION_COOKIE_NAME=f"__Host-{SESSION_COOKIE}"
            if settings.secure_cookies
            else SESSION_COOKIE,
            SESSION_COOKIE_SECURE=settings.secure_cookies,
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Lax",
            PREFERRED_URL_SCHEME=settings.base_url.partition(":")[0],
            WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session it is bound to
            # Private browsers send no referrer. The token stands alone: no neighbour of this site can
            # put a session of its own in place of a `__Host-` cookie's.
            WTF_CSRF_SSL_STRICT=False,
        )
        routing.init_map(self.url_map)
        if settings.trusted_proxies:
            from werkzeug.middleware.proxy_fix import ProxyFix

            count = settings.trusted_proxies
            self.wsgi_app = ProxyFix(self.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: at once where all that is asked is whether a page still holds."""
        return self.confirmations.answer(environ, start_response, super().wsgi_app)

    def request_writes(self) -> bool:
        """True when the request at hand may change the database."""
        if request.method not in READING_METHODS:
            return True
        view = self.view_functions.get(request.endpoint or "")
        return getattr(view, WRITES, False) is True

    def full_dispatch_request(self) -> Response:
        """Handle the request inside a transaction of the right mode."""
        with transaction_mode("write" if self.request_writes() else "read"):
            return super().full_dispatch_request()

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Look at who asks, and whether the form is theirs, before anybody waits for the right to write."""
        if not self.request_writes():
            return super().preprocess_request()
        with transaction_mode("read"):
            try:
                return super().preprocess_request()
            finally:
                db.session.rollback()

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view; for a writing request commit, roll back, or run it again on a conflict."""
        if not self.request_writes():
            return super().dispatch_request()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self.make_response(super().dispatch_request())
                self._finish(response)
            except DBAPIError as error:
                db.session.rollback()
                if not is_retryable(error) or attempt == ATTEMPTS:
                    raise
                # The actor is read again too: rights may be what the conflict was about.
                g.pop("actor", None)
            except BaseException:
                db.session.rollback()
                raise
            else:
                return response
        raise AssertionError("the last attempt either returns or raises")

    def _finish(self, response: Response) -> None:
        if response.status_code < FIRST_ERROR_STATUS:
            db.session.commit()
        else:
            db.session.rollback()

    def handle_user_exception(self, e: Exception) -> HTTPException | ResponseReturnValue:
        """Answer an error. A database that is busy is no fault: the page says so, and when to come back."""
        if is_busy(e):
            log.warning("database_busy", endpoint=request.endpoint, **describe(e))
            e = ServiceUnavailable(retry_after=BUSY_SECONDS)
        return super().handle_user_exception(e)

    def log_exception(self, exc_info: Any) -> None:
        """Log a failed request by its endpoint: an address may hold a token or what was searched."""
        log.error("request_failed", endpoint=request.endpoint, **describe(exc_info[1]))

    def create_jinja_environment(self) -> Any:
        """Jinja's environment; whitespace around blocks is trimmed, for small pages."""
        environment = super().create_jinja_environment()
        environment.trim_blocks = True
        environment.lstrip_blocks = True
        return environment
