"""The kinds of files that are taken, and how each is told from its first bytes and its name."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

LONGEST_NAME = 100  # letters, the ending included
HEAD = 16  # bytes that tell the kinds apart


class FileKind(StrEnum):
    """What a file is."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """How a browser calls it."""
        return "application/pdf" if self is FileKind.PDF else f"image/{self.value}"

    @property
    def ending(self) -> str:
        """How its name ends when it is given out."""
        return ".jpg" if self is FileKind.JPEG else f".{self.value}"


ENDINGS = {
    ".jpg": FileKind.JPEG,
    ".jpeg": FileKind.JPEG,
    ".png": FileKind.PNG,
    ".webp": FileKind.WEBP,
    ".pdf": FileKind.PDF,
}
ACCEPT = ",".join(ENDINGS)  # for the browser's own list of files


def kind_of(head: bytes) -> FileKind | None:
    """What the first bytes of a file say that it is."""
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return FileKind.WEBP
    return FileKind.PDF if head.startswith(b"%PDF-") else None


def kind_named(name: str) -> FileKind | None:
    """What the end of a name says that the file is."""
    _, dot, ending = name.rpartition(".")
    return ENDINGS.get(f"{dot}{ending}".strip().lower())


def clean_name(name: str, kind: FileKind) -> str:
    """A name that does no harm on anybody's machine: no folders, nothing unseen, and the kind's own ending.

    Unseen are also the letters that turn the direction of writing around, so that an "exe" looks like a PDF.
    """
    last = re.split(r"[/\\]", name)[-1]
    stem = last.rpartition(".")[0] if kind_named(last) else last
    seen = "".join(
        letter if unicodedata.category(letter)[0] not in "CZ" else " "
        for letter in unicodedata.normalize("NFC", stem)
        if unicodedata.category(letter) != "Cf"
    )
    tidy = re.sub(r'[<>:"|?*]', "-", " ".join(seen.split())).strip(". ")
    return f"{tidy[: LONGEST_NAME - len(kind.ending)].strip('. ') or 'file'}{kind.ending}"
