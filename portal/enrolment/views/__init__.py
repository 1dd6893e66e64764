"""The pages of places. Each module adds its own to the blueprint."""

from flask import Blueprint

blueprint = Blueprint("enrolment", __name__, template_folder="../templates")
