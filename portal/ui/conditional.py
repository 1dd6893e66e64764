"""Answers that a browser may keep: the same page is not made, nor sent, twice.

A page is named by everything it is made of: what the view says (a version of the data, a date), and what
every page depends on (address, language, display settings, navigation, the release that made it). Only
visitors who are not signed in are answered with "not modified"; what a signed-in person sees is not
stored at all.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app, make_response, request
from flask.typing import ResponseReturnValue

from portal.confirm import PROMISE, Promise
from portal.plugin_api.access import current_actor
from portal.recent import Recent
from portal.ui.page import KEY, Chrome, current_page

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from flask import Flask, Response

RELEASE = "portal_release"  # in app.extensions
PAGES = "portal_pages"  # in app.extensions
MOST_PAGES = 128  # about 20 kB each


def page_tag(*parts: Hashable, again: Callable[[], tuple[Hashable, ...]] | None = None) -> str:
    """The name of the answer to this request, made of `parts` and of what every page depends on.

    Empty when the answer must not be kept: somebody is signed in, or a message waits to be shown.
    `again()` reads the parts anew, outside any request: with it, the answer "not modified" is given
    from memory while they stay the same (see `portal.confirm`).
    """
    page = current_page()
    if current_actor().is_signed_in or page.has_messages:
        return ""
    chrome: Chrome = current_app.extensions[KEY]
    links = [(str(link.label), link.url, link.current) for link in (*page.nav, *page.who.links)]
    whole = repr(
        (
            request.scheme,
            request.host,
            request.full_path,
            request.script_root,
            page.lang,
            page.classes,
            links,
            chrome.assets.css,
            _release(current_app),
            parts,
        )
    )
    if again is not None:
        request.environ[PROMISE] = Promise(parts, again)
    return hashlib.blake2b(whole.encode(), digest_size=12).hexdigest()


def not_modified(tag: str) -> Response | None:
    """The short answer, when the browser already has this page; else None."""
    if not tag or tag not in request.if_none_match:
        return None
    return keep(make_response("", 304), tag)


def answer(tag: str, make: Callable[[], str]) -> Response:
    """The page of that name: "not modified" if the browser has it, else as it was made last, else made now.

    What a tag promises to browsers holds here too: two answers of one tag are the same to the letter.
    """
    short = not_modified(tag)
    if short is not None:
        return short
    if not tag:
        return keep(make(), tag)
    pages: Recent[str] = current_app.extensions.setdefault(PAGES, Recent(MOST_PAGES))
    return keep(pages.get(tag, make), tag)


def keep(answer: ResponseReturnValue, tag: str) -> Response:
    """The answer, marked so that only this browser keeps it, and asks each time if it still holds."""
    response: Response = make_response(answer)
    response.headers["Cache-Control"] = "private, no-cache" if tag else "no-store"
    if tag:
        response.set_etag(tag)
    return response


def _release(app: Flask) -> str:
    """Changes when a template or module of the portal or a plugin does, or the college's own settings."""
    known: str | None = app.extensions.get(RELEASE)
    if known is None:
        roots = {Path(app.root_path), *(Path(one.root_path) for one in app.blueprints.values())}
        chrome: Chrome = app.extensions[KEY]
        # The college's name, numbers and hours stand on every page too.
        known = f"{_fingerprint(tuple(sorted(roots)))} {chrome.college!r} {chrome.calls!r}"
        app.extensions[RELEASE] = known
    return known


@cache
def _fingerprint(roots: tuple[Path, ...]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for root in roots:
        for path in sorted((*root.rglob("*.html"), *root.rglob("*.py"), *root.rglob("*.mo"))):
            if "node_modules" not in path.parts:
                facts = path.stat()
                digest.update(f"{path}{facts.st_mtime_ns}{facts.st_size}".encode())
    return digest.hexdigest()
