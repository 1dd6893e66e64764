"""The name of a page that follows from the catalogue and the day: it holds until either changes."""

from __future__ import annotations

from datetime import date
from functools import partial

import sqlalchemy as sa

from portal import clock
from portal.courses.queries.catalogue import catalogue_version
from portal.db import db, transaction_mode
from portal.ui.conditional import page_tag


def catalogue_tag(zone: str) -> tuple[int, date, str]:
    """(the catalogue's version, today's date in the zone, the name of the answer to this request).

    The name is empty when the answer must not be kept.
    """
    version, day = catalogue_version(db.session), clock.local_date(clock.now(), zone)
    # Before any change was counted, two catalogues could go by the same number.
    tag = page_tag(version, day, again=partial(_look, db.engine, zone)) if version else ""
    return version, day, tag


def _look(engine: sa.Engine, zone: str) -> tuple[int, date]:
    with transaction_mode("read"), engine.connect() as connection:
        return catalogue_version(connection), clock.local_date(clock.now(), zone)
