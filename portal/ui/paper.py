"""Papers to keep or send: a tagged PDF (PDF/UA-1), where the optional package `typst` is installed.

Without it the same is a page to print. Rooms and plugins say what stands on a paper; how it looks is here.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from flask import current_app, flash, make_response, redirect
from flask_babel import get_locale
from flask_babel import gettext as _

from portal import clock
from portal.ui.filters import day

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.config import Settings

log = structlog.get_logger(__name__)
TEMPLATE = Path(__file__).with_name("paper.typ")
STANDARD: Final = "ua-1"


@dataclass(frozen=True, slots=True)
class PaperTable:
    """Rows of as many cells as there are heads. `widths` are shares of the page; `numbers` counts the columns
    from the right that hold numbers.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float] = (2.2, 1.3, 1.3, 1)
    numbers: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on it. `facts` are (term, value) pairs, `signature` the lines under a reference."""

    title: str
    college: str
    address: str
    lang: str
    rtl: bool
    foot: str
    facts: Sequence[tuple[str, str]] = ()
    paragraphs: Sequence[str] = ()
    tables: Sequence[PaperTable] = ()
    signature: Sequence[str] = ()


@cache
def can_typeset() -> bool:
    """Whether papers can be made here."""
    return importlib.util.find_spec("typst") is not None


def typeset(made_of: Paper, at: datetime) -> bytes | None:
    """The paper as a PDF dated `at`; None where none can be made, as for letters that no font here has."""
    if not can_typeset():
        return None
    import typst

    try:
        made = typst.compile(
            TEMPLATE,
            format="pdf",
            sys_inputs={"paper": json.dumps(asdict(made_of))},
            pdf_standards=STANDARD,
            timestamp=at.replace(microsecond=0),
        )
    except typst.TypstError as error:
        log.warning("a paper was not typeset", error=type(error).__name__)
        return None
    return made if isinstance(made, bytes) else None


def paper(
    title: str,
    on: date,
    *,
    facts: Sequence[tuple[str, str]] = (),
    paragraphs: Sequence[str] = (),
    tables: Sequence[PaperTable] = (),
    signature: Sequence[str] = (),
) -> Paper:
    """A paper of the college in the reader's language, dated `on`. Needs the app's settings."""
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    college, locale = settings.college, get_locale()
    return Paper(
        title=title,
        college=college.name,
        address=f"{college.address}, {college.phone}",
        lang=locale.language,
        rtl=locale.text_direction == "rtl",
        foot=_("Made on %(day)s", day=day(on)),
        facts=facts,
        paragraphs=paragraphs,
        tables=tables,
        signature=signature,
    )


def paper_file(made_of: Paper, name: str, instead: str) -> ResponseReturnValue:
    """The paper as a file to keep or send; where none can be made, the way to the page to print."""
    made = typeset(made_of, clock.now())
    if made is None:
        flash(_("We cannot make that file just now. You can print this page instead."), "warn")
        return redirect(instead, 303)
    response = make_response(made)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
