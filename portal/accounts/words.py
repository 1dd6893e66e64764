"""What the room's own terms are called on a page, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.models import RouteKind
from portal.plugin_api import COLLEGE
from portal.plugin_api.types import Words

ROLE_NAMES: dict[str, Words] = {
    "student": _l("Student"),
    "contributor": _l("Contributor"),
    "facilitator": _l("Peer facilitator"),
    "coach": _l("Coach"),
    "coordinator": _l("Coordinator"),
    "treasurer": _l("Treasurer"),
    "board_member": _l("Board member"),
    "co_chair": _l("Co-chair"),
    "data_guardian": _l("Data guardian"),
    "administrator": _l("Administrator"),
}
ROLE_TASKS: dict[str, Words] = {
    "student": _l("Everybody with an account. Takes courses, proposes new ones, has a say."),
    "contributor": _l("Gives time and experience, and is paid back for it."),
    "facilitator": _l("Leads sessions, takes the register, welcomes people."),
    "coach": _l("Stands by facilitators and co-designers."),
    "coordinator": _l("Plans courses and looks after places, people and rooms."),
    "treasurer": _l("Pays people back and keeps the accounts."),
    "board_member": _l("Reads the papers and decides with the board."),
    "co_chair": _l("Prepares and leads the board’s meetings."),
    "data_guardian": _l("Watches over what the college knows about people."),
    "administrator": _l("Keeps the portal running and gives out roles."),
}
ROUTE_NAMES: dict[RouteKind, Words] = {
    RouteKind.EMAIL: _l("Email"),
    RouteKind.MOBILE: _l("Mobile phone"),
    RouteKind.LANDLINE: _l("Landline phone"),
    RouteKind.LETTER: _l("Letter"),
    RouteKind.THROUGH_PERSON: _l("Through somebody I name"),
}
# By `RoleError.code`: the form's field it belongs to, and what to do.
GRANT_FAULTS: dict[str, tuple[str, Words]] = {
    "role": ("role", _l("Choose a role")),
    "scope": ("where", _l("Choose where the role holds")),
    "valid_to": ("last_day", _l("Choose a last day that is today or later")),
    "unknown": ("", _l("This role was not found. It may have been removed.")),
    "ended": ("", _l("This role has already ended. There is nothing more to do.")),
    "last": (
        "",
        _l("This is the last administrator. Give somebody else the role first, then end this one."),
    ),
}


def last_day(end: datetime) -> datetime:
    """A moment of the last day of a grant, to be shown: its end is the first moment after."""
    return end - timedelta(seconds=1)


def scope_name(scope: str) -> str:
    """Where a grant holds."""
    if scope == COLLEGE:
        return str(_("the whole college"))
    kind, _colon, number = scope.partition(":")
    return str(_("course number %(number)s", number=number)) if kind == "course" else scope
