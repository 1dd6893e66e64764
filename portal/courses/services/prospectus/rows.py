"""One row of cells becomes the facts of one course, or a list of what is wrong with it.

Everything is plain Python without a database, and quick: what repeats in a prospectus (categories,
modes, lengths) is worked out once and remembered.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from flask_babel import gettext as _

from portal.courses.models import Mode
from portal.courses.services.prospectus import blurbs, phrases
from portal.courses.services.prospectus.cells import CellReader
from portal.courses.services.prospectus.phrases import NotUnderstoodError
from portal.courses.services.prospectus.planning import Calendar
from portal.courses.services.prospectus.report import Kind, Note

T = TypeVar("T")

ADJACENT = "ADJACENT:"  # how the list marks a neighbouring service that is no recovery college
LARGEST_CAPACITY = 500
ASSUMED_CAPACITY = 12  # published colleges teach ten to twelve people together
REMEMBERED = 5_000
WEB_ADDRESS = re.compile(r"https?://[\w.-]+(:\d{1,5})?([/?#]\S*)?", re.IGNORECASE)


class Facts(NamedTuple):
    """What one row says, in plain JSON values. `fields` are columns of a course, by name."""

    row: int
    key: str
    topic: str
    fields: dict[str, Any]
    filled: dict[str, str]
    remarks: list[tuple[str, str]]
    run: dict[str, Any] | None


class _Remembered(Generic[T]):
    """A function's answers by its text, refusals included; forgets all when it has too many."""

    def __init__(self, read: Callable[[str], T]) -> None:
        self._read = read
        self._known: dict[str, T | NotUnderstoodError] = {}

    def __call__(self, text: str) -> T:
        answer = self._known.get(text)
        if answer is None:
            try:
                answer = self._read(text)
            except NotUnderstoodError as error:
                answer = error
            if len(self._known) > REMEMBERED:
                self._known.clear()
            self._known[text] = answer
        if isinstance(answer, NotUnderstoodError):
            raise answer
        return answer


def import_key(college: str, title: str) -> str:
    """The same for the same course of the same college, however it is spaced or capitalised."""
    plain = "\x1f".join(
        " ".join(unicodedata.normalize("NFKC", part).casefold().split())
        for part in (college, title)
    )
    return hashlib.blake2b(plain.encode(), digest_size=16).hexdigest()


