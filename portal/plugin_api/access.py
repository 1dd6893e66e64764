"""Who may call a route: declared beside the view, enforced by the host, checked at boot.

Every route × method carries exactly one of `@public`, `@signed_in` and `@requires`. Each names the
methods it covers; without names it covers GET. So a POST never inherits what was meant for a GET:

    @bp.route("/notices/new", methods=["GET", "POST"])
    @requires("noticeboard:notice:write", "GET", "POST")
    def new() -> ResponseReturnValue: ...

A page that an unlocked phone on a table must not open, such as somebody's bank details, adds `fresh=True`:
whoever has not shown who they are within the last `FRESH_FOR` is asked to, and comes back to the page with
everything they had typed. Where ten minutes would be in the way of what the page is for, it names another
time: `fresh=timedelta(hours=4)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeVar, overload

from flask import current_app, g
from werkzeug.exceptions import Forbidden

from portal import clock
from portal.plugin_api.types import ANONYMOUS, Actor

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "__portal_access__"
WRITES = "__portal_writes__"
TAKES_FILES = "__portal_takes_files__"
LARGEST_FILE = 10_000_000  # bytes: ten photos of a page, or a booklet with pictures
LOADER = "portal_actor_loader"  # key in app.extensions
# Long enough to fill in one sensitive form, short enough for a phone left on a table.
FRESH_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Access:
    """The rule of one method of one view."""

    kind: Literal["public", "signed_in", "requires"]
    permission: str = ""
    any_scope: bool = False
    fresh: bool | timedelta = False
    hidden: bool = False


class NotFresh(Forbidden):
    """They may, but showed who they are too long ago: the accounts room asks again and brings them back."""


class AccessError(Exception):
    """A view declares two rules for one method."""


def _declare(view: View, access: Access, methods: tuple[str, ...]) -> View:
    table: dict[str, Access] = view.__dict__.setdefault(ATTRIBUTE, {})
    for method in methods or ("GET",):
        if method in table:
            raise AccessError(f"{view.__module__}.{view.__qualname__}: two rules for {method}")
        table[method] = access
    return view


@overload
def public(view: View, /) -> View: ...
@overload
def public(*methods: str) -> Callable[[View], View]: ...
def public(*arguments: Any) -> Any:
    """Anybody may call it. `@public` covers GET; `@public("GET", "POST")` what it names."""
    if arguments and callable(arguments[0]):
        return _declare(arguments[0], Access("public"), ())
    return lambda view: _declare(view, Access("public"), arguments)


@overload
def signed_in(view: View, /) -> View: ...
@overload
def signed_in(*methods: str, fresh: bool | timedelta = False) -> Callable[[View], View]: ...
def signed_in(*arguments: Any, fresh: bool | timedelta = False) -> Any:
    """Anybody who is signed in may call it; rows are still fetched for this actor only.

    With `fresh`, they are asked to show again that it is them when that was a while ago.
    """
    if arguments and callable(arguments[0]):
        return _declare(arguments[0], Access("signed_in"), ())
    return lambda view: _declare(view, Access("signed_in", fresh=fresh), arguments)


def requires(
    permission: str,
    *methods: str,
    any_scope: bool = False,
    fresh: bool | timedelta = False,
    hidden: bool = False,
) -> Callable[[View], View]:
    """Only who holds the permission in the whole college may call it.

    With `any_scope`, holding it anywhere opens the door and the view's own policy asks about the
    record's scope. With `fresh`, whoever may is asked to show again that it is them when that was a while
    ago; whoever may not is refused as ever, and learns nothing. With `hidden`, whoever else is signed in is
    told that there is no such page.
    """
    access = Access("requires", permission, any_scope, fresh, hidden)
    return lambda view: _declare(view, access, methods)


def require_fresh(actor: Actor, within: timedelta = FRESH_FOR) -> None:
    """Ask again, as `fresh=True` does: for a view where it depends on the record.

    Call it before anything is written.

    Raises:
        NotFresh: they showed who they are longer ago than that.
    """
    if actor.proved_at is None or clock.now() - actor.proved_at >= within:
        raise NotFresh


def writes(view: View) -> View:
    """Mark a view whose GET must write, such as a page that logs who read it."""
    view.__dict__[WRITES] = True
    return view


def takes_files(view: View) -> View:
    """Mark a view whose POST brings files, of `LARGEST_FILE` bytes together. Elsewhere a form is small.

    Its rule is checked before the files are read, and few may be on their way at once.
    """
    view.__dict__[TAKES_FILES] = True
    return view


def declared(view: Callable[..., Any]) -> dict[str, Access]:
    """The rules declared on a view, by method; empty when there are none."""
    table: dict[str, Access] = getattr(view, ATTRIBUTE, {})
    return table


def current_actor() -> Actor:
    """Whoever makes this request, read once per request; `ANONYMOUS` without a request."""
    if not g:
        return ANONYMOUS
    actor: Actor | None = g.get("actor")
    if actor is None:
        loader: Callable[[], Actor] | None = current_app.extensions.get(LOADER)
        actor = loader() if loader else ANONYMOUS
        g.actor = actor
    return actor
