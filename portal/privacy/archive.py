"""The archive that a person takes with them: one zip with the same content for machines and for people.

It is written as it is sent, so it never lies on a disk of ours. No script, nothing loaded from elsewhere.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, cast

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from portal import clock
from portal.plugin_api.personal import Attachment, Exported, ExportedPart
from portal.privacy.services.kept import what_is_kept
from portal.ui.filters import day, moment

if TYPE_CHECKING:
    from portal.config import Settings

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
DATA, READABLE, FILES = "your-data.json", "your-data.html", "files"
NOTHING = "–"  # stands for what is empty


@dataclass(frozen=True, slots=True)
class Archive:
    """What is put into one: whose, and its title. `left_out` are parts with why they are not in.
    `reviewed`: it holds what was looked at first, not what can be had at once.
    """

    name: str
    title: str
    found: Exported
    left_out: tuple[tuple[str, str], ...] = ()
    reviewed: bool = False


def stream(archive: Archive) -> Iterator[bytes]:
    """The zip, piece by piece. Needs the request's context for as long as it runs."""
    sink = _Sink()
    at = clock.now()
    with zipfile.ZipFile(cast("IO[bytes]", sink), "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in ((READABLE, _readable(archive, at)), (DATA, _data(archive, at))):
            info = zipfile.ZipInfo(name, at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            with file.open(info, "w") as entry:
                for piece in text:
                    entry.write(piece.encode())
                    yield from sink.taken()
        for one in _attachments(archive.found.parts):
            with file.open(zipfile.ZipInfo(_inside(one), at.timetuple()[:6]), "w") as entry:
                for part in one.read():
                    entry.write(part)
                    yield from sink.taken()
    yield from sink.taken()


def _attachments(parts: Iterable[ExportedPart]) -> Iterator[Attachment]:
    values = (value for part in parts for row in part.rows for value in row.values())
    return (value for value in values if isinstance(value, Attachment))


def _inside(one: Attachment) -> str:
    """Where a file stands in the archive."""
    return f"{FILES}/{one.name}"


class _Sink:
    """A file that only goes forward: what was written can be taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> Iterator[bytes]:
        pieces, self._pieces = self._pieces, []
        if pieces:
            yield b"".join(pieces)


def _data(archive: Archive, at: datetime) -> Iterator[str]:
    """The JSON: everything as it is kept, with why and how long."""
    head = {
        "made_at": at.isoformat(timespec="seconds"),
        "college": _settings().college.name,
        "complete": not archive.found.missing and not archive.left_out,
        "missing": [[str(part), str(what)] for part, what in archive.found.missing],
        "left_out": [list(one) for one in archive.left_out],
    }
    yield json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "kept": ['
    for number, part in enumerate(archive.found.parts):
        source = part.source
        kept = {
            "part": str(part.title),
            "table": source.table,
            "what": what_is_kept(source),
            "why": str(source.purpose),
            "lawful_basis": str(source.lawful_basis),
            "how_long": str(source.retention),
            "more_on_request": not archive.reviewed and _has_more(part),
            "rows": list(part.rows),
        }
        yield ",\n" if number else "\n"
        yield json.dumps(kept, ensure_ascii=False, indent=1, default=_spelled)
    yield "\n ]\n}\n"


def _spelled(value: object) -> str:
    if isinstance(value, Attachment):
        return _inside(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _readable(archive: Archive, at: datetime) -> Iterator[str]:
    """The page, in pieces as the template makes them."""
    locale = get_locale()
    template = current_app.jinja_env.get_template("privacy/archive.html")
    pieces: Iterator[str] = template.generate(
        archive=archive,
        college=_settings().college,
        at=at,
        lang=str(locale).replace("_", "-"),
        dir=locale.text_direction,
        sections=sections_of(archive.found),
        nothing=_words_of(
            one for one in archive.found.parts if not one.rows and not _has_more(one)
        ),
        more=_words_of(
            one for one in archive.found.parts if not archive.reviewed and _has_more(one)
        ),
    )
    return pieces


def _has_more(part: ExportedPart) -> bool:
    """Whether there may be rows that are looked at before they are given out."""
    return part.source.record is not None or part.source.discreet


def _words_of(parts: Iterable[ExportedPart]) -> list[str]:
    return [what_is_kept(part.source) for part in parts]


def sections_of(found: Exported) -> list[dict[str, Any]]:
    """Each part that has rows, for a page: what it is, and its rows in words."""
    return [_section(part) for part in reversed(found.parts) if part.rows]


def _section(part: ExportedPart) -> dict[str, Any]:
    heads = list(dict.fromkeys(name for row in part.rows for name in row))
    return {
        "part": str(part.title),
        "what": what_is_kept(part.source),
        "source": part.source,
        "heads": [name.replace("_", " ").capitalize() for name in heads],
        "rows": _cells(part.rows, heads),
    }


def _cells(rows: Iterable[Mapping[str, Any]], heads: list[str]) -> Iterator[list[str]]:
    for row in rows:
        yield [readable(row.get(name)) for name in heads]


def readable(value: object) -> str:
    """A value as people write it. Dates that a part has spelled out already are dates again."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str) and (_INSTANT.match(value) or _DAY.match(value)):
        return _date_in(value)
    if isinstance(value, Attachment):
        return _inside(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {readable(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(readable(one) for one in value)
    return str(value)


def _date_in(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    if _DAY.match(text):
        return day(found.date())
    return moment(found) if found.tzinfo else text


def _settings() -> Settings:
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    return settings
