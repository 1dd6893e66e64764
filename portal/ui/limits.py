"""How often something may be done: for views of every room, counted in one store for all processes.

While the store cannot be reached each process counts by itself; nothing is ever let through uncounted.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING, cast

import structlog
from flask import current_app, make_response, render_template
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from limits import RateLimitItem
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from portal import limit_store
from portal.logs import describe
from portal.plugin_api.access import current_actor

if TYPE_CHECKING:
    from flask import Flask, Response
    from limits.storage import Storage

    from portal.config import Settings

log = structlog.get_logger(__name__)
_here = MovingWindowRateLimiter(MemoryStorage())  # while the store cannot be reached


def nameless(text: str) -> str:
    """A name for an address that does not tell it: counters are kept outside the database."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def network() -> str:
    """A name for the network address that asks."""
    return nameless(get_remote_address())


def myself() -> str:
    """A name for whoever is signed in."""
    return f"person:{current_actor().person_id}"


class OneLimiter(Limiter):
    """The limiter of a process, which counts for the app that was made last."""

    def count_anew(self, app: Flask) -> None:
        """Count for this app, from nothing: where one process makes several, in tests."""
        store = cast("Storage", storage_from_string(app.config["RATELIMIT_STORAGE_URI"]))
        store.reset()
        self._storage, self._limiter = store, MovingWindowRateLimiter(store)
        self._fallback_storage.reset()
        self._storage_dead = False


limiter = OneLimiter(network, in_memory_fallback_enabled=True, headers_enabled=False)


def init_app(app: Flask, settings: Settings) -> None:
    """Count in the store that the settings name; unless they do, in a file of the data folder."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.rate_limit_store or limit_store.address(settings.data_dir),
        RATELIMIT_STRATEGY="moving-window",
        RATELIMIT_SWALLOW_ERRORS=False,
    )
    limiter.init_app(app)
    # Limits stand on views, whose decorator checks them. The library also looks before every request
    # for limits of the whole application, of which there are none.
    app.before_request_funcs[None] = [
        function
        for function in app.before_request_funcs[None]
        if getattr(function, "__self__", None) is not limiter
    ]


def seconds_until(item: RateLimitItem, *key: str) -> int:
    """Count one more of these now, and return 0; or how many seconds until there may be another."""
    counter = limiter.limiter
    try:
        return _count(counter, item, *key)
    except Exception as error:  # noqa: BLE001 - whatever the store raises
        log.warning("limits_counted_here", **describe(error))
        return _count(_here, item, *key)


def _count(counter: object, item: RateLimitItem, *key: str) -> int:
    assert isinstance(counter, MovingWindowRateLimiter)  # noqa: S101 - as `init_app` says
    if counter.hit(item, *key):
        return 0
    return max(1, int(counter.get_window_stats(item, *key).reset_time - time.time()) + 1)


def ask_to_wait(limit: RequestLimit) -> Response:
    """A kind page: how long."""
    return wait_page(max(1, int(limit.reset_at - time.time()) - 1))  # the library adds one


def wait_page(seconds: int, template: str = "ui/wait.html") -> Response:
    """The page that asks to wait that long."""
    page = render_template(template, minutes=-(-seconds // 60))
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(seconds)
    response.headers["Cache-Control"] = "no-store"
    return response
