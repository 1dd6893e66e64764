"""The staff pages' blueprint; the pages stand beside it, by what they are about."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint(
    "courses_manage", __name__, url_prefix="/manage", template_folder="../templates"
)
