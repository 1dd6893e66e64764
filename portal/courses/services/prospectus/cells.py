"""The cells of a row as clean text: within their limits, without formulas or control characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from portal.courses.services.prospectus.report import Kind, Note

LIMITS = {
    "college": 200,
    "title": 200,
    "category": 120,
    "sessions": 200,
    "hours_per_session": 200,
    "mode": 200,
    "notes": 5_000,
    "source": 500,
    "summary": 500,
    "description": 20_000,
    "start": 100,
    "venue": 120,
    "capacity": 10,
}
MULTI_LINE = frozenset({"notes", "description"})


class CellReader:
    """Takes the known cells out of a row. `guessed` says that the encoding was not certain."""

    def __init__(self, positions: Mapping[str, int], *, guessed: bool) -> None:
        self._columns = [(field, at, LIMITS[field]) for field, at in positions.items()]
        self._guessed = guessed

    def title(self, cells: Sequence[str]) -> str:
        """What to call a row that is wrong."""
        at = next((at for field, at, _limit in self._columns if field == "title"), -1)
        return cells[at][:80] if 0 <= at < len(cells) else ""

    def read(
        self, cells: Sequence[str], problems: list[Note], remarks: list[tuple[str, str]]
    ) -> dict[str, str]:
        """Field → text. What cannot stand is added to `problems`, what is odd to `remarks`."""
        said = {}
        for field, at, limit in self._columns:
            text = cells[at].strip()
            if text:
                if len(text) > limit:
                    problems.append(
                        Note(
                            field,
                            Kind.PROBLEM,
                            _(
                                "%(length)d characters long; the most is %(limit)d",
                                length=len(text),
                                limit=limit,
                            ),
                        )
                    )
                    text = ""
                elif text[0] in "=+-@" or not text.isprintable():
                    text = self._suspect(field, text, problems, remarks)
                if self._guessed and not text.isascii():
                    remarks.append((field, _("read as Windows-1252: “%(said)s”", said=text[:80])))
            said[field] = text
        return said

    @staticmethod
    def _suspect(
        field: str, text: str, problems: list[Note], remarks: list[tuple[str, str]]
    ) -> str:
        if text[0] == "=":
            message = _("“%(said)s” is a formula. Write its value instead.", said=text[:60])
            problems.append(Note(field, Kind.PROBLEM, message))
            return ""
        if text[0] in "+-@" and len(text) > 1:
            remarks.append((field, _("begins like a formula; taken as text")))
        if "\x00" in text:
            message = _("holds a NUL character: the file is damaged, or is not text")
            problems.append(Note(field, Kind.PROBLEM, message))
            return ""
        if any(
            unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\r\n\t" for sign in text
        ):
            problems.append(Note(field, Kind.PROBLEM, _("holds a control character")))
            return ""
        if field in MULTI_LINE:
            return "\n".join(line.rstrip() for line in text.splitlines())
        return " ".join(text.split())