class RowReader:
    """Reads the rows of one file. Not for use by two files at once."""

    def __init__(
        self, positions: Mapping[str, int], width: int, calendar: Calendar, *, guessed: bool
    ) -> None:
        self._cells = CellReader(positions, guessed=guessed)
        self._width = width
        self._calendar = calendar
        self._sessions = _Remembered(phrases.read_sessions)
        self._hours = _Remembered(phrases.read_hours)
        self._mode = _Remembered(phrases.read_mode)
        self._texts: dict[tuple[Any, ...], tuple[str, str]] = {}
        self._from_facts = str(_("written from the facts"))

    def read(self, row: int, cells: Sequence[str]) -> tuple[Facts | None, list[Note]]:
        """The facts of the row; None, with the problems, when it is wrong."""
        problems: list[Note] = []
        if len(cells) != self._width:
            message = _(
                "has %(found)d cells where the headings have %(wanted)d. Is a comma or a quotation"
                " mark missing, or one too many?",
                found=len(cells),
                wanted=self._width,
            )
            return None, [Note("", Kind.PROBLEM, message)]
        remarks: list[tuple[str, str]] = []
        said = self._cells.read(cells, problems, remarks)
        filled: dict[str, str] = {}
        fields = self._course(said, filled, remarks, problems)
        run = self._run(said, fields, remarks, problems) if said.get("start") else None
        if run is None and (said.get("venue") or said.get("capacity")):
            remarks.append(("start", _("no start is given, so venue and capacity are not used")))
        if problems:
            return None, problems
        key = import_key(said.get("college", ""), said["title"])
        return Facts(row, key, fields.pop("topic"), fields, filled, remarks, run), []

    def title(self, cells: Sequence[str]) -> str:
        """What to call a row that is wrong."""
        return self._cells.title(cells)

    # --- the course --------------------------------------------------------------------------------

    def _course(
        self,
        said: dict[str, str],
        filled: dict[str, str],
        remarks: list[tuple[str, str]],
        problems: list[Note],
    ) -> dict[str, Any]:
        if not said["title"] and not any(note.field == "title" for note in problems):
            problems.append(Note("title", Kind.PROBLEM, _("missing: a course needs a title")))
        college = said.get("college", "")
        adjacent = college.startswith(ADJACENT)
        if adjacent:
            college = college.removeprefix(ADJACENT).strip()
            remarks.append(("college", _("a neighbouring service: kept, and marked as one")))
        if not college:
            filled["source_name"] = _("not stated: left empty")
        topic = said.get("category", "")
        if not topic:
            topic = _("Other courses")
            filled["topic"] = _("not stated: “%(topic)s” assumed", topic=topic)
        notes = said.get("notes", "")
        url = self._source(said.get("source", ""), filled, problems)
        sessions, minutes = self._length(said, filled, problems)
        if not sessions.stated and not sessions.drop_in and _says_drop_in(said["title"], notes):
            why = _("the title or the notes say drop-in: no number is kept")
            sessions, filled["planned_sessions"] = phrases.Sessions(None, drop_in=True), why
        mode = self._where(said.get("mode", ""), filled, problems)
        supporters = said.get("category", "").casefold() == "carers & supporters" or (
            "carer" in notes.casefold() and "open to" in notes.casefold()
        )
        if supporters:
            filled["for_supporters"] = _("the category or the notes say so")
        fields = {
            "title": said["title"],
            "topic": topic,
            "planned_sessions": sessions.number,
            "planned_minutes": minutes,
            "planned_mode": mode.value,
            "self_paced": sessions.self_paced,
            "drop_in": sessions.drop_in,
            "for_supporters": supporters,
            "adjacent": adjacent,
            "source_name": college,
            "source_url": url,
            "source_note": notes,
        }
        fields["summary"], fields["description"] = self._words(said, fields, filled)
        return fields

    @staticmethod
    def _source(text: str, filled: dict[str, str], problems: list[Note]) -> str:
        if not text:
            filled["source_url"] = _("not stated: left empty")
            return ""
        if WEB_ADDRESS.fullmatch(text) is None:
            message = _(
                "“%(said)s” is not a web address that begins with http:// or https://",
                said=text[:60],
            )
            problems.append(Note("source", Kind.PROBLEM, message))
        return text

    def _length(
        self, said: dict[str, str], filled: dict[str, str], problems: list[Note]
    ) -> tuple[phrases.Sessions, int | None]:
        sessions, hours = phrases.Sessions(None), phrases.Hours(None)
        try:
            sessions = self._sessions(said.get("sessions", ""))
        except NotUnderstoodError as error:
            problems.append(Note("sessions", Kind.PROBLEM, str(error)))
        try:
            hours = self._hours(said.get("hours_per_session", ""))
            if hours.in_total is not None:
                number, minutes, why = phrases.share_out(hours.in_total, sessions)
                sessions = phrases.Sessions(number, why=why, stated=sessions.stated)
                hours = phrases.Hours(minutes, why=why, stated=False)
        except NotUnderstoodError as error:
            problems.append(Note("hours_per_session", Kind.PROBLEM, str(error)))
        if sessions.self_paced and not hours.stated:
            # Nobody meets, so there is no session whose length could be assumed.
            hours = phrases.Hours(None)
        if sessions.why:
            filled["planned_sessions"] = sessions.why
        if hours.why:
            filled["planned_minutes"] = hours.why
        return sessions, hours.minutes

    def _where(self, text: str, filled: dict[str, str], problems: list[Note]) -> Mode:
        try:
            where = self._mode(text)
        except NotUnderstoodError as error:
            problems.append(Note("mode", Kind.PROBLEM, str(error)))
            return Mode.IN_PERSON
        if where.why:
            filled["planned_mode"] = where.why
        return where.mode

    def _words(
        self, said: dict[str, str], fields: dict[str, Any], filled: dict[str, str]
    ) -> tuple[str, str]:
        """Summary and description: the file's own, or written from the facts that it states."""
        summary, description = said.get("summary", ""), said.get("description", "")
        if summary and description:
            return summary, description
        # Only what was said may stand in words that the public reads.
        length = None if "planned_minutes" in filled else fields["planned_minutes"]
        number = None if "planned_sessions" in filled else fields["planned_sessions"]
        mode = None if "planned_mode" in filled else fields["planned_mode"]
        kind = (fields["topic"], fields["self_paced"], fields["drop_in"], mode, number, length)
        key = (*kind, fields["source_name"] if fields["adjacent"] else None)
        made = self._texts.get(key)
        if made is None:
            if len(self._texts) > REMEMBERED:
                self._texts.clear()
            made = self._texts[key] = blurbs.write(*key)
        if not summary:
            filled["summary"] = self._from_facts
        if not description:
            filled["description"] = self._from_facts
        return summary or made[0], description or made[1]

    # --- its run -----------------------------------------------------------------------------------

    def _run(
        self,
        said: dict[str, str],
        fields: dict[str, Any],
        remarks: list[tuple[str, str]],
        problems: list[Note],
    ) -> dict[str, Any] | None:
        start: datetime | None = None
        try:
            start = phrases.read_start(said["start"])
        except NotUnderstoodError as error:
            problems.append(Note("start", Kind.PROBLEM, str(error)))
        capacity = ASSUMED_CAPACITY
        if text := said.get("capacity", ""):
            if text.isdecimal() and 1 <= int(text) <= LARGEST_CAPACITY:
                capacity = int(text)
            else:
                message = _(
                    "“%(said)s” is not a number of places from 1 to %(most)d",
                    said=text,
                    most=LARGEST_CAPACITY,
                )
                problems.append(Note("capacity", Kind.PROBLEM, message))
        else:
            message = _("not stated: %(number)d assumed", number=ASSUMED_CAPACITY)
            remarks.append(("capacity", message))
        if start is None:
            return None
        planned = self._calendar.plan(
            start,
            sessions=fields["planned_sessions"],
            minutes=fields["planned_minutes"],
            mode=Mode(fields["planned_mode"]),
            venue=said.get("venue", ""),
            capacity=capacity,
        )
        problems.extend(planned.problems)
        remarks.extend(planned.remarks)
        return {
            "start": start.isoformat(timespec="minutes"),
            "count": planned.count,
            "minutes": planned.minutes,
            "term_id": planned.term_id,
            "venue_id": planned.venue_id,
            "mode": fields["planned_mode"],
            "capacity": capacity,
        }


def _says_drop_in(title: str, notes: str) -> bool:
    return "drop-in" in title.casefold() or notes.casefold().startswith("drop-in")
