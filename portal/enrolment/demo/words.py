"""What invented people of the demo college say and are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

GUESTS = ("Kim Hale", "Toni Marsh", "Robin Sayer", "Pat Dunmore", "Noor Ellis", "Frankie Bell")
NEEDS = (
    _l("I need to sit near the door."),
    _l("Please tell me before you ask me something in front of everybody."),
    _l("I lip-read, so please face me when you speak."),
    _l("I may step out for a few minutes. I come back."),
    _l("Large print helps me."),
    _l("I bring an assistance dog. She sleeps most of the time."),
)
