"""What the room's own terms are called on a page, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.models import AgreedHow, Checked, ContactRoute, RouteKind, SignedInBy
from portal.plugin_api import COLLEGE
from portal.plugin_api.types import Words
from portal.ui.filters import day

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
    "duty_contact": _l("Duty contact"),
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
    "duty_contact": _l("Is there when somebody is worried about themselves or somebody else."),
    "administrator": _l("Keeps the portal running and gives out roles."),
}
ROUTE_NAMES: dict[RouteKind, Words] = {
    RouteKind.EMAIL: _l("Email"),
    RouteKind.MOBILE: _l("Mobile phone"),
    RouteKind.LANDLINE: _l("Landline phone"),
    RouteKind.LETTER: _l("Letter"),
    RouteKind.THROUGH_PERSON: _l("Through somebody I name"),
}
THEIR_ROUTE_NAMES: dict[RouteKind, Words] = {
    **ROUTE_NAMES,
    RouteKind.THROUGH_PERSON: _l("Through somebody they name"),
}
SIGNED_IN_BY: dict[SignedInBy, Words] = {
    SignedInBy.PASSWORD: _l("with your password"),
    SignedInBy.EMAIL: _l("with a code sent to your email address"),
    SignedInBy.PASSKEY: _l("with a passkey"),
    SignedInBy.HELPED: _l("with a code that the college gave you"),
}
CHECKED: dict[Checked, Words] = {
    Checked.IN_PERSON: _l("I know them, and they stood before me"),
    Checked.CALLED_BACK: _l("I called them back on a number we had before"),
    Checked.DOCUMENT: _l("They showed me a document with their name and picture"),
}
NOT_YET = "not_yet"
# How somebody agreed, as whoever writes it down for them says it.
AGREED_CHOICES: dict[str, Words] = {
    AgreedHow.PHONE: _l("They said so on the phone"),
    AgreedHow.WROTE: _l("They wrote it to us, on paper or on a form"),
    AgreedHow.IN_PERSON: _l("They said so in person"),
}
HOW_CHOICES: dict[str, Words] = {
    **AGREED_CHOICES,
    NOT_YET: _l("They have not agreed yet: keep it, but do not use it"),
}
# What happens when there is something to tell somebody, by the way that is used first.
TELLING_YOU: dict[RouteKind | None, Words] = {
    RouteKind.EMAIL: _l("When there is something to tell you, we write you an email."),
    RouteKind.MOBILE: _l("When there is something to tell you, we send you a text or ring you."),
    RouteKind.LANDLINE: _l("When there is something to tell you, we ring you."),
    RouteKind.LETTER: _l("When there is something to tell you, we write you a letter."),
    RouteKind.THROUGH_PERSON: _l(
        "When there is something to tell you, we tell the person you named."
    ),
    None: _l(
        "We then have no way to reach you. If something changes, such as the day of a session, we "
        "cannot tell you. You can still see it on this site, and you can ask us."
    ),
}
TELLING_THEM: dict[RouteKind | None, Words] = {
    RouteKind.EMAIL: _l("When there is something to tell them, the portal writes an email."),
    RouteKind.MOBILE: _l(
        "When there is something to tell them, the portal sends a text, or the desk rings them."
    ),
    RouteKind.LANDLINE: _l("When there is something to tell them, the desk rings them."),
    RouteKind.LETTER: _l("When there is something to tell them, the desk writes a letter."),
    RouteKind.THROUGH_PERSON: _l(
        "When there is something to tell them, the desk tells the person they named."
    ),
    None: _l(
        "There is no way to reach them that they agreed to. What there is to tell them waits on the "
        "desk until somebody finds one."
    ),
}
# By `RouteError.code`, where it belongs to the field `value`.
KNOWN_ROUTE = _l("This number or address is on the list already. Change it there instead")
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


# By `ClosingError.code`: the form's field it belongs to, and what to do.
CLOSING_FAULTS: dict[str, tuple[str, Words]] = {
    "closed": ("", _l("It is closed already. There is nothing more to do.")),
    "open": ("", _l("They can sign in already. There is nothing more to do.")),
    "reason": ("reason", _l("Write why they cannot sign in any more")),
    "end": ("last_day", _l("Choose a last day that is today or later")),
    "last": (
        "",
        _l("Nobody could administer the college then. Give somebody else that role first."),
    ),
}
# By `MergeError.code`.
MERGE_FAULTS: dict[str, Words] = {
    "nobody": _l("One of the two records is not there any more. Look for the person again."),
    "login": _l("Both records have a way to sign in. Choose which one stays."),
    "waits": _l(
        "One of the two waits to become one with another record already. Look at that first."
    ),
    "gone": _l("Somebody has stopped this, or done it, meanwhile."),
    "last": _l("Nobody could administer the college then. Give somebody else that role first."),
}


def agreed_words(route: ContactRoute) -> str:
    """When and how somebody agreed to be reached like that; empty when they did not."""
    if route.consent_at is None:
        return ""
    on = day(route.consent_at)
    if route.consent_how is AgreedHow.THEMSELVES:
        return str(_("Agreed on this site, %(day)s", day=on))
    if route.consent_how is AgreedHow.PHONE:
        return str(_("Agreed on the phone, %(day)s", day=on))
    if route.consent_how is AgreedHow.WROTE:
        return str(_("Agreed in writing, %(day)s", day=on))
    if route.consent_how is AgreedHow.IN_PERSON:
        return str(_("Agreed in person, %(day)s", day=on))
    return str(_("Agreed, %(day)s", day=on))


def as_before(route: ContactRoute) -> str:
    """The same, as an answer to how they agreed."""
    return str(_("As we noted it before: %(words)s", words=agreed_words(route)))


def language_name(code: str) -> str:
    """A language by its own name, because its readers know that one."""
    separator = "-" if "-" in code else "_"
    return str(Locale.parse(code, sep=separator).display_name or code)


def last_day(end: datetime) -> datetime:
    """A moment of the last day of a grant, to be shown: its end is the first moment after."""
    return end - timedelta(seconds=1)


def scope_name(scope: str, courses: Mapping[int, str]) -> str:
    """Where a grant holds. `courses` has the titles of courses by their ids."""
    if scope == COLLEGE:
        return str(_("the whole college"))
    number = course_of(scope)
    if number is None:
        return scope
    if number not in courses:
        return str(_("one course, which is not kept any more"))
    return str(_("the course “%(title)s”", title=courses[number]))


def course_of(scope: str) -> int | None:
    """The id of the one course in which a grant holds."""
    kind, _colon, number = scope.partition(":")
    return int(number) if kind == "course" else None
