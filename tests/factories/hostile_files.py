"""What somebody might send instead of a handout, each kind in many variants."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pikepdf

from tests.factories.files import PLACE, pdf, photo, picture

PAYLOAD = b"<script>alert('payload')</script>"


@dataclass(frozen=True)
class Hostile:
    """One file. `tamed`: it is taken, and nothing of `PAYLOAD` or `PLACE` is in what is kept."""

    kind: str
    name: str
    content: bytes
    tamed: bool = False


def png_flood(number: int) -> Hostile:
    """A small PNG that says it has thousands of millions of pixels."""
    side = 50_000 + number
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000)
    parts = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    chunks = b"".join(
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in parts
    )
    return Hostile("pixel flood", "flood.png", b"\x89PNG\r\n\x1a\n" + chunks)


def jpeg_flood(number: int) -> Hostile:
    """A JPEG whose head says 65,000 by 65,000."""
    plain = picture("JPEG", (64 + number % 9, 64))
    at = plain.index(b"\xff\xc0") + 5
    return Hostile("pixel flood", "flood.jpg", plain[:at] + b"\xfd\xe8\xfd\xe8" + plain[at + 4 :])


def pdf_flood(number: int) -> Hostile:
    """A PDF with a picture of ten thousand million pixels."""

    def flood(document: pikepdf.Pdf) -> None:
        image = pikepdf.Stream(document, b"\0")
        image.update(
            pikepdf.Dictionary(Subtype=pikepdf.Name.Image, Width=100_000 + number, Height=100_000)
        )
        document.Root["/Flood"] = document.make_indirect(image)

    return Hostile("pixel flood", "flood.pdf", pdf(flood))


def nested_archive(number: int) -> Hostile:
    """Archives in archives, called a document."""
    inner = b"\0" * 1_000_000
    for level in range(5):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for copy in range(4):
                packed.writestr(f"{level}-{copy}.zip", inner)
        inner = file.getvalue()
    return Hostile("nested archive", ("notes.docx", "notes.pdf")[number % 2], inner)


def inflating_pdf(number: int) -> Hostile:
    """A PDF of some kilobytes that unpacks to hundreds of megabytes, packed once or twice."""
    content = zlib.compress(b"\0" * 200_000_000, 9)
    names = [pikepdf.Name.FlateDecode]
    if number % 2:
        content, names = zlib.compress(content, 9), [*names, pikepdf.Name.FlateDecode]

    def inflate(document: pikepdf.Pdf) -> None:
        stream = pikepdf.Stream(document, b"")
        stream.write(content, filter=pikepdf.Array(names))
        document.pages[0].obj.Contents = document.make_indirect(stream)

    return Hostile("nested archive", "large.pdf", pdf(inflate))


def polyglot(number: int) -> Hostile:
    """A picture that is a page or an archive too."""
    kind = ("JPEG", "PNG", "WEBP")[number % 3]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("index.html", PAYLOAD)
    return Hostile(
        "polyglot", f"both.{kind.lower()}", picture(kind) + PAYLOAD + file.getvalue(), tamed=True
    )


def page_before_pdf(number: int) -> Hostile:
    """A page that is a PDF from some way in: readers of PDFs look for its beginning."""
    return Hostile("polyglot", "both.pdf", PAYLOAD * (1 + number % 5) + pdf())


def script_in_svg(number: int) -> Hostile:
    """A drawing that runs a script."""
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg'>" + PAYLOAD + b"</svg>"
    return Hostile("script", ("a.svg", "a.png", "a.html", "a.pdf")[number % 4], drawing)


def script_in_pdf(number: int) -> Hostile:
    """A PDF that does something by itself, in one of the places where that can be said."""
    name = ("JavaScript", "Launch", "SubmitForm", "ImportData", "GoToE", "Rendition")[number % 6]
    action = pikepdf.Dictionary(S=pikepdf.Name(f"/{name}"), JS="app.alert(1)", F="calc.exe")

    def hide(document: pikepdf.Pdf) -> None:
        places: tuple[Callable[[], object], ...] = (
            lambda: document.Root.__setitem__("/OpenAction", action),
            lambda: document.pages[0].obj.__setitem__("/AA", pikepdf.Dictionary(O=action)),
            lambda: document.Root.__setitem__("/Hidden", document.make_indirect(action)),
        )
        places[number % 3]()

    mode = pikepdf.ObjectStreamMode.generate
    return Hostile("script", "handout.pdf", pdf(hide, object_stream_mode=mode))


def hidden_file(_number: int) -> Hostile:
    """A PDF with a program in it."""

    def hide(document: pikepdf.Pdf) -> None:
        document.attachments["payload.exe"] = b"MZ" + PAYLOAD

    return Hostile("script", "handout.pdf", pdf(hide))


def with_position(number: int) -> Hostile:
    """A photo that says where it was taken."""
    kind = ("JPEG", "PNG", "WEBP")[number % 3]
    return Hostile("position", f"beach.{kind.lower()}", photo(kind), tamed=True)


def wrong_type(number: int) -> Hostile:
    """Something else under a name that is taken."""
    contents = (picture("PNG"), picture("GIF"), b"MZ\x90\0" * 100, b"#!/bin/sh\n", b"\0" * 5_000)
    return Hostile("wrong type", "a.jpg", contents[number % 5])


def strange_name(number: int) -> Hostile:
    """A good file under a name that is meant to do harm somewhere."""
    names = (
        "../../../etc/cron.d/x.pdf",
        "a" * 3_000 + ".pdf",
        "annex\u202efdp.exe.pdf",
        "..\\x.pdf",
    )
    return Hostile("strange name", names[number % 4], pdf(pages=1), tamed=True)


MAKERS = (
    png_flood, jpeg_flood, pdf_flood, nested_archive, inflating_pdf, polyglot, page_before_pdf, script_in_svg,
    script_in_pdf, hidden_file, with_position, wrong_type, strange_name,
)  # fmt: skip


def hostile_files(how_many: int) -> Iterator[Hostile]:
    """So many of them, each kind in turn, no two alike where the kind has variants."""
    for number in count():
        for maker in MAKERS:
            if not how_many:
                return
            how_many -= 1
            yield maker(number)


__all__ = ["MAKERS", "PAYLOAD", "PLACE", "Hostile", "hostile_files"]
