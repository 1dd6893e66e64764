"""PDFs, looked through and written anew: nothing in them acts by itself, nothing else is hidden in them."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import pikepdf
from pikepdf import (
    Array,
    Dictionary,
    Name,
    ObjectStreamMode,
    Pdf,
    Stream,
    StreamDecodeLevel,
)

from portal.files.checking.limits import (
    MOST_INFLATED,
    MOST_OBJECTS,
    MOST_PAGES,
    MOST_PIXELS,
    Refusal,
    RefusedError,
)

# Actions that run something, send something or open something else (ISO 32000-2, table 201). Links stay.
_ACTIONS = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Movie",
    "/Sound", "/RichMediaExecute", "/GoTo3DView", "/Thread",
}  # fmt: skip
_ANNOTATIONS = {"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen", "/FileAttachment"}
_KEYS = {"/JS", "/EF", "/XFA", "/EmbeddedFiles", "/JavaScript", "/RichMediaContent"}
_NOT_NEEDED = ("/OpenAction", "/AA", "/Metadata", "/PieceInfo", "/Collection", "/AF", "/URI")
# Of a stream: what is in it lies in another file, or at an address, and a reader may fetch it.
_ELSEWHERE = {"/F", "/FFilter", "/FDecodeParms"}
_FLATE = ("/FlateDecode", "/Fl")
# A picture's own packing, whose size is its pixels.
_PICTURES = (
    "/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF", "/JBIG2Decode",
)  # fmt: skip


def rewrite(source: BinaryIO, target: BinaryIO) -> int:
    """Write the document anew, without who made it and with what; how many pages it has.

    Raises:
        RefusedError: it is locked, has too many pages, unpacks to too much, or could act by itself.
        Exception: pikepdf's own, for a file that is broken.
    """
    try:
        document = Pdf.open(source)
    except pikepdf.PasswordError:
        raise RefusedError(Refusal.LOCKED) from None
    with document:
        if document.is_encrypted:
            raise RefusedError(Refusal.LOCKED)
        pages = _count(document)
        _look_through(document)
        _forget(document)
        document.save(target, object_stream_mode=ObjectStreamMode.generate, encryption=False)
    return pages


def rehearse() -> None:
    """Do all of it once with a document of our own, so that what libraries fetch late is there: also the
    device for chance, which a locked document asks for.
    """
    with pikepdf.new() as document:
        document.add_blank_page()
        made = io.BytesIO()
        document.save(made, encryption=pikepdf.Encryption(owner="o", user=""))
        made = io.BytesIO()
        document.save(made)
    rewrite(io.BytesIO(made.getvalue()), io.BytesIO())


def _count(document: Pdf) -> int:
    pages = len(document.pages)
    if pages > MOST_PAGES:
        raise RefusedError(Refusal.TOO_MANY_PAGES)
    if not pages:
        raise RefusedError(Refusal.BROKEN)
    return pages


def _look_through(document: Pdf) -> None:
    """Every object of the file, whether a page leads to it or not."""
    if len(document.objects) > MOST_OBJECTS:
        raise RefusedError(Refusal.TOO_MUCH_INSIDE)
    inflated = 0
    for one in document.objects:
        for part in _parts(one):
            if _acts(part):
                raise RefusedError(Refusal.ACTIVE)
        if isinstance(one, Stream):
            inflated += _inflated(one, MOST_INFLATED - inflated)


def _parts(one: Any) -> Iterator[Any]:
    """The dictionaries of one object of the file; those that it refers to come by themselves."""
    left = [one]
    while left:
        part = left.pop()
        if isinstance(part, Array):
            left += [inner for inner in part if _nests(inner)]
        elif isinstance(part, Dictionary | Stream):
            yield part
            left += [inner for inner in dict(part.items()).values() if _nests(inner)]


def _nests(value: Any) -> bool:
    return isinstance(value, Array | Dictionary) and not value.is_indirect


def _acts(part: Any) -> bool:
    keys = set(part.keys())
    return (
        bool(keys & _KEYS)
        or str(part.get("/S", "")) in _ACTIONS
        or str(part.get("/Subtype", "")) in _ANNOTATIONS
        or str(part.get("/Type", "")) == "/EmbeddedFile"
        or _lies_elsewhere(part, keys)
    )


def _lies_elsewhere(part: Any, keys: set[str]) -> bool:
    """What it shows is not in this file: a stream's bytes, or a page of another document."""
    if not isinstance(part, Stream):
        return False
    return bool(keys & _ELSEWHERE) or (str(part.get("/Subtype", "")) == "/Form" and "/Ref" in keys)


def _inflated(stream: Any, most: int) -> int:
    """How many bytes a stream is when unpacked, or would be as a picture.

    Raises:
        RefusedError: more than `most`, or than a picture may have.
    """
    if str(stream.get("/Subtype", "")) == "/Image":
        pixels = int(stream.get("/Width", 0)) * int(stream.get("/Height", 0))
        if not 0 <= pixels <= 2 * MOST_PIXELS:
            raise RefusedError(Refusal.TOO_MANY_PIXELS)
    content = stream.read_raw_bytes()
    for name in _filters(stream):
        if name in _PICTURES:
            break
        if name not in _TEXT and name not in _FLATE:
            content = _old_packing(stream)
            break
        content = _TEXT[name](content) if name in _TEXT else _inflate(content, most)
    if len(content) > most:
        raise RefusedError(Refusal.TOO_MUCH_INSIDE)
    return len(content)


def _inflate(content: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(content, max(most, 1))
    if unpacker.unconsumed_tail:
        raise RefusedError(Refusal.TOO_MUCH_INSIDE)
    return found


def _from_hex(content: bytes) -> bytes:
    digits = b"".join(content.partition(b">")[0].split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _from_base85(content: bytes) -> bytes:
    return base64.a85decode(content.removeprefix(b"<~").partition(b"~>")[0])


# Packings that make bytes longer, so that what they unpack to is no question.
_TEXT = {
    "/ASCIIHexDecode": _from_hex,
    "/AHx": _from_hex,
    "/ASCII85Decode": _from_base85,
    "/A85": _from_base85,
}


def _old_packing(stream: Any) -> bytes:
    """Runs and LZW: unpacked as a whole, in the little memory that the process has."""
    try:
        found: bytes = stream.read_bytes(StreamDecodeLevel.specialized)
    except pikepdf.DataDecodingError as error:
        full = "bad_alloc" in str(error)
        raise RefusedError(Refusal.TOO_MUCH_INSIDE if full else Refusal.BROKEN) from None
    return found


def _filters(stream: Any) -> list[str]:
    named = stream.get("/Filter", [])
    return [str(named)] if isinstance(named, Name) else [str(one) for one in named]


def _forget(document: Pdf) -> None:
    """Take out who wrote it, when and with what, and what would happen when it is opened. The title stays:
    a screen reader says it first.
    """
    title = document.docinfo.get("/Title")
    for key in _NOT_NEEDED:
        if key in document.Root:
            del document.Root[key]
    for page in document.pages:
        for key in ("/AA", "/PieceInfo", "/Metadata"):
            if key in page.obj:
                del page.obj[key]
    del document.docinfo
    if title is not None:
        document.docinfo["/Title"] = title
