"""The rates that the plugin begins with, for tests of the rules alone."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from plugins.claims.money.rates import Rate

FILE = Path(__file__).parents[1] / "migrations" / "claims_0001_rates.csv"
NOW = date(2026, 11, 30)  # after every date in the file


def rates() -> list[Rate]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            Rate(
                row["key"],
                int(row["amount_pence"]),
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["known_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                int(row["threshold_miles"]) if row["threshold_miles"] else None,
                row["source"],
                row["status"],
                number,
            )
            for number, row in enumerate(csv.DictReader(file), 1)
        ]


RATES = rates()
