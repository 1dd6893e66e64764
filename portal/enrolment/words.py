"""The words of the register. What its script says comes with the page, so that it is translated too."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from portal.enrolment.models import Mark
from portal.enrolment.services.attendance import Shown
from portal.plugin_api.types import Words

MARK_WORDS: Mapping[Mark, Words] = {
    Mark.PRESENT: _l("Here"),
    Mark.PART: _l("Part"),
    Mark.APOLOGIES: _l("Apologies"),
    Mark.ABSENT: _l("Not here"),
}
SHOWN_WORDS: Mapping[Shown, Words] = {
    Shown.UNMARKED: _l("Not marked yet"),
    Shown.PRESENT: _l("Here"),
    Shown.PART: _l("Here for part of it"),
    Shown.APOLOGIES: _l("Sent apologies"),
    Shown.ABSENT: _l("Not here"),
    Shown.NOT_YET_ENROLLED: _l("Joins at a later session"),
    Shown.SESSION_CANCELLED: _l("Did not take place"),
}
SCRIPT_WORDS: Mapping[str, Words] = {
    "progress": _l("{marked} of {places} marked"),
    "saved": _l("Every mark is saved."),
    "sending": _l("Sending…"),
    "kept": _l("Kept on this phone: {kept}. Sent as soon as there is a connection."),
    "nowhere": _l("No connection, and this phone cannot keep marks. Please leave this page open."),
    "sign_in": _l("Kept on this phone: {kept}. Please sign in again, then they are sent."),
    "sign_in_link": _l("Sign in"),
    "other_person": _l(
        "Somebody else is signed in on this phone now. Please sign in again as yourself."
    ),
    "refused": _l("Kept on this phone: {kept}. We could not take them: please tell a coordinator."),
    "choose": _l("Two marks for one person: please choose."),
    "ahead": _l("They told us that they cannot come. Choose “{mark}” once more if that is right."),
    "theirs": _l("Leave it as “{mark}”"),
    "mine": _l("Change it to “{mark}”"),
    "none": _l("Not yet"),
    "gone": _l("They have no place in this course any more, so there is nothing to mark."),
    "leaving": _l(
        "Marks or names from a register are kept on this phone and have not been sent yet. If you sign out "
        "now, they are lost. Sign out all the same?"
    ),
    "came_kept": _l("{name} is kept on this phone."),
    "came_write": _l("Write them down"),
    "came_off": _l("Take them off this list"),
    "came_sure": _l("Take {name} off this list? The name is deleted from this phone."),
    "came_unreadable": _l("A name that cannot be read any more"),
}
