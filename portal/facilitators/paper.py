"""A record or a reference as a tagged PDF (PDF/UA-1), where the optional package `typst` is installed.

Without it the same is a page to print. Nothing of Flask or of the database is in here.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger(__name__)
TEMPLATE = Path(__file__).with_name("paper.typ")
STANDARD: Final = "ua-1"


@dataclass(frozen=True, slots=True)
class PaperTable:
    """Rows of four cells under four heads."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


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


def typeset(paper: Paper, at: datetime) -> bytes | None:
    """The paper as a PDF dated `at`; None where none can be made, as for letters that no font here has."""
    if not can_typeset():
        return None
    import typst

    try:
        made = typst.compile(
            TEMPLATE,
            format="pdf",
            sys_inputs={"paper": json.dumps(asdict(paper))},
            pdf_standards=STANDARD,
            timestamp=at.replace(microsecond=0),
        )
    except typst.TypstError as error:
        log.warning("a paper was not typeset", error=type(error).__name__)
        return None
    return made if isinstance(made, bytes) else None
