"""Error pages: kind, useful, and never the end of what somebody typed.

Every page says what to do next. When a form could not be taken, what was typed is shown again to copy
(never a password), and where it is safe, one button sends it again. Pages for faults of
ours (500 and up) ask the database for nothing, so they stand when it does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import (
    ClientDisconnected,
    HTTPException,
    InternalServerError,
    RequestTimeout,
)

from portal.ui.page import make_plain

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

    from portal.plugin_api.types import Words

# Whole words of a field's name: an "opinion" and a "postcode" are no secrets.
SECRET = re.compile(
    r"pass(?:word|code|phrase|key)"
    r"|(?<![a-z])(?:pass|secret|token|code|pin|csrf|card|cvc|iban|sort_?code"
    r"|account_?n(?:o|r|um|umber))(?![a-z])",
    re.IGNORECASE,
)
MACHINE = frozenset(
    {"next", "submit", "action", "page", "cursor", "version", "held", "key", "form_key", "step"}
)
NOTHING_TYPED = frozenset({"", "y"})  # "y" is what a tick or a pressed button sends
MOST_LETTERS = 50_000  # of typed text shown again; beyond it a page is no help
CSRF_STATUS = 400


@dataclass(frozen=True, slots=True)
class Trouble:
    """What one kind of error page says: what happened, and what to do."""

    title: Words
    what: Words
    todo: Sequence[Words]


TROUBLES: dict[int, Trouble] = {
    400: Trouble(
        _l("We could not read that"),
        _l("Something in what your browser sent did not make sense to us."),
        (_l("Go back and try once more."), _l("If it happens again, tell us and we will help.")),
    ),
    401: Trouble(
        _l("Please sign in first"),
        _l("This page is for people who have signed in."),
        (_l("Sign in, and then open the page again."),),
    ),
    403: Trouble(
        _l("This page is not open to you"),
        _l("You are signed in, but this part is for people with another role in the college."),
        (
            _l("If you think you should be able to see it, ask us. It may only need a setting."),
            _l("Nothing has been changed."),
        ),
    ),
    404: Trouble(
        _l("We cannot find that page"),
        _l("It may have moved, or it may have been taken down. You have done nothing wrong."),
        (
            _l("If you typed the address, check it for slips."),
            _l("Start from the front page, or ask us and we will find it with you."),
        ),
    ),
    405: Trouble(
        _l("That did not work from here"),
        _l("This address only takes a form that was filled in on its own page."),
        (_l("Go back to the page you came from and use its button."),),
    ),
    408: Trouble(
        _l("That took too long to reach us"),
        _l("It came so slowly that we stopped waiting. Nothing has been kept of it."),
        (
            _l("Try again where your connection is better, or with a smaller file."),
            _l("Or bring it to the college, and we will do it together."),
        ),
    ),
    413: Trouble(
        _l("That is too big to send"),
        _l("The file or the text was larger than we can take."),
        (
            _l("Try a smaller file, or a photo taken at a lower quality."),
            _l("Or bring it to the college, and we will do it together."),
        ),
    ),
    429: Trouble(
        _l("Let us slow down for a moment"),
        _l("This was tried many times in a short while, so we paused it to keep accounts safe."),
        (_l("Wait a few minutes, then try again."), _l("In a hurry? Call us.")),
    ),
    500: Trouble(
        _l("Something broke on our side"),
        _l("It is not your fault. We have been told, and we will look at it."),
        (
            _l("Try again in a few minutes."),
            _l("If you were sending something, check whether it arrived before you send it again."),
        ),
    ),
    503: Trouble(
        _l("We will be back soon"),
        _l("The site is busy, or we are working on it."),
        (_l("Try again in a few minutes. You can call us meanwhile."),),
    ),
}
STALE = Trouble(
    _l("This page was open for a long time"),
    _l("To keep you safe, a page stops taking answers after a while. Nothing has been sent yet."),
    (_l("Nothing you typed is lost: it is below."),),
)


@dataclass(frozen=True, slots=True)
class Typed:
    """One answer that was typed: the field's name, its words for people, and the text."""

    name: str
    label: str
    text: str


def typed_answers() -> list[Typed]:
    """What the failed form held, without secrets; empty when there was none or it cannot be read."""
    if request.method != "POST":
        return []
    try:
        pairs = list(request.form.items(multi=True))
    except HTTPException:  # too large to be read, which may be what went wrong
        return []
    answers, letters = [], 0
    for name, text in pairs:
        if text.strip() in NOTHING_TYPED or SECRET.search(name) or name in MACHINE:
            continue
        letters += len(text)
        if letters > MOST_LETTERS:
            break
        label = name.rsplit("-", 1)[-1].replace("_", " ").capitalize()
        answers.append(Typed(name, label, text))
    return answers


def _from_our_own_page() -> bool:
    """True when the browser says that the form came from this site.

    Only then may "send it again" be offered: to a stranger's form it would be a way around the
    protection that refused it.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        return bool(origin) and urlsplit(origin).netloc == request.host
    except ValueError:  # no address at all
        return False


def _can_be_sent_again() -> bool:
    if request.files or not _from_our_own_page():
        return False
    # A secret is never sent back to the page, so a form with one has to be filled in anew.
    return not any(SECRET.search(name) for name in request.form if name != "csrf_token")


def show(status: int, trouble: Trouble, *, again: bool = False) -> tuple[str, int, dict[str, str]]:
    """The error page for this trouble. `again` offers to send the same form once more."""
    if status >= InternalServerError.code:
        make_plain()
    answers = typed_answers()
    page = render_template(
        "ui/error.html",
        trouble=trouble,
        status=status,
        answers=answers,
        again=again and bool(answers),
        kept=[pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
        if again
        else [],
    )
    return page, status, {"Cache-Control": "no-store"}


def answer(error: HTTPException) -> ResponseReturnValue:
    """The page for an error; for a room that answers some of them in a way of its own."""
    status = error.code or InternalServerError.code
    if error.response is not None or status < 400:
        return error
    if _wants_json():
        return {"error": error.name, "status": status}, status, _extra_headers(error)
    trouble = TROUBLES.get(status) or TROUBLES[400 if status < 500 else 500]
    body, code, headers = show(status, trouble)
    return body, code, {**headers, **_extra_headers(error)}


def _extra_headers(error: HTTPException) -> dict[str, str]:
    """The error's own headers, such as Allow and Retry-After; not its Content-Type."""
    return {name: value for name, value in error.get_headers() if name != "Content-Type"}


def _stale_form(error: CSRFError) -> ResponseReturnValue:  # noqa: ARG001 - every reason gets one page
    return show(CSRF_STATUS, STALE, again=_can_be_sent_again())


def _too_slow(error: ClientDisconnected) -> ResponseReturnValue:  # noqa: ARG001 - there is one reason
    """The rest of the form did not come: the server stopped reading it, or there is nobody to answer."""
    return answer(RequestTimeout())


def _wants_json() -> bool:
    accept = request.accept_mimetypes
    return accept.best == "application/json" and not accept.accept_html


def init_app(app: Flask) -> None:
    """Answer every error with a page of ours."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(ClientDisconnected, _too_slow)
    app.register_error_handler(HTTPException, answer)
