"""What somebody gave, and a reference, as papers in the reader's language. Needs the app's settings."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from portal.facilitators.models import Reference
from portal.facilitators.services.giving import ContributionRecord
from portal.ui.filters import day, duration
from portal.ui.paper import Paper, PaperTable, paper


def record_paper(record: ContributionRecord, name: str, today: date) -> Paper:
    """All that somebody gave, by year."""
    facts = [(_("Name"), name)]
    if record.first is not None:
        facts.append((_("Since"), day(record.first)))
    facts.append((_("Time given"), _time(record.minutes)))
    heads = (_("What"), _("How"), _("When"), _("Time"))
    tables = []
    for year in record.years:
        caption = f"{year.year}: {duration(year.minutes)}" if year.minutes else str(year.year)
        rows = [
            (
                gift.title,
                str(gift.kind),
                day(gift.on),
                duration(gift.minutes) if gift.minutes is not None else _("not counted"),
            )
            for gift in year.gifts
        ]
        tables.append(PaperTable(caption, heads, rows))
    title = _("What %(name)s has given", name=name)
    return paper(title, today, facts=facts, tables=tables)


def reference_paper(one: Reference, words: str, name: str) -> Paper:
    """A reference that is signed, with what it says.

    Raises:
        ValueError: it is not.
    """
    if one.signed_at is None:
        raise ValueError("nobody has signed this reference")
    facts = [(_("Name"), name)]
    if one.first_day is not None:
        facts.append((_("With us since"), day(one.first_day)))
    facts.append((_("Time given until then"), _time(one.minutes)))
    return paper(
        _("Reference for %(name)s", name=name),
        one.signed_at,
        facts=facts,
        paragraphs=[part.strip() for part in words.split("\n\n") if part.strip()],
        signature=(
            _("Signed by %(name)s", name=one.signed_as),
            one.signed_office,
            day(one.signed_at),
        ),
    )


def _time(minutes: int) -> str:
    return duration(minutes) if minutes else str(_("not counted in hours"))
