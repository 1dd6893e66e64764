"""The pages."""

from flask import Blueprint

blueprint = Blueprint("proposals", __name__, template_folder="../templates")
__all__ = ["blueprint"]
