"""What a journey is worth, for the page and the command."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from plugins.claims.money import mileage
from plugins.claims.money.amounts import miles
from plugins.claims.money.mileage import Quote, Vehicle
from plugins.claims.promises import ZONE
from plugins.claims.queries.rates import rates
from portal.plugin_api import local_date, now


def quote(session: Session, vehicle: Vehicle, on: date, tenths: int, before: int = 0) -> Quote:
    """What so many tenths of a mile on a day are worth, as the college knows the rates today. One query.

    Raises:
        NoRateError: the college knows no rate for that day.
    """
    known = local_date(now(), ZONE)
    return mileage.quote(rates(session), vehicle, on, tenths, known=known, before=before)


def year_name(year: int) -> str:
    """A tax year as people write it: "2025/26"."""
    return f"{year}/{(year + 1) % 100:02d}"


def plain(made: Quote) -> Mapping[str, Any]:
    """The quote as plain values: money in pence, distance in miles as text without commas ("1234.5")."""
    return {
        "category": made.vehicle.value,
        "on": made.on.isoformat(),
        "tax_year": year_name(made.tax_year),
        "miles": _bare(made.tenths),
        "pence": made.pence,
        "bands": [
            {
                "miles": _bare(band.tenths),
                "pence_per_mile": band.rate.pence,
                "valid_from": band.rate.valid_from.isoformat(),
                "known_from": band.rate.known_from.isoformat(),
                "source": band.rate.source,
                "status": band.rate.status,
            }
            for band in made.bands
        ],
    }


def _bare(tenths: int) -> str:
    return miles(tenths).replace(",", "")
