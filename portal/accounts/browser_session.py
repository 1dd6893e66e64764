"""Between a browser's cookie and the record of its session: open, load, close.

The cookie holds a random key. Who it belongs to, and whether it still counts, is asked of the database
on every request that wants to know: one query, and none for a browser without a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask, abort, current_app, g, request, session
from flask_security.utils import login_user, logout_user

from portal import clock
from portal.accounts.models import EndReason, Login, SignedInBy
from portal.accounts.policies import (
    EVERYBODY,
    PRIVILEGED,
    SessionLimits,
    is_over,
    limits_for,
    needs_second_step,
    permissions_of,
)
from portal.accounts.queries import session_by_hash
from portal.accounts.services.sessions import (
    SEEN_EVERY,
    end_session_by_key,
    hash_key,
    open_session,
    renew_session,
)
from portal.db import db
from portal.plugin_api import ANONYMOUS, Actor, current_actor

KEY = "sid"  # in the signed cookie
ROLE_PERMISSIONS = "portal_role_permissions"  # in app.extensions, filled by the host
# In flask.g, for the request at hand.
TO_NOTE = "session_to_note"
SESSION_ID = "login_session_id"
TIMED_OUT = "timed_out_person_id"
LOGIN_ID = "login_id"
IS_STRONG = "session_is_strong"  # begun, or proved since, with two proofs
LIMITS = "session_limits"  # of whoever asks, by all the roles they hold
HELD_BACK = "roles_held_back"  # their role needs a second step, which this session has not seen
STRONG = "strong"  # beside the way somebody signed in: with two proofs


def load_actor() -> Actor:
    """Whoever holds the key in this request's cookie, with the rights they hold now, or nobody."""
    key = session.get(KEY)
    if not isinstance(key, str):
        return ANONYMOUS
    now = clock.now()
    live = session_by_hash(db.session, hash_key(key), now)
    if live is None:
        return ANONYMOUS
    person_id = live.person_id
    roles = frozenset({EVERYBODY, *(role for role, _scope in live.grants)})
    limits = limits_for(roles)
    setattr(g, LIMITS, limits)
    if is_over(limits, created_at=live.created_at, seen_at=live.seen_at, at=now):
        setattr(g, TIMED_OUT, person_id)
        return ANONYMOUS
    setattr(g, LOGIN_ID, live.login_id)
    setattr(g, SESSION_ID, live.id)
    setattr(g, IS_STRONG, live.strong)
    if now - live.seen_at >= SEEN_EVERY:
        setattr(g, TO_NOTE, live.id)
    bundles = current_app.extensions.get(ROLE_PERMISSIONS, {})
    grants = live.grants
    if not live.strong and needs_second_step(roles) and _asks_for_second_step():
        setattr(g, HELD_BACK, True)
        grants = tuple(grant for grant in grants if grant[0] not in PRIVILEGED)
        roles -= PRIVILEGED
    return Actor(
        person_id=person_id,
        name=live.name,
        roles=roles,
        permissions=permissions_of(grants, bundles),
        proved_at=live.proved_at,
    )


def current_limits() -> SessionLimits:
    """How long the session of whoever is signed in here lives."""
    limits: SessionLimits = getattr(g, LIMITS)
    return limits


def _asks_for_second_step() -> bool:
    asks: bool = current_app.settings.asks_staff_for_second_step  # type: ignore[attr-defined]  # a Portal
    return asks


def load_login(uniquifier: str) -> Login | None:
    """Flask-Login's question: the login of this request, when its record and the cookie agree."""
    if not current_actor().is_signed_in:
        return None
    login = db.session.get(Login, getattr(g, LOGIN_ID))
    return login if login is not None and login.get_id() == uniquifier else None


def start(login: Login, how: SignedInBy, *, strong: bool = False) -> None:
    """Sign this browser in: with a new key, a new CSRF token, and nothing left of what was there."""
    _forget()
    login_user(login, remember=False, authn_via=[how, *([STRONG] if strong else [])])
    g.pop("actor", None)


def on_authenticated(
    _app: Flask, user: Login, authn_via: Sequence[str] = (), **_details: Any
) -> None:
    """Whichever way Flask-Security signs somebody in, the session gets a record; without one it is void."""
    session[KEY] = open_session(
        db.session,
        user.id,
        device=device_label(request.user_agent.string),
        how=SignedInBy(authn_via[0]),
        strong=STRONG in authn_via,
    )


def prove_again(*, strong: bool) -> None:
    """Whoever is signed in here has shown again that it is them: a new key, so that a copied one is worth
    nothing. `strong` says that it was with a second proof.

    Raises:
        werkzeug.exceptions.Unauthorized: the session was ended meanwhile.
    """
    key = renew_session(db.session, getattr(g, SESSION_ID), strong=strong)
    if key is None:
        abort(401)
    session[KEY] = key
    g.pop("actor", None)


def stop() -> None:
    """Sign this browser out; a copy of its cookie is worth nothing from now on."""
    _forget(EndReason.SIGNED_OUT)
    logout_user()
    session.clear()
    g.pop("actor", None)


def _forget(why: EndReason = EndReason.REPLACED) -> None:
    key = session.get(KEY)
    if isinstance(key, str):
        end_session_by_key(db.session, key, why)
    session.clear()
    g.pop("csrf_token", None)  # Flask-WTF keeps a copy for the rest of the request


def device_label(user_agent: str) -> str:
    """A browser and a system, such as "Firefox · Android"; empty when neither is known.

    Product names, the same in every language. No more of the header is kept: it would tell
    browsers apart.
    """
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)


# In this order: most browsers also claim to be others.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
