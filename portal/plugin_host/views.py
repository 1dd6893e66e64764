"""Pages about the portal itself: liveness, readiness, health, settings."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.db import db
from portal.plugin_api.access import current_actor, public, requires
from portal.plugin_host import metrics
from portal.plugin_host.boot import host_of
from portal.plugin_host.health import health
from portal.plugin_host.settings import SettingRefusedError, change_setting, setting_value

bp = Blueprint("plugin_host", __name__, template_folder="templates")


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process is alive."""
    return "ok\n", 200, {"Content-Type": "text/plain", "Cache-Control": "no-store"}


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """The database answers, so the process can take requests."""
    db.session.execute(sa.text("SELECT 1"))
    return "ready\n", 200, {"Content-Type": "text/plain", "Cache-Control": "no-store"}


@bp.get("/metrics")
@public
def metrics_page() -> ResponseReturnValue:
    """Numbers for a machine that watches this one and has the token."""
    return metrics.page()


@bp.get("/manage/health")
@requires("portal:health:see")
def health_page() -> ResponseReturnValue:
    """What works and what does not, each with what to do."""
    registry = host_of(current_app).registry
    plugins = list(registry.plugins.values())
    return render_template(
        "plugin_host/health.html",
        findings=health(registry, db.session),
        plugins=plugins,
        titles={
            plugin.name: plugin.registration.manifest.title if plugin.registration else plugin.name
            for plugin in plugins
        },
    )


@bp.route("/manage/settings", methods=["GET", "POST"])
@requires("portal:settings:change", "GET", "POST")
def settings_page() -> ResponseReturnValue:
    """Settings declared by rooms and plugins; one form each, so that one mistake loses nothing else."""
    declared = host_of(current_app).registry.settings
    actor = current_actor()
    error: tuple[str, str] | None = None
    typed = ""
    if request.method == "POST":
        chosen = declared.get(request.form.get("key", ""))
        typed = request.form.get("value", "")[:200]
        if chosen is not None and actor.can(chosen.changed_by):
            try:
                change_setting(db.session, actor, chosen, typed)
            except SettingRefusedError as refusal:
                error = (chosen.key, str(refusal))
            else:
                flash(_("Saved: %(label)s", label=chosen.label))
                return redirect(url_for("plugin_host.settings_page"))
    rows = [
        (one, setting_value(db.session, one))
        for one in declared.values()
        if actor.can(one.changed_by)
    ]
    page = render_template("plugin_host/settings.html", rows=rows, error=error, typed=typed)
    return page, 422 if error else 200
