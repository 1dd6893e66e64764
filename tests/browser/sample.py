"""A small app with the look and nothing else, for tests of the look: no rooms, no database."""

from __future__ import annotations

from flask import abort, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf import CSRFProtect

from portal import ui
from portal.app import Portal
from portal.config import load_settings
from portal.plugin_api import NavItem
from portal.ui.forms import Form, LongTextField, Needed, PasswordField, SubmitField, TextField

PAGE = """{% extends "ui/layout.html" %}{% import "ui/macros.html" as ui %}
{% block title %}Tell us{% endblock %}
{% block content %}{{ ui.heading("Tell us") }}{{ ui.form(form) }}{% endblock %}"""
ERRORS = (400, 403, 404, 405, 408, 413, 429, 500, 503)
LONGEST_BODY = 20_000


class IdeaForm(Form):
    """A form as a room would write it."""

    name = TextField("Your name", [Needed("Write your name")])
    idea = LongTextField("Your idea")
    send = SubmitField("Send")


class SecretForm(Form):
    """A form with a password in it."""

    name = TextField("Your name")
    password = PasswordField("Password")
    send = SubmitField("Send")


class NoDatabase(Portal):
    """The portal's app class, but a request opens no transaction: there is nothing to open one on."""

    def request_writes(self) -> bool:
        return False


def make_sample(language: str = "en", **overrides: object) -> Portal:
    """The app; settings may be overridden by name."""
    values = {"environment": "test", "languages": [language], **overrides}
    settings = load_settings(**values)
    app = NoDatabase("sample", static_folder=None)
    app.settings = settings
    app.config.update(
        SECRET_KEY=settings.secret, MAX_CONTENT_LENGTH=LONGEST_BODY, WTF_CSRF_TIME_LIMIT=3600
    )
    Babel(app, default_locale=language)
    CSRFProtect(app)
    ui.init_app(app, settings)
    links = [ui.Link(NavItem("Courses", "").label, "/idea"), ui.Link("About the college", "/style")]
    ui.use_chrome(
        app,
        navigation=lambda: [
            ui.Link(link.label, link.url, link.url == request.path) for link in links
        ],
        who=lambda: ui.Who([ui.Link("My page", "/me")], sign_out="/sign-out"),
        foot_links=lambda: [ui.Link("Privacy", "/privacy")],
    )

    @app.route("/idea", methods=["GET", "POST"])
    def idea() -> ResponseReturnValue:
        form = IdeaForm()
        if form.validate_on_submit():
            return redirect("/thanks", 303)
        return render_template_string(PAGE, form=form), 422 if form.errors else 200

    @app.route("/secret", methods=["GET", "POST"])
    def secret() -> ResponseReturnValue:
        return render_template_string(PAGE, form=SecretForm())

    @app.get("/thanks")
    def thanks() -> str:
        return "thanks"

    @app.get("/error/<int:status>")
    def error(status: int) -> str:
        if status == 500:
            raise RuntimeError("broken on purpose")
        abort(status)

    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app
