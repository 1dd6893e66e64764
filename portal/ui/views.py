"""The pages that belong to every room: display settings, the files of the look, and the style guide."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _

from portal.plugin_api.access import public
from portal.ui import assets, display
from portal.ui.display_form import DisplayForm
from portal.ui.page import KEY, Chrome

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("ui", __name__)
style = Blueprint("ui_style", __name__)


def safe_next(target: str | None, otherwise: str = "/") -> str:
    """The target when it is an address within this site, else the other: never an open redirect."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return otherwise
    if any(ord(letter) < ord(" ") for letter in target) or "\\" in target:
        return otherwise
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else otherwise


def _where_from() -> str:
    """The page of ours that the reader came from, so that they can go back to it."""
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:  # no address at all
        return "/"
    if referrer.netloc != request.host or referrer.path == request.path:
        return "/"
    query = f"?{referrer.query}" if referrer.query else ""
    return safe_next(referrer.path + query)


@blueprint.get("/assets/<name>")
@public
def asset(name: str) -> Response:
    """A style sheet, script, icon or logo, kept by browsers for a year."""
    chrome: Chrome = current_app.extensions[KEY]
    return assets.respond(chrome.assets, name)


@blueprint.route("/display", methods=["GET", "POST"])
@public("GET", "POST")
def display_settings() -> ResponseReturnValue:
    """Text size, spacing, contrast, calm mode, language: kept in this browser, and with the account."""
    chrome: Chrome = current_app.extensions[KEY]
    form = DisplayForm(obj=display.current(), languages=chrome.languages)
    if not form.is_submitted():
        form.next.data = safe_next(request.args.get("next"), _where_from())
    elif form.validate():
        chosen = form.chosen()
        flash(_("Your settings are saved. You can change them at any time."), "good")
        response = make_response(redirect(safe_next(form.next.data), 303))
        settings = current_app.settings  # type: ignore[attr-defined]  # our Flask class carries it
        display.keep(response, chosen, secure=settings.secure_cookies)
        display.remember(chosen)
        return response
    return render_template("ui/display.html", form=form), 422 if form.errors else 200


@style.get("/style")
@public
def guide() -> str:
    """Every component in every state. Not served in production."""
    from portal.ui.style_guide import examples

    return render_template("ui/style.html", **examples())
