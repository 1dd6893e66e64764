"""Words that several pages of this room share."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.plugin_api.personal import Sensitivity
from portal.plugin_api.types import Words
from portal.privacy.models import AskedHow

SEEN_BY: dict[Sensitivity, Words] = {
    "ordinary": _l("You, and people who work for the college"),
    "confidential": _l("You, and only people whose work needs it"),
    "special": _l("You, and very few people; we note who looked"),
}
# How somebody asked, as it stands beside their request.
ASKED: dict[AskedHow, Words] = {
    AskedHow.ONLINE: _l("here, themselves"),
    AskedHow.PHONE: _l("on the phone"),
    AskedHow.LETTER: _l("in a letter"),
    AskedHow.IN_PERSON: _l("in person"),
}
