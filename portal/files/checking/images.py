"""Pictures, painted anew: nothing of the file that came is in the one that is kept but what is seen."""

from __future__ import annotations

import io
from typing import IO

from PIL import ExifTags, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from portal.files.checking.limits import (
    LONGEST_SIDE,
    MOST_JPEG_PIXELS,
    MOST_PIXELS,
    Refusal,
    RefusedError,
)
from portal.files.kinds import FileKind

_FORMATS = {
    FileKind.JPEG: JpegImagePlugin.JpegImageFile.format,
    FileKind.PNG: PngImagePlugin.PngImageFile.format,
    FileKind.WEBP: WebPImagePlugin.WebPImageFile.format,
}
_OPTIONS: dict[FileKind, dict[str, object]] = {
    FileKind.JPEG: {"quality": 85},
    FileKind.PNG: {"compress_level": 3},
    FileKind.WEBP: {"quality": 85, "method": 0},
}
_PLAIN = {"1", "L", "LA", "RGB", "RGBA"}  # how pixels may stand in the new file


def rewrite(kind: FileKind, source: IO[bytes], target: IO[bytes]) -> None:
    """Write the picture anew: upright, no longer than `LONGEST_SIDE`, without where and when it was taken.

    Of one that moves, the first picture.

    Raises:
        RefusedError: it has too many pixels.
        Exception: Pillow's own, for a file that is broken.
    """
    Image.MAX_IMAGE_PIXELS = None  # ours below is the stricter one
    with Image.open(source, formats=[str(_FORMATS[kind])]) as picture:
        jpeg = kind is FileKind.JPEG
        if picture.width * picture.height > (MOST_JPEG_PIXELS if jpeg else MOST_PIXELS):
            raise RefusedError(Refusal.TOO_MANY_PIXELS)
        if jpeg:
            picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
            if picture.width * picture.height > MOST_PIXELS:
                raise RefusedError(Refusal.TOO_MANY_PIXELS)
        turned = picture.getexif().get(ExifTags.Base.Orientation, 1) != 1
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
        seen = ImageOps.exif_transpose(picture) if turned else picture
        seen = _plain(seen, opaque=jpeg)
        clean = Image.frombytes(seen.mode, seen.size, seen.tobytes())
        clean.save(target, format=_FORMATS[kind], **_OPTIONS[kind])


def rehearse(kind: FileKind) -> None:
    """Do all of it once with a picture of our own, so that Pillow has every module that it fetches late."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    first, second = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (8, 4)).save(first, format=_FORMATS[kind], exif=exif)
    rewrite(kind, first, second)


def _plain(picture: Image.Image, *, opaque: bool) -> Image.Image:
    if opaque:
        return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    if picture.mode in _PLAIN:
        return picture
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
