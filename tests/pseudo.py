"""A language nobody speaks: every translated word shows that it was translated.

Letters become accented ones and each text stands in brackets, so an ASCII word on a page is one that no
translator will ever get to see. The texts are those in the code at the moment of the test. The language
goes by the code `eo`, because it needs one whose dates are not English and that we do not ship.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from babel import Locale
from babel.dates import DateTimePattern
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tools.translations import extract, sources

LANGUAGE = "eo"
OPEN, CLOSE = "⟦", "⟧"
_ASCII = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "áƀçðéƒĝĥíĵķļɱñóþǫŕšţúṽŵẋýžÁƁÇÐÉƑĜĤÍĴĶĻṀÑÓÞǪŔŠŢÚṼŴẊÝŽ"
_LETTERS = str.maketrans(_ASCII, _ACCENTED)
# What must come through a translation unchanged: placeholders, tags, entities.
_KEPT = re.compile(r"(%\([a-z_A-Z0-9]+\)[sd]|%%|<[^<>]+>|&[a-z#0-9]+;)")
_WORD = re.compile(r"[A-Za-z]{2,}(?:['’][A-Za-z]+)*")
# Addresses, and codes such as autumn-term-2026-3.
_NOT_A_WORD = re.compile(r"\S+@\S+|https?://\S+|\S+\.example\S*|\b[a-z]+(?:-[a-z]+)*-\d[\w-]*")
_GREEK = "αβγδεζηθικλμνξοπρστυφχψωϊϋ"
_DATA = str.maketrans(_ASCII, _GREEK + _GREEK.upper())

# Attributes that are read out or shown.
_SPOKEN = ("alt", "aria-label", "aria-description", "title", "placeholder", "data-i18n")
_SILENT = {"script", "style", "template"}
_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
}  # fmt: skip


def pseudo(text: str) -> str:
    """The text in the language: `Hello %(name)s` is `⟦Ĥéļļó %(name)s⟧`."""
    parts = _KEPT.split(text)
    changed = [
        part if number % 2 else part.translate(_LETTERS) for number, part in enumerate(parts)
    ]
    return f"{OPEN}{''.join(changed)}{CLOSE}"


def data(text: str) -> str:
    """The same words in Greek letters: what stands for a college's own data, which nobody translates."""
    return text.translate(_DATA)


def write_catalogue(folder: Path) -> Path:
    """Compile the language into `folder`, from every text in the core and the bundled plugins."""
    catalogue = Catalog(locale=LANGUAGE)
    for code, _ in sources():
        for message in extract(code):
            if isinstance(message.id, list | tuple):
                catalogue.add(
                    message.id, [pseudo(form) for form in message.id], context=message.context
                )
            elif message.id:
                catalogue.add(message.id, pseudo(message.id), context=message.context)
    place = folder / LANGUAGE / "LC_MESSAGES" / "messages.mo"
    place.parent.mkdir(parents=True)
    with place.open("wb") as compiled:
        write_mo(compiled, catalogue)
    return folder


def _names(table: object) -> Iterator[str]:
    if isinstance(table, Mapping):
        for part in table.values():
            yield from _names(part)
    elif isinstance(table, DateTimePattern):
        yield " ".join(re.findall("'([^']*)'", table.pattern))
    elif table is not None:
        yield str(table)


def _words_of_the_language() -> frozenset[str]:
    """Names of months, days and halves of the day, and what stands between them in a date."""
    locale = Locale.parse(LANGUAGE)
    tables = (locale.months, locale.days, locale.day_periods, locale.eras, locale.date_formats)
    return frozenset(
        word for table in tables for name in _names(table) for word in _WORD.findall(name)
    )


# Languages in their own words, file formats and currencies are the same everywhere.
UNTRANSLATED = _words_of_the_language() | {"English", "Esperanto", "CSV", "PDF", "GBP", "UTC"}


@dataclass
class Seen:
    """A text as somebody reads or hears it, and where: `h1`, or `img[alt]`."""

    place: str
    text: str

    def unwrapped(self) -> list[str]:
        """Words in it that did not come through a catalogue."""
        words = _WORD.findall(_NOT_A_WORD.sub(" ", self.text))
        return [word for word in words if word not in UNTRANSLATED]


@dataclass
class Reader(HTMLParser):
    """Everything on a page that is shown or spoken, in order.

    Left out are parts marked as another language's (`lang`) or as nobody's (`translate="no"`).
    """

    seen: list[Seen] = field(default_factory=list)
    _open: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @property
    def _hidden(self) -> bool:
        return any(hidden for _, hidden in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        foreign = "lang" in values and tag != "html" and values["lang"] != LANGUAGE
        hidden = tag in _SILENT or foreign or values.get("translate") == "no"
        if not hidden and not self._hidden:
            self._attributes(tag, values)
        if tag not in _VOID:
            self._open.append((tag, hidden))

    def _attributes(self, tag: str, values: dict[str, str]) -> None:
        spoken = [name for name in _SPOKEN if name in values]
        if tag == "input" and values.get("type") in {"submit", "button", "reset"}:
            spoken.append("value")
        if tag == "meta" and values.get("name") == "description":
            spoken.append("content")
        self.seen += [Seen(f"{tag}[{name}]", values[name]) for name in spoken if values.get(name)]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open[-1][0] != tag:
            self._open.pop()  # an element whose end tag may be left out, such as <li>
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._hidden:
            self.seen.append(Seen(self._open[-1][0] if self._open else "", data.strip()))


def unwrapped(html: str) -> Iterator[str]:
    """What is wrong with a page: `h1: Welcome` for each text with words that nobody can translate."""
    reader = Reader()
    reader.feed(html)
    for seen in reader.seen:
        if words := seen.unwrapped():
            yield f"{seen.place}: {' '.join(words)} (in {seen.text[:80]!r})"
