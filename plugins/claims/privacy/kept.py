"""What the declarations have in common: seven years of books, and rows that say who did something."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import InstrumentedAttribute

from portal.plugin_api import (
    Keeping,
    PrivacySource,
    Words,
    dated,
    moved,
    unnamed,
    unnamed_after,
)

BOOK_DAYS = 2557  # seven years: six of accounts, and the year they belong to
BOOKS = _l("Seven years")
DECIDING = _l("To say who decided, and that an appeal goes to others")
FAIR = _l("Legitimate interest in decisions that can be followed")

# Sums stand as long as the books do; the name goes.
in_books = partial(
    PrivacySource, sensitivity="confidential", retention=BOOKS, on_erasure="pseudonymise"
)


def did(
    what: Words,
    purpose: Words = DECIDING,
    *more: Keeping,
    seen_by: Words = "",
    once: tuple[Any, ...] | None = None,
    **said: tuple[InstrumentedAttribute[Any], InstrumentedAttribute[Any]],
) -> PrivacySource:
    """A table that says who did something about money of others, and when: see `dated` for `said`.

    The person gets back when they did it. `more` is what else is let go of it, `once` as in `moved`.
    """
    who = [person for person, _at in said.values()]
    _first, at = next(iter(said.values()))
    return in_books(
        table=at.class_.__tablename__,
        subject=", ".join(person.key for person in who),
        what=what,
        seen_by=seen_by,
        purpose=purpose,
        lawful_basis=FAIR,
        export=dated(**said),
        erase=unnamed(*who),
        merge=moved(*who, once=once),
        keeping=(unnamed_after(BOOK_DAYS, at, *who, name="names" if more else ""), *more),
    )
