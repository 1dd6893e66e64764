"""The portal of a recovery college: a small core that loads plugins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.app import Portal
    from portal.config import Settings


def create_app(
    settings: Settings | None = None, *, plugins: Iterable[tuple[str, Any]] = ()
) -> Portal:
    """The portal, ready to serve. Never writes to the database, nor asks it anything.

    `plugins` are (name, module) pairs loaded beside the installed ones.

    Raises:
        SettingsError: a setting is missing or wrong.
        BootError: a route, plugin, permission or table breaks a rule; the message names the place.
    """
    from portal.collector import resting
    from portal.config import load_settings

    settings = settings or load_settings()
    with resting(keep=settings.environment == "production"):
        return _put_together(settings, plugins)


def _put_together(settings: Settings, plugins: Iterable[tuple[str, Any]]) -> Portal:
    from portal import accounts, concerns, courses, db, desk, files, home, logs, messages, ui
    from portal.app import Portal
    from portal.plugin_host import boot, metrics, worker
    from portal.ui import i18n

    app = Portal("portal", static_folder=None)
    app.configure(settings)
    logs.configure(development=settings.development)
    db.init_app(app, settings)
    host = boot.start_plugins(app, plugins)
    i18n.init_app(app, host.registry.translation_folders())
    ui.init_app(app, settings)
    messages.init_app(app)
    files.init_app(app)
    accounts.init_app(app)
    courses.init_app(app)
    desk.init_app(app)
    concerns.init_app(app)
    home.init_app(app)
    worker.init_app(app)
    metrics.init_app(app)
    boot.seal_routes(app)
    return app
