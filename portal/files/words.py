"""How files are spoken of: what one is, and why one is not taken and what to do then."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.files.checking.limits import MOST_PAGES, Refusal
from portal.files.kinds import FileKind
from portal.plugin_api.access import LARGEST_FILE
from portal.plugin_api.types import Words

KILO, MEGA = 1_000, 1_000_000
TAKEN = _l(
    "A PDF or a picture (JPEG, PNG or WebP), up to %(most)d MB. Anything else, such as a Word file: save it "
    "as a PDF first.",
    most=LARGEST_FILE // MEGA,
)
TOO_LARGE = _l(
    "This file is too large. Choose one of up to %(most)d MB, or a picture at a smaller size.",
    most=LARGEST_FILE // MEGA,
)
_AS_PDF = _l("This kind of file is not taken. Save or print it as a PDF, and choose that.")
REFUSALS: Mapping[Refusal, Words] = {
    Refusal.EMPTY: _l("There is nothing in this file. Choose another one."),
    Refusal.OTHER_KIND: _AS_PDF,
    Refusal.NOT_ITS_NAME: _l(
        "This file is not what its name says. Open it, save it as a PDF or a picture, and choose that."
    ),
    Refusal.BROKEN: _l(
        "This file cannot be opened here. Save it once more, a picture at a smaller size, and choose that."
    ),
    Refusal.TOO_MANY_PIXELS: _l(
        "This picture is too large. Save it smaller, or take it at a lower quality."
    ),
    Refusal.TOO_MANY_PAGES: _l(
        "This PDF has more than %(most)d pages. Choose one with fewer, or split it.",
        most=MOST_PAGES,
    ),
    Refusal.TOO_MUCH_INSIDE: _l(
        "There is too much in this file for us to look through. Save it smaller, and choose that."
    ),
    Refusal.LOCKED: _l("This PDF is locked. Save it without a password, and choose that."),
    Refusal.ACTIVE: _l(
        "This PDF has a program, a form or another file in it. Print it as a PDF, and choose that."
    ),
    Refusal.UNSAFE: _l("Our check for viruses says no to this file. It was not kept."),
    Refusal.UNCHECKED: _l(
        "We cannot check files just now, so this one was not kept. Try again in a few minutes, or ask us."
    ),
}
_KINDS: Mapping[FileKind, Words] = {
    FileKind.JPEG: _l("Picture"),
    FileKind.PNG: _l("Picture"),
    FileKind.WEBP: _l("Picture"),
    FileKind.PDF: "PDF",
}


def described(kind: FileKind, size: int, pages: int | None) -> str:
    """What a file is before somebody spends their data on it: "PDF, 2 pages, 120 kB"."""
    parts = [str(_KINDS[kind])]
    if pages is not None:
        parts.append(ngettext("%(num)d page", "%(num)d pages", pages))
    return ", ".join([*parts, size_in_words(size)])


def size_in_words(size: int) -> str:
    """Bytes, as people read them: "120 kB", "3.4 MB"."""
    if size < MEGA:
        kilos: str = _("%(number)s kB", number=format_decimal(max(1, round(size / KILO))))
        return kilos
    megas: str = _("%(number)s MB", number=format_decimal(round(size / MEGA, 1)))
    return megas
