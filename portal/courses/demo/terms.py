"""Three terms around a day: one that is over, one in its sixth week, one that is coming."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _

WEEKS = 12
BREAK = 2
WEEKS_GONE = 5  # of the present term

# A term begins fourteen weeks after the last one, a season is at most thirteen weeks and a day: so no
# two neighbouring terms have their middle in the same season.
_SEASONS = ("winter", "spring", "summer", "autumn")


def terms_around(today: date) -> list[tuple[str, date, date]]:
    """(name, first day, last day) of the past, the present and the coming term."""
    monday = today - timedelta(days=today.weekday())
    present = monday - timedelta(weeks=WEEKS_GONE)
    step = timedelta(weeks=WEEKS + BREAK)
    length = timedelta(weeks=WEEKS) - timedelta(days=2)  # up to the last Saturday
    return [
        (_name(first + length / 2), first, first + length)
        for first in (present - step, present, present + step)
    ]


def _name(middle: date) -> str:
    season = _SEASONS[middle.month % 12 // 3]
    if season == "winter":
        begun = middle.year if middle.month == 12 else middle.year - 1
        return str(_("Winter term %(year)d–%(next)02d", year=begun, next=(begun + 1) % 100))
    names = {
        "spring": _("Spring term %(year)d", year=middle.year),
        "summer": _("Summer term %(year)d", year=middle.year),
        "autumn": _("Autumn term %(year)d", year=middle.year),
    }
    return str(names[season])
