"""What is given to machines keeps its shape, whatever words are in it: calendars, data, archives, sheets."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import xlsxwriter
from flask import url_for

from portal.accounts.policies import GRANTABLE
from portal.accounts.testing import signed_in_client
from portal.courses.cli_output import RowFile
from portal.courses.services.prospectus import Action, Kind, RowOutcome
from portal.courses.services.prospectus.report import Note
from portal.db import unit_of_work
from portal.plugin_api import RouteSample
from portal.plugin_api.testing import Lab
from portal.ui.sheets import harmless
from tests.hostile.payloads import PAYLOADS
from tests.hostile.planting import BRANCHES, FOR_MACHINES, college_of, plant
from tests.matrix.access import PUBLIC
from tests.matrix.test_access import call

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STARTS = (0, 40, 80)
OF_CALENDARS = {
    "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-CALNAME", "UID", "SEQUENCE", "DTSTAMP",
    "DTSTART", "DTEND", "SUMMARY", "STATUS", "URL", "LOCATION", "DESCRIPTION", "CLASS", "TRANSP", "TZID",
    "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RDATE", "REFRESH-INTERVAL", "X-PUBLISHED-TTL", "NAME",
}  # fmt: skip
OF_PARTS = {"VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT"}
# What the readable page of somebody's data is made of.
OF_ARCHIVES = {
    "html", "head", "meta", "title", "body", "main", "h1", "h2", "h3", "p", "dl", "dt", "dd", "ul", "ol",
    "li", "table", "thead", "tbody", "tr", "th", "td", "caption", "section", "div", "time", "strong", "em",
    "br", "hr", "style", "header", "footer", "nav", "a", "span", "details", "summary", "pre",
}  # fmt: skip


def calendar(body: bytes) -> Iterator[str]:
    """Lines that are no lines of ours: somebody's words have begun one."""
    unfolded = re.sub(r"\r\n[ \t]", "", body.decode())
    for line in unfolded.rstrip("\r\n").split("\r\n"):
        name, _, value = line.partition(":")
        name = name.partition(";")[0]
        if name not in OF_CALENDARS or (name in {"BEGIN", "END"} and value not in OF_PARTS):
            yield line
        if "\n" in line or "\r" in line:
            yield f"a line within a line: {line!r}"


def data(body: bytes) -> Iterator[str]:
    json.loads(body)
    yield from ()


def xml(body: bytes) -> Iterator[str]:
    for element in ET.fromstring(body).iter():
        if not element.tag.startswith("{http://www.sitemaps.org/schemas/sitemap/0.9}"):
            yield element.tag


class Elements(HTMLParser):
    """Notes elements that do not belong, and attributes that could run."""

    def __init__(self) -> None:
        super().__init__()
        self.strange: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in OF_ARCHIVES:
            self.strange.append(tag)
        self.strange += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.strange += [value or "" for name, value in attrs if name in {"href", "src"}]


