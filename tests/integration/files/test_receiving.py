"""Files that come: what is kept is a new file, of the four kinds, without what was hidden in the old one."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from types import ModuleType
from typing import IO, Any

import pikepdf
import pytest
from PIL import Image
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.db import db
from portal.files import api
from portal.files.api import FileKind, Refusal, RefusedError
from portal.files.checking import limits
from portal.files.kinds import clean_name
from portal.files.models import StoredFile
from portal.files.store import store_of
from portal.plugin_api import hookimpl
from portal.plugin_api.testing import Lab
from portal.plugin_api.types import Manifest
from tests.factories.files import PLACE, big_pdf, make_file, pdf, photo, picture, received


def refusal(session: Session, content: bytes, name: str) -> Refusal:
    before = list(store_of(session).listed())
    with pytest.raises(RefusedError) as caught:
        received(session, content, name)
    assert list(store_of(session).listed()) == before
    return caught.value.refusal


def kept(session: Session, content: bytes, name: str) -> bytes:
    """What is given out of a file that came."""
    return b"".join(api.content(session, make_file(session, content, name)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_upright_and_without_where_it_was_taken(
    session: Session, kind: str
) -> None:
    sent = photo(kind)
    assert PLACE.encode() in sent
    clean = kept(session, sent, f"beach.{kind.lower()}")
    assert PLACE.encode() not in clean
    with Image.open(io.BytesIO(clean)) as seen:
        assert (seen.format, seen.size) == (kind, (40, 60))
        assert not seen.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(seen.info)


def test_a_large_photo_of_a_phone_is_made_smaller(session: Session) -> None:
    sent = picture("JPEG", (8000, 6000), noise=True, quality=80)
    with Image.open(io.BytesIO(kept(session, sent, "IMG_1.JPG"))) as seen:
        assert seen.size == (limits.LONGEST_SIDE, limits.LONGEST_SIDE * 3 // 4)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "P"), ("PNG", "1"), ("PNG", "I;16"), ("PNG", "RGBA"), ("JPEG", "CMYK")],
)
def test_pictures_are_taken_in_every_way_that_pixels_are_kept(
    session: Session, kind: str, mode: str
) -> None:
    file = io.BytesIO()
    Image.new(mode, (20, 10)).save(file, kind)
    with Image.open(io.BytesIO(kept(session, file.getvalue(), f"x.{kind.lower()}"))) as seen:
        assert seen.size == (20, 10)


def test_a_pdf_is_kept_with_its_title_and_without_its_author(session: Session) -> None:
    def sign(document: pikepdf.Pdf) -> None:
        with document.open_metadata() as metadata:
            metadata["dc:creator"] = ["Jo Bloggs"]
        document.docinfo["/Title"] = "Sleeping well"
        document.docinfo["/Author"] = "Jo Bloggs"
        document.Root.Lang = "en"

    file_id = make_file(session, pdf(sign, pages=3), "Sleeping well.pdf")
    info = api.infos(session, [file_id])[file_id]
    clean = b"".join(api.content(session, file_id))
    assert (info.kind, info.name, info.pages) == (FileKind.PDF, "Sleeping well.pdf", 3)
    assert info.size == len(clean)
    with pikepdf.open(io.BytesIO(clean)) as seen:
        assert dict(seen.docinfo.items()) == {"/Title": "Sleeping well"}
        assert str(seen.Root.Lang) == "en"
        assert "/Metadata" not in seen.Root


def test_the_row_has_the_hash_of_what_is_given_out_and_the_store_none_of_it(
    session: Session,
) -> None:
    file_id = make_file(session, pdf(), "a.pdf")
    row = session.get_one(StoredFile, file_id)
    clean = b"".join(api.content(session, file_id))
    assert row.sha256 == hashlib.sha256(clean).hexdigest()
    stored = b"".join(store_of(session).read(row.uid))
    assert b"%PDF" not in stored
    assert clean[:64] not in stored


def action(name: str, **values: Any) -> Any:
    return lambda document: document.Root.__setitem__(
        "/OpenAction", pikepdf.Dictionary(S=pikepdf.Name(f"/{name}"), **values)
    )


def in_annotation(document: pikepdf.Pdf) -> None:
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Link,
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"),
    )
    document.pages[1].obj.Annots = pikepdf.Array([link])


def in_no_page(document: pikepdf.Pdf) -> None:
    hidden = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="x()"))
    document.Root["/Elsewhere"] = pikepdf.Array([pikepdf.Array([hidden])])


def with_xfa(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = pikepdf.Dictionary(XFA=pikepdf.Stream(document, b"<xdp/>"))


def with_file(document: pikepdf.Pdf) -> None:
    document.attachments["payload.exe"] = b"MZ" * 100


def with_bomb(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.Contents = pikepdf.Stream(document, b"\0" * (limits.MOST_INFLATED + 1))


def with_flood(document: pikepdf.Pdf) -> None:
    image = pikepdf.Stream(document, b"\0")
    image.update(pikepdf.Dictionary(Subtype=pikepdf.Name.Image, Width=100_000, Height=100_000))
    document.pages[0].obj.Resources = pikepdf.Dictionary(
        XObject=pikepdf.Dictionary(Im=document.make_indirect(image))
    )


LOCKED = pikepdf.Encryption(owner="owner", user="user")
COPYING = pikepdf.Encryption(owner="owner", user="")

# Files are made by their own tests: a worker that only collects would make them all, and keep them.


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: pdf(action("JavaScript", JS="app.alert(1)")), Refusal.ACTIVE),
        (lambda: pdf(action("Launch", F="calc.exe")), Refusal.ACTIVE),
        (lambda: pdf(action("SubmitForm", F="https://evil.example")), Refusal.ACTIVE),
        (lambda: pdf(in_annotation), Refusal.ACTIVE),
        (lambda: pdf(in_no_page), Refusal.ACTIVE),
        (
            lambda: pdf(in_no_page, object_stream_mode=pikepdf.ObjectStreamMode.generate),
            Refusal.ACTIVE,
        ),
        (lambda: pdf(with_xfa), Refusal.ACTIVE),
        (lambda: pdf(with_file), Refusal.ACTIVE),
        (lambda: pdf(with_bomb), Refusal.TOO_MUCH_INSIDE),
        (lambda: pdf(with_flood), Refusal.TOO_MANY_PIXELS),
        (lambda: pdf(pages=limits.MOST_PAGES + 1), Refusal.TOO_MANY_PAGES),
        (lambda: pdf(encryption=LOCKED), Refusal.LOCKED),
        (lambda: pdf(encryption=COPYING), Refusal.LOCKED),
        (lambda: b"%PDF-1.7\nnothing", Refusal.BROKEN),
    ],
)
def test_a_pdf_that_could_do_something_or_cannot_be_read_is_refused(
    session: Session, made: Callable[[], bytes], why: Refusal
) -> None:
    assert refusal(session, made(), "handout.pdf") is why


def test_a_link_in_a_pdf_stays(session: Session) -> None:
    def link(document: pikepdf.Pdf) -> None:
        to = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://college.example")
        document.pages[0].obj.Annots = pikepdf.Array(
            [pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=to)]
        )

    assert b"".join(api.content(session, make_file(session, pdf(link), "a.pdf")))


def zipped(names: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in names.items():
            packed.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("made", "name", "why"),
    [
        (lambda: b"", "a.pdf", Refusal.EMPTY),
        (
            lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            "a.svg",
            Refusal.OTHER_KIND,
        ),
        (
            lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            "a.png",
            Refusal.NOT_ITS_NAME,
        ),
        (lambda: b"<!doctype html><script>x()</script>", "a.html", Refusal.OTHER_KIND),
        (lambda: b"<!doctype html>%PDF-1.7", "a.pdf", Refusal.NOT_ITS_NAME),
        (lambda: zipped({"a.zip": zipped({"b": b"0" * 1000})}), "a.zip", Refusal.OTHER_KIND),
        (lambda: zipped({"word/document.xml": b"<x/>"}), "a.docx", Refusal.OTHER_KIND),
        (lambda: zipped({"a": b"b"}), "a.pdf", Refusal.NOT_ITS_NAME),
        (lambda: picture("PNG"), "a.jpg", Refusal.NOT_ITS_NAME),
        (lambda: picture("GIF"), "a.gif", Refusal.OTHER_KIND),
        (lambda: b"MZ\x90\x00", "holiday.jpg.exe", Refusal.OTHER_KIND),
        (pdf, "no ending", Refusal.OTHER_KIND),
        (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "a.png", Refusal.BROKEN),
        (lambda: picture("JPEG")[:200], "a.jpg", Refusal.BROKEN),
        (lambda: picture("PNG", (8000, 8000)), "a.png", Refusal.TOO_MANY_PIXELS),
        (lambda: picture("WEBP", (8000, 8000), method=0), "a.webp", Refusal.BROKEN),
        (lambda: picture("JPEG", (11_000, 11_000), "L"), "a.jpg", Refusal.TOO_MANY_PIXELS),
    ],
)
def test_what_is_no_picture_and_no_pdf_is_refused(
    session: Session, made: Callable[[], bytes], name: str, why: Refusal
) -> None:
    assert refusal(session, made(), name) is why


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\boot.pdf", "boot.pdf"),
        ("a\0b.pdf", "a b.pdf"),
        ("annex\u202efdp.pdf", "annexfdp.pdf"),
        ("x" * 400 + ".PDF", "x" * 96 + ".pdf"),
        ("....pdf", "file.pdf"),
        (".pdf", "file.pdf"),
        ('a"; filename="evil.exe.pdf', "a-; filename=-evil.exe.pdf"),
        ("line\r\nbreak.pdf", "line break.pdf"),
        ("Ünïcödé – \u200fسلام.pdf", "Ünïcödé – سلام.pdf"),
    ],
)
def test_a_name_is_kept_as_far_as_it_does_no_harm(name: str, clean: str) -> None:
    assert clean_name(name, FileKind.PDF) == clean


def test_a_session_that_holds_changes_is_not_ended_by_a_file(session: Session) -> None:
    session.add(StoredFile())
    with pytest.raises(RuntimeError):
        received(session, pdf(), "a.pdf")


def test_a_process_that_takes_too_much_is_stopped(session: Session) -> None:
    """Size alone is no fault; what would take more memory than there is ends the process that looks."""
    assert kept(session, big_pdf(9_000_000), "a.pdf")
    # A progressive JPEG is held whole in memory while it is read, however small it is to be.
    sent = picture("JPEG", (10_000, 9_900), quality=30, progressive=True, subsampling=0)
    assert refusal(session, sent, "a.jpg") is Refusal.BROKEN


def scanner(answer: Any, seen: list[tuple[str, bytes]]) -> ModuleType:
    plugin = ModuleType("scanner")

    @hookimpl
    def manifest() -> Manifest:
        return Manifest("scanner", "Scanner", "1.0")

    @hookimpl
    def scan_file(content: IO[bytes], media_type: str) -> Any:
        seen.append((media_type, content.read()))
        if isinstance(answer, Exception):
            raise answer
        return answer

    vars(plugin).update(manifest=manifest, scan_file=scan_file)
    return plugin


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (True, None),
        (False, Refusal.UNSAFE),
        ("yes", Refusal.UNSAFE),
        (None, Refusal.UNSAFE),
        (OSError("the scanner is down"), Refusal.UNCHECKED),
    ],
)
def test_a_file_is_kept_only_when_the_scanner_says_that_it_is_clean(
    portal_lab: Lab, answer: Any, why: Refusal | None
) -> None:
    seen: list[tuple[str, bytes]] = []
    app = portal_lab.app("sqlite", [("scanner", scanner(answer, seen))])
    sent = pdf()
    with app.app_context(), db.sessionmaker() as session:
        if why is None:
            assert received(session, sent, "a.pdf").pages == 2
        else:
            assert refusal(session, sent, "a.pdf") is why
    assert seen == [("application/pdf", sent)]


def test_without_a_scanner_nothing_is_kept_where_one_is_needed(portal_lab: Lab) -> None:
    app = portal_lab.app("sqlite", [], files={"scan_needed": True})
    with app.app_context(), db.sessionmaker() as session:
        assert refusal(session, pdf(), "a.pdf") is Refusal.UNCHECKED


def test_nothing_is_left_in_the_quarantine(app: Portal, session: Session) -> None:
    received(session, pdf(), "a.pdf")
    assert list((app.settings.data_dir / "quarantine").iterdir()) == []
