"""The statement of a tax year on paper and as a table, in the reader's language."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from plugins.claims.money.amounts import miles
from plugins.claims.money.rates import APRIL, SIXTH
from plugins.claims.queries.statement import Other, Statement
from plugins.claims.words.money import PAID_AS, way_of
from portal.ui.filters import day, pounds
from portal.ui.paper import Paper, PaperTable, paper
from portal.ui.sheets import Rows

FIFTH = SIXTH - 1
NOTHING = "–"


def year_name(year: int) -> str:
    """ "6 April 2026 to 5 April 2027", with the weekdays, as every day is written here."""
    first, last = date(year, APRIL, SIXTH), date(year + 1, APRIL, FIFTH)
    return str(_("%(first)s to %(last)s", first=day(first), last=day(last)))


def statement_tables(one: Statement) -> list[PaperTable]:
    """What stands in it, in words: the sums, each payment, what was given back, and vouchers."""
    totals = [
        (str(PAID_AS[kind]), _miles(tenths), pounds(pence)) for kind, tenths, pence in one.totals
    ]
    totals.append((str(_("Paid in all")), NOTHING, pounds(one.total)))
    heads = (_("What it is"), _("Miles"), _("Sum"))
    found = [PaperTable(_("In all"), heads, totals, (4, 1, 1), 2)]
    if one.rows:
        rows = [
            (
                day(row.on),
                row.payment.title,
                str(PAID_AS[row.kind]),
                way_of(row.payment),
                _miles(row.tenths),
                pounds(row.pence),
            )
            for row in one.rows
        ]
        heads_of_all = (_("Day"), _("What for"), _("What it is"), _("Which way"), *heads[1:])
        widths = (1.6, 1.7, 1.5, 1.5, 0.6, 0.8)
        found.append(PaperTable(_("Each payment"), heads_of_all, rows, widths, 2))
    for caption, others in _beside(one):
        lines = [(day(other.on), other.title, pounds(other.pence)) for other in others]
        of_others = (_("Day"), _("What for"), _("Sum"))
        found.append(PaperTable(caption, of_others, lines, (1.7, 2.6, 0.9), 1))
    return found


def _beside(one: Statement) -> list[tuple[str, tuple[Other, ...]]]:
    """What is no payment, under what it is called; nothing of which there is none."""
    both = (
        (_("What you gave back"), one.given_back),
        (_("Vouchers, which count as money’s worth"), one.vouchers),
    )
    return [(caption, others) for caption, others in both if others]


def statement_paper(one: Statement, name: str, today: date) -> Paper:
    """As a paper."""
    return paper(
        _("What the college paid you"),
        today,
        facts=[(_("Name"), name), (_("Tax year"), year_name(one.year))],
        paragraphs=[said()],
        tables=statement_tables(one),
    )


def said() -> str:
    """What counts."""
    return str(
        _(
            "A payment counts on the day on which it left the college. Payments that came back are not here. "
            "What was given back is not taken off the sums above it."
        )
    )


def statement_sheet(one: Statement, name: str, college: str) -> str:
    """As a CSV: days as 2026-11-30, sums in pounds and pence, miles with their tenths."""
    text = io.StringIO(newline="")
    sheet = Rows(text)
    sheet.write((college,))
    sheet.write((_("Name"), name))
    sheet.write((_("Tax year"), f"{one.year}/{(one.year + 1) % 100:02d}"))
    sheet.write(())
    sheet.write((_("Day"), _("What for"), _("What it is"), _("Which way"), _("Miles"), _("Pounds")))
    for row in one.rows:
        distance = Decimal(row.tenths) / 10 if row.tenths else ""
        kind, way = str(PAID_AS[row.kind]), way_of(row.payment)
        sheet.write(
            (row.on.isoformat(), row.payment.title, kind, way, distance, _decimal(row.pence))
        )
    sheet.write(())
    for kind_of, tenths, pence in one.totals:
        distance = Decimal(tenths) / 10 if tenths else ""
        sheet.write((_("In all"), "", str(PAID_AS[kind_of]), "", distance, _decimal(pence)))
    sheet.write((_("Paid in all"), "", "", "", "", _decimal(one.total)))
    for caption, others in _beside(one):
        for other in others:
            on, worth = other.on.isoformat(), _decimal(other.pence)
            sheet.write((on, other.title, caption, "", "", worth))
    return text.getvalue()


def _decimal(pence: int) -> Decimal:
    return Decimal(pence).scaleb(-2)


def _miles(tenths: int) -> str:
    return miles(tenths) if tenths else NOTHING
