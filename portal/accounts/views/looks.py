"""Who looked at my record."""

from __future__ import annotations

from flask import render_template, request

from portal.accounts.queries.looks import who_looked
from portal.accounts.views.blueprint import blueprint
from portal.accounts.views.mine import own_id
from portal.accounts.words import ROLE_NAMES
from portal.db import db
from portal.plugin_api import signed_in


@blueprint.get("/me/data/looks")
@signed_in
def my_looks() -> str:
    """Whoever looked at what is confidential of mine: who, in which role, what, when, and why."""
    before = request.args.get("before", type=int)
    return render_template(
        "accounts/my_looks.html",
        found=who_looked(db.session, own_id(), before=before),
        first=before is None,
        role_names=ROLE_NAMES,
    )
