"""A notice board: staff put notices up, everybody reads them, each comes down by itself."""

from pathlib import Path

from flask_babel import lazy_gettext as _l

from portal import plugin_api as api


@api.hookimpl
def manifest():
    return api.Manifest("noticeboard", _l("Notice board"), version="1.0")


@api.hookimpl
def permissions():
    return [api.Permission("noticeboard:notice:write", _l("Put up notices"), ["coordinator"])]


@api.hookimpl
def model_modules():
    return ["noticeboard.models"]


@api.hookimpl
def migrations():
    return [api.MigrationBranch("noticeboard", Path(__file__).parent / "migrations")]


@api.hookimpl
def blueprints():
    from noticeboard.views import bp

    return [bp]


@api.hookimpl
def nav_items():
    return [api.NavItem(_l("Notices"), "noticeboard.index", order=70)]


@api.hookimpl
def dashboard_cards(session):
    from noticeboard.models import current

    notices = current(session, most=3)
    return [api.Card("noticeboard/card.html", {"notices": notices}, order=50)] if notices else []


@api.hookimpl
def privacy_sources():
    from noticeboard import models

    return [
        api.PrivacySource(
            table="noticeboard_notice",
            subject="written_by",
            what=_l("Notices you put up"),
            purpose=_l("To show who put a notice up"),
            lawful_basis=_l("Legitimate interest in knowing who speaks for the college"),
            sensitivity="ordinary",
            retention=_l("Until the notice is taken down for good"),
            export=models.export,
            erase=models.erase,
            merge=api.moved(models.Notice.written_by),
            on_erasure="pseudonymise",
        )
    ]
