"""Files to give to the portal: good ones, and what somebody might send instead."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from typing import IO

import pikepdf
from PIL import ExifTags, Image
from sqlalchemy.orm import Session

from portal.files import api

PLACE = "SEAFORD-50.7739N"  # a position in a photo, as text that can be looked for


def picture(
    kind: str = "JPEG",
    size: tuple[int, int] = (60, 40),
    mode: str = "RGB",
    *,
    noise: bool = False,
    **options: object,
) -> bytes:
    """A picture of a kind that Pillow knows."""
    made = Image.new(mode, size, 120 if mode == "L" else "#1f5c57")
    if noise:
        small = Image.effect_noise((max(1, size[0] // 8), max(1, size[1] // 8)), 90)
        made = small.convert(mode).resize(size)
    file = io.BytesIO()
    made.save(file, kind, **options)
    return file.getvalue()


def photo(kind: str = "JPEG") -> bytes:
    """A picture lying on its side, that says where it was taken and by whom."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = PLACE
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = PLACE
    more = {"comment": PLACE} if kind == "JPEG" else {}
    return picture(kind, exif=exif.tobytes(), **more)


def pdf(
    change: Callable[[pikepdf.Pdf], object] | None = None, *, pages: int = 2, **options: object
) -> bytes:
    """A PDF with pages without anything on them; `change` does something to it."""
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        if change is not None:
            change(document)
        file = io.BytesIO()
        document.save(file, **options)
    return file.getvalue()


def big_pdf(size: int) -> bytes:
    """A PDF of about so many bytes, which cannot be packed smaller."""

    def fill(document: pikepdf.Pdf) -> None:
        document.pages[0].obj["/Filling"] = document.make_indirect(
            pikepdf.Stream(document, os.urandom(size))
        )

    return pdf(fill)


def opened(content: bytes) -> IO[bytes]:
    """A file of this content, as the quarantine has it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    file.write(content)
    file.seek(0)
    return file


def received(session: Session, content: bytes, name: str) -> api.Received:
    """The content, as somebody would send it under that name."""
    with opened(content) as file:
        return api.receive(session, file, name)


def make_file(
    session: Session,
    content: bytes | None = None,
    name: str = "handout.pdf",
    *,
    owner_id: int | None = None,
) -> int:
    """A file that is kept. Commits, before and after: what comes is looked into in no transaction."""
    session.commit()
    kept = received(session, pdf() if content is None else content, name)
    file_id = api.keep(session, kept, owner_id=owner_id)
    session.commit()
    return file_id
