"""How somebody wants pages to look: text size, spacing, contrast, calm, language.

Kept in one cookie that says nothing about the person, read on every request as classes on `<html>`.
Accounts may store it with the account too: see `remember_with`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from flask import current_app, g, has_request_context, request

if TYPE_CHECKING:
    from flask import Flask, Response

COOKIE = "display"
YEAR = 31_536_000  # seconds
REMEMBER = "portal_display_remember"  # key in app.extensions

TEXT = ("m", "s", "l", "xl")
SPACING = ("usual", "roomy")
CONTRAST = ("usual", "high", "dark")
CHOICES = {"text": TEXT, "spacing": SPACING, "contrast": CONTRAST, "calm": ("no", "yes")}


@dataclass(frozen=True, slots=True)
class Display:
    """One person's choices; the defaults are what everyone starts with."""

    text: str = "m"
    spacing: str = "usual"
    contrast: str = "usual"
    calm: str = "no"
    language: str = ""  # "" follows the browser

    @property
    def classes(self) -> str:
        """The classes for `<html>`: empty for the defaults."""
        names = (
            f"rc-text-{self.text}" if self.text != "m" else "",
            "rc-roomy" if self.spacing == "roomy" else "",
            f"rc-{self.contrast}" if self.contrast != "usual" else "",
            "rc-calm" if self.calm == "yes" else "",
        )
        return " ".join(name for name in names if name)


DEFAULT = Display()


def parse(value: str, languages: tuple[str, ...] = ()) -> Display:
    """The choices in a cookie's value. What is unknown or forged falls back to the default."""
    if not value:
        return DEFAULT
    parts = dict(part.split("-", 1) for part in value[:200].split("_") if "-" in part)
    chosen = {name: parts[name] for name, allowed in CHOICES.items() if parts.get(name) in allowed}
    if parts.get("language") in languages:
        chosen["language"] = parts["language"]
    return replace(DEFAULT, **chosen)


def serialise(display: Display) -> str:
    """The cookie's value: only what differs from the defaults, such as `text-l_calm-yes`."""
    usual = asdict(DEFAULT)
    return "_".join(
        f"{name}-{value}" for name, value in asdict(display).items() if value != usual[name]
    )


def cookie_name(*, secure: bool) -> str:
    """The cookie's name; over TLS one that browsers take from this very host alone."""
    return f"__Host-{COOKIE}" if secure else COOKIE


def kept_here() -> str:
    """What this browser keeps; empty when nobody has chosen anything in it."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    return request.cookies.get(cookie_name(secure=secure), "")


def current() -> Display:
    """The display of the request at hand, read once; the defaults outside one."""
    if not has_request_context():
        return DEFAULT
    display: Display | None = g.get("ui_display")
    if display is None:
        languages = (
            tuple(current_app.settings.languages) if hasattr(current_app, "settings") else ()
        )
        display = parse(kept_here(), languages)
        g.ui_display = display
    return display


def chosen_language() -> str | None:
    """The language this browser was told to use, for the locale selector; None when never chosen."""
    return current().language or None


def keep(response: Response, display: Display, *, secure: bool) -> None:
    """Put the choices in the browser's cookie for a year, or drop the cookie when all are defaults."""
    value, name = serialise(display), cookie_name(secure=secure)
    if value:
        response.set_cookie(name, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(name, secure=secure, httponly=True, samesite="Lax")


def remember_with(app: Flask, store: Callable[[Display], None]) -> None:
    """Let a room store the choices with the account: `store(display)` runs inside the saving request."""
    app.extensions[REMEMBER] = store


def remember(display: Display) -> None:
    """Hand the choices to whoever asked for them with `remember_with`, if anybody did."""
    store: Callable[[Display], None] | None = current_app.extensions.get(REMEMBER)
    if store is not None:
        store(display)
