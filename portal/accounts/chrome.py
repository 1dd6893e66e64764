"""What accounts adds to every page: the signed-in end of the masthead, and kept display settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext as _

from portal.accounts.browser_session import current_limits
from portal.accounts.services.people import save_display
from portal.db import db
from portal.plugin_api import current_actor
from portal.ui import display
from portal.ui.page import Link, Who, use_chrome

if TYPE_CHECKING:
    from portal.app import Portal


def init_app(app: Portal) -> None:
    """Tell the layout who is signed in, and keep what a signed-in person chooses to see."""
    use_chrome(app, who=who)
    display.remember_with(app, remember_display)


def who() -> Who:
    """The person's own page and "Sign out", or "Sign in"."""
    actor = current_actor()
    if not actor.is_signed_in:
        return Who(links=(Link(_("Sign in"), url_for("accounts.sign_in")),))
    return Who(
        links=(Link(actor.name, url_for("accounts.details")),),
        sign_out=url_for("accounts.sign_out"),
        key=str(actor.person_id),
        idle=int(current_limits().idle.total_seconds()),
    )


def remember_display(chosen: display.Display) -> None:
    """Keep the display settings with the account, so that they come along to another device."""
    actor = current_actor()
    if actor.person_id is not None:
        save_display(db.session, actor.person_id, display.serialise(chosen))
