"""What every view may use: the layout, macros, form fields, display settings, error pages, headers.

Templates live under `ui/` and are used by name: `{% extends "ui/layout.html" %}` and
`{% import "ui/macros.html" as ui %}`. Nothing here knows a room; rooms add to every page through
`use_chrome`, and keep people's display settings through `display.remember_with`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from portal.ui import assets, errors, filters, headers, limits
from portal.ui.page import (
    KEY,
    Call,
    Chrome,
    Link,
    Page,
    Who,
    current_page,
    make_chrome,
    use_chrome,
)

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings

__all__ = ["Call", "Chrome", "Link", "Page", "Who", "current_page", "init_app", "use_chrome"]

GOVUK = ("govuk_frontend_jinja", "govuk_frontend_wtf")  # macros and widgets, used by these names


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app its look: templates, filters, assets, headers, error pages, `/display`, `/style`.

    Raises:
        AssetsMissingError: in production, when the front-end files have not been built.
    """
    from portal.ui.views import blueprint, style

    app.extensions[KEY] = make_chrome(settings, assets.load(settings))
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    own_loader = app.jinja_loader
    app.jinja_loader = ChoiceLoader(
        [
            *([own_loader] if own_loader else []),
            FileSystemLoader(assets.STATIC.parent / "templates"),
            PrefixLoader({name: PackageLoader(name) for name in GOVUK}),
        ]
    )
    filters.init_app(app)
    headers.init_app(app, settings)
    errors.init_app(app)
    limits.init_app(app, settings)
    app.context_processor(lambda: {"page": current_page()})
    app.register_blueprint(blueprint)
    if settings.environment != "production":
        app.register_blueprint(style)
