"""Words for dates, times, money and Markdown, in the reader's language.

Dates are written out ("Tuesday 2 March 2027, 10am"), because a row of figures is easily misread. Times
are shown as the college promised them, in its own zone.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from portal import clock
from portal.ui.i18n import current_locale

if TYPE_CHECKING:
    from flask import Flask
    from markdown_it import MarkdownIt

MINUTES_PER_HOUR = 60
SIGNS = re.compile(r"[^\w ]|_")  # whatever may mean something in Markdown, and the ends of lines
MOST_SIGNS = 2_000  # a page of lists and links has a few hundred
PENCE = 100
MARKDOWN_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "ul",
}  # fmt: skip


def _locale() -> Locale:
    locale = current_locale()
    return locale if locale is not None else Locale("en")


def _wall(moment: datetime) -> datetime:
    """The college's local time of an aware moment; a naive one is taken as local already."""
    if moment.tzinfo is None:
        return moment
    zone: str = current_app.settings.timezone  # type: ignore[attr-defined]  # set by init_app
    return clock.utc_to_wall(moment, zone)


def _date(value: date | datetime) -> date:
    """The calendar date that somebody at the college would write down."""
    return _wall(value).date() if isinstance(value, datetime) else value


@lru_cache(maxsize=4096)
def _written(value: date, pattern: str, locale: Locale) -> str:
    """A date in words. Lists name the same few dates on every page, and Babel is slow to write them."""
    return format_date(value, pattern, locale=locale)


def day(value: date | datetime) -> str:
    """ "Tuesday 2 March 2027"."""
    locale = _locale()
    # English needs no comma after the weekday; other languages keep their own order.
    return _written(_date(value), "EEEE d MMMM y" if locale.language == "en" else "full", locale)


def short_day(value: date | datetime) -> str:
    """ "Tue 2 Mar", where space is short and the year is plain."""
    return _written(_date(value), "EEE d MMM", _locale())


def leaf(value: date | datetime) -> tuple[str, str, str]:
    """The three lines of a calendar leaf: "Tue", "2", "Mar"."""
    wall, locale = _date(value), _locale()
    return _written(wall, "EEE", locale), _written(wall, "d", locale), _written(wall, "MMM", locale)


def month(value: date | datetime) -> str:
    """ "March 2027"."""
    return _written(value, "LLLL y", _locale())


def hour(value: time | datetime) -> str:
    """ "10am", "2:30pm", "midday", "midnight"; other languages write times their own way."""
    wall = _wall(value).time() if isinstance(value, datetime) else value
    locale = _locale()
    if locale.language != "en":
        return format_time(wall, "short", locale=locale)
    if wall.minute == 0 and wall.hour in {0, 12}:
        return str(_("midday") if wall.hour else _("midnight"))
    half = _("am") if wall.hour < 12 else _("pm")
    minutes = f":{wall.minute:02d}" if wall.minute else ""
    return f"{wall.hour % 12 or 12}{minutes}{half}"


def moment(value: datetime) -> str:
    """ "Tuesday 2 March 2027, 10am"."""
    return str(_("%(day)s, %(time)s", day=day(value), time=hour(value)))


def deadline(value: datetime) -> str:
    """As `moment`, for the end of a time; midnight is the end of the day before: nobody is a day late."""
    wall = _wall(value)
    if wall.hour or wall.minute:
        return moment(value)
    return str(_("the end of %(day)s", day=day(wall.date() - timedelta(days=1))))


def hours(start: datetime | time, end: datetime | time) -> str:
    """ "10am to 12:30pm"."""
    return str(_("%(start)s to %(end)s", start=hour(start), end=hour(end)))


def duration(value: timedelta | int) -> str:
    """ "2 hours 30 minutes", from a timedelta or a number of minutes."""
    minutes = value if isinstance(value, int) else round(value.total_seconds() / 60)
    whole, rest = divmod(minutes, MINUTES_PER_HOUR)
    parts = []
    if whole:
        parts.append(ngettext("%(num)d hour", "%(num)d hours", whole))
    if rest or not whole:
        parts.append(ngettext("%(num)d minute", "%(num)d minutes", rest))
    return " ".join(parts)


def pounds(pence: int) -> str:
    """ "£12.50" from 1250 pence; whole pounds without the pennies: "£12"."""
    return _pounds(pence, _locale())


@lru_cache(maxsize=4096)  # Babel reads its pattern anew for each sum
def _pounds(pence: int, locale: Locale) -> str:
    short = pence % PENCE == 0 and locale.language == "en"
    text: str = format_currency(
        pence / PENCE,
        "GBP",
        locale=locale,
        format="¤#,##0" if short else None,
        currency_digits=not short,
    )
    return text


def iso(value: date | datetime) -> str:
    """What goes in a `<time datetime>`: UTC for a moment, as it is for a date."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    return value.isoformat()


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")


@lru_cache(maxsize=512)
def markdown(text: str) -> Markup:
    """People's text as HTML: written as Markdown, cleaned at output, headings below the page's own.

    Keeps paragraphs, lists, emphasis, links and quotations. Images, HTML and scripts are dropped. A text with
    more signs than anybody writes is shown as it was typed: to find a meaning in all of them takes seconds.
    """
    import nh3

    if len(SIGNS.findall(text)) > MOST_SIGNS:
        lines = Markup("<br>\n").join(text.splitlines())
        return Markup("<p>%s</p>\n") % lines
    html = _markdown().render(text).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    clean = nh3.clean(
        html,
        tags=MARKDOWN_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 - cleaned by nh3 on the line above


def web_address(text: str) -> str:
    """The text when it is an address of the web, for a link; else nothing, whatever was once let in."""
    return text if text.lower().startswith(("https://", "http://")) else ""


def phone(value: str) -> str:
    """ "07700 900123" from +447700900123; what is no number stays as it is."""
    from portal.ui.phones import written

    return written(value)


def tone(value: Any) -> int:
    """A number from 1 to 6, always the same for the same value: which ripples a card wears."""
    return sum(str(value).encode()) % 6 + 1


def init_app(app: Flask) -> None:
    """Make every function above a template filter, and `hours` a global."""
    for function in (
        day,
        short_day,
        leaf,
        month,
        hour,
        moment,
        deadline,
        duration,
        pounds,
        iso,
        markdown,
        phone,
        web_address,
        tone,
    ):
        app.add_template_filter(function)
    app.add_template_global(hours)