def archive(body: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        for name in parts.namelist():
            text = parts.read(name).decode()
            if name.endswith(".json"):
                json.loads(text)
            elif name.endswith(".html"):
                elements = Elements()
                elements.feed(text)
                yield from elements.strange
            else:
                yield name


def sheet(body: bytes) -> Iterator[str]:
    """Cells of a CSV file that a program would work out, with the separators that programs use."""
    text = body.decode("utf-8-sig")
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield from (cell for cell in row if harmless(cell) != cell)


def workbook(body: bytes) -> Iterator[str]:
    book = openpyxl.load_workbook(io.BytesIO(body))
    for page in book.worksheets:
        for row in page.iter_rows():
            yield from (str(cell.value) for cell in row if cell.data_type == "f" or cell.hyperlink)


def paper(body: bytes) -> Iterator[str]:
    """What a reader of PDF files would do by itself; typst writes such names in the clear."""
    assert body.startswith(b"%PDF-")
    for name in (
        b"/JavaScript",
        b"/JS",
        b"/OpenAction",
        b"/AA",
        b"/Launch",
        b"/URI",
        b"/SubmitForm",
    ):
        if re.search(name + rb"\b", body):
            yield name.decode()


def picture(body: bytes) -> Iterator[str]:
    if not body.startswith(b"\x89PNG"):
        yield "not the picture that was kept"


READERS: Mapping[str, Callable[[bytes], Iterator[str]]] = {
    "text/calendar": calendar,
    "application/json": data,
    "application/ld+json": data,
    "application/pdf": paper,
    "application/xml": xml,
    "application/zip": archive,
    "image/png": picture,
    "text/csv": sheet,
    SHEET: workbook,
}
# A name of ours; or, of a file that somebody gave, theirs in one pair of quotation marks, and again encoded.
NAMED = re.compile(
    r'((attachment|inline); filename="[\w.-]+")?'
    r"""|attachment; filename="[^"\\\r\n]+"(; filename\*=UTF-8''[\w.%~!$&+^`|-]+)?""",
    re.ASCII,
)
# No words of people are in these: rules for robots, a script, whether the portal lives.
NO_WORDS = {"text/html", "text/plain", "text/javascript", "application/javascript"}


def is_for_machines(sample: RouteSample) -> bool:
    """Whether it may answer something else than a page: what a form leads to is known when it was sent."""
    return sample.method != "GET" or sample.endpoint in FOR_MACHINES


ROOMS = {
    room: (
        branch,
        [one for one in samples if one.endpoint.startswith(f"{room}.") and is_for_machines(one)],
    )
    for branch, samples in BRANCHES.items()
    for room in sorted({one.endpoint.partition(".")[0] for one in samples})
}


@pytest.mark.parametrize("room", ROOMS)
def test_what_machines_are_given_keeps_its_shape(portal_lab: Lab, room: str) -> None:
    wrong = []
    branch, samples = ROOMS[room]
    for sample in samples:
        answer = answered(portal_lab, branch, sample, None)
        if answer.mimetype in NO_WORDS or not answer.data:
            continue
        for start in STARTS:
            answer = answered(portal_lab, branch, sample, start)
            if (
                answer.mimetype in NO_WORDS
            ):  # letters that no typeface has: a paper is a page instead
                continue
            kind = answer.headers["Content-Type"]
            wrong += [
                f"{sample.endpoint}: {what}" for what in READERS[answer.mimetype](answer.data)
            ]
            if kind.startswith(("text/", "application/xml")) and "charset=utf-8" not in kind:
                wrong.append(f"{sample.endpoint}: {kind}")
            name = answer.headers.get("Content-Disposition", "")
            if not NAMED.fullmatch(name):
                wrong.append(f"{sample.endpoint}: {name}")

    assert not wrong, "\n".join(wrong)


def answered(lab: Lab, branch: str, sample: RouteSample, start: int | None) -> Any:
    """What the route answers in a college of its own sample, with payloads from this one on in all of it."""
    app = college_of(lab, branch)
    if (sample.endpoint, sample.method) in PUBLIC or sample.public:
        client = app.test_client()
    else:
        client = signed_in_client(app, () if sample.arrange_own else GRANTABLE)
    with app.test_request_context():
        with unit_of_work() as session:
            own = sample.arrange_own
            person_id = getattr(client, "person_id", 0)
            values = own(session, person_id) if own else sample.arrange(session)
        address = url_for(sample.endpoint, **values)
    payload = sample.payload(values) if callable(sample.payload) else sample.payload
    if start is not None:
        plant(app, start, branch)
    answer = call(client, (sample.endpoint, sample.method), address, payload)
    assert answer.status_code < 500, f"{sample.endpoint}: {answer.status}"
    return answer


# --- sheets ------------------------------------------------------------------------------------------

FORMULAS = [
    f"{before}{sign}cmd|' /C calc'!A0{after}"
    for sign in ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", "\ufe66", "\uff20")
    for before in ("", " ", "\u00a0", "\u3000", '"', ";", ";=", ",", "';", '";')
    for after in ("", '"', ";=1+1", '";=1+1', ",=1+1")
]  # fmt: skip


def test_the_report_of_an_import_holds_no_live_formula(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    with RowFile(path) as file:
        for row, words in enumerate([*FORMULAS, *PAYLOADS]):
            file(RowOutcome(row, words, Action.WRONG, (Note("title", Kind.PROBLEM, words),)))

    assert list(quoted(path.read_bytes())) == []
    assert len(path.read_bytes()) > 10_000


def quoted(body: bytes) -> Iterator[str]:
    """Live cells; and cells that are not quoted, which another separator would cut in pieces."""
    text = body.decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline="")):
        yield from (cell for cell in row if harmless(cell) != cell)
        line = ",".join('"{}"'.format(cell.replace('"', '""')) for cell in row)
        if line not in text:
            yield line


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1+1", " =1"])
def test_a_planted_formula_is_found(words: str) -> None:
    bare = io.StringIO(newline="")
    csv.writer(bare).writerow(["fine", words])
    assert list(quoted(bare.getvalue().encode()))
    assert words in list(sheet(bare.getvalue().encode()))


def test_a_planted_formula_is_found_in_a_workbook() -> None:
    held: dict[bool, list[str]] = {}
    for live in (True, False):
        file = io.BytesIO()
        options = {"strings_to_formulas": live, "strings_to_urls": live}
        book = xlsxwriter.Workbook(file, options)
        book.add_worksheet().write_row(0, 0, ["fine", "=1+1", "https://q.example"])
        book.close()
        held[live] = list(workbook(file.getvalue()))
    assert len(held[True]) == 2
    assert held[False] == []


@pytest.mark.parametrize("value", [-12, 3.5, None, "", "Calm days", "10-12", "a=b", "it's"])
def test_what_is_no_formula_stays_as_it_is(value: object) -> None:
    assert harmless(value) == value


def test_sheets_are_written_in_one_place() -> None:
    """Whoever writes one by hand forgets something: CSV goes through `portal.ui.sheets`."""
    root = Path(__file__).resolve().parents[2]
    found = {
        str(path.relative_to(root))
        for folder in ("portal", "plugins")
        for path in (root / folder).rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)\(", path.read_text("utf-8"))
        and "tests" not in path.relative_to(root).parts
    }
    assert found == {"portal/ui/sheets.py"}
