"""Handouts of a course: whoever plans adds and changes them, and nobody's words are lost on the way."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import LARGEST_FORM, Portal
from portal.courses.models import CourseChange, CourseMaterial
from portal.files import api
from portal.files.models import StoredFile
from portal.plugin_api.access import LARGEST_FILE
from tests.factories.courses import make_course
from tests.factories.files import big_pdf, pdf, picture
from tests.integration.courses.managing import form_key_of, send_form


@pytest.fixture
def course_id(session: Session) -> int:
    made = make_course(session).id
    session.commit()
    return made


def add(
    client: FlaskClient, course_id: int, content: bytes, name: str, title: str = "Diary"
) -> Any:
    page = f"/manage/courses/{course_id}/materials/new"
    return send_form(client, page, title=title, file=(io.BytesIO(content), name))


def titles(session: Session, course_id: int) -> list[str]:
    session.rollback()
    return list(
        session.scalars(
            sa.select(CourseMaterial.title)
            .where(CourseMaterial.course_id == course_id)
            .order_by(CourseMaterial.place)
        )
    )


def test_a_handout_is_added_and_shown_with_what_it_costs_to_fetch(
    coordinator: FlaskClient, session: Session, course_id: int
) -> None:
    answer = add(coordinator, course_id, pdf(), "Diary.pdf")
    assert answer.status_code == 303
    page = coordinator.get(answer.location).text
    assert "PDF, 2 pages, 1 kB" in page
    link = re.search(r'href="([^"]+/file)"', page)
    assert link is not None
    file = coordinator.get(link[1])
    assert file.data.startswith(b"%PDF")
    headers = file.headers
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"Diary.pdf\"; filename*=UTF-8''Diary.pdf"
    )
    assert headers["Content-Security-Policy"].endswith("sandbox; frame-ancestors 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store, private"
    assert headers["Content-Type"] == "application/pdf"
    assert int(headers["Content-Length"]) == len(file.data)
    session.rollback()
    actions = session.scalars(sa.select(CourseChange.action).order_by(CourseChange.id)).all()
    assert actions[-1] == "handout_added"


def test_a_second_click_adds_nothing(
    coordinator: FlaskClient, session: Session, course_id: int
) -> None:
    page = f"/manage/courses/{course_id}/materials/new"
    key = form_key_of(coordinator, page)
    for _ in range(2):
        sent = {"form_key": key, "title": "Diary", "file": (io.BytesIO(pdf()), "a.pdf")}
        assert coordinator.post(page, data=sent).status_code == 303
    assert titles(session, course_id) == ["Diary"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"PK\x03\x04", "notes.docx", "Save or print it as a PDF"),
        (picture("PNG"), "notes.pdf", "not what its name says"),
        (pdf(pages=201), "notes.pdf", "more than 200 pages"),
    ],
)
def test_a_file_that_is_not_taken_is_said_at_its_field_and_the_title_is_kept(
    coordinator: FlaskClient,
    session: Session,
    course_id: int,
    content: bytes,
    name: str,
    words: str,
) -> None:
    answer = add(coordinator, course_id, content, name, title="What I typed")
    assert answer.status_code == 422
    assert 'value="What I typed"' in answer.text
    error = re.search(r'id="file-error"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    assert error is not None
    assert words in error[1]
    assert 'href="#file"' in answer.text
    assert titles(session, course_id) == []


def test_without_a_title_the_file_has_to_be_chosen_again_and_the_page_says_so(
    coordinator: FlaskClient, course_id: int
) -> None:
    answer = add(coordinator, course_id, pdf(), "a.pdf", title=" ")
    assert answer.status_code == 422
    assert "Say in a few words what it is" in answer.text
    assert "your browser does not keep it" in answer.text


def test_without_a_file_the_page_asks_for_one(coordinator: FlaskClient, course_id: int) -> None:
    page = f"/manage/courses/{course_id}/materials/new"
    answer = send_form(coordinator, page, title="Diary")
    assert answer.status_code == 422
    assert "Choose the file" in answer.text


def test_a_new_file_takes_the_place_of_the_one_before(
    coordinator: FlaskClient, session: Session, course_id: int
) -> None:
    add(coordinator, course_id, pdf(), "a.pdf")
    session.rollback()
    (material,) = session.scalars(sa.select(CourseMaterial)).all()
    page = f"/manage/courses/{course_id}/materials/{material.id}"
    new = (io.BytesIO(picture("PNG")), "b.png")
    assert send_form(coordinator, page, title="Better", file=new).status_code == 303
    session.rollback()
    (name,) = session.scalars(sa.select(StoredFile.name)).all()
    assert (titles(session, course_id), name) == (["Better"], "b.png")
    assert send_form(coordinator, page, title="Best").status_code == 303
    session.rollback()
    assert session.scalars(sa.select(StoredFile.name)).all() == ["b.png"]


def test_handouts_are_put_in_order_and_removed(
    coordinator: FlaskClient, session: Session, course_id: int
) -> None:
    for title in "ABC":
        add(coordinator, course_id, picture("PNG"), "a.png", title=title)
    session.rollback()
    ids = {one.title: one.id for one in session.scalars(sa.select(CourseMaterial))}
    base = f"/manage/courses/{course_id}/materials"
    assert coordinator.post(f"{base}/{ids['C']}/up").status_code == 303
    assert coordinator.post(f"{base}/{ids['A']}/up").status_code == 303
    assert titles(session, course_id) == ["A", "C", "B"]
    assert send_form(coordinator, f"{base}/{ids['C']}/remove").status_code == 303
    assert titles(session, course_id) == ["A", "B"]
    assert session.scalar(sa.select(sa.func.count(StoredFile.id))) == 2
    assert coordinator.get(f"{base}/{ids['C']}/file").status_code == 404


def test_a_handout_is_not_found_under_another_course(
    coordinator: FlaskClient, session: Session, course_id: int
) -> None:
    add(coordinator, course_id, picture("PNG"), "a.png")
    session.rollback()
    (material,) = session.scalars(sa.select(CourseMaterial)).all()
    other = make_course(session).id
    session.commit()
    for end in ("", "/remove", "/file"):
        address = f"/manage/courses/{other}/materials/{material.id}{end}"
        assert coordinator.get(address).status_code == 404


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    coordinator: FlaskClient, course_id: int
) -> None:
    answer = add(coordinator, course_id, big_pdf(LARGEST_FILE + 200_000), "a.pdf")
    assert answer.status_code == 413


class Untouched(io.RawIOBase):
    """A body that must not be read."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("role", ["", "student"])
def test_the_body_of_somebody_who_may_not_is_never_read(
    app: Portal, sign_in: Any, course_id: int, role: str
) -> None:
    client = sign_in(role) if role else app.test_client()
    answer = client.open(
        f"/manage/courses/{course_id}/materials/new",
        method="POST",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"wsgi.input": Untouched(), "CONTENT_LENGTH": str(LARGEST_FILE)},
    )
    assert answer.status_code == (403 if role else 401)


def test_other_forms_stay_small(coordinator: FlaskClient, course_id: int) -> None:
    answer = coordinator.post(
        f"/manage/courses/{course_id}/edit",
        data={"title": "x", "file": (io.BytesIO(b"0" * (LARGEST_FORM + 1)), "a.pdf")},
    )
    assert answer.status_code == 413


def test_a_form_that_another_site_made_brings_no_file(
    coordinator: Any, session: Session, course_id: int
) -> None:
    answer = coordinator.post(
        f"/manage/courses/{course_id}/materials/new",
        data={"title": "x", "file": (io.BytesIO(pdf()), "a.pdf")},
        csrf=False,
    )
    assert answer.status_code == 400
    assert titles(session, course_id) == []


def test_the_database_is_free_while_a_file_is_looked_into(
    coordinator: FlaskClient, session: Session, course_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.files import services

    looked, free = services.look_into, []

    def and_write(*arguments: Any) -> Any:
        session.execute(sa.update(CourseMaterial).values(place=CourseMaterial.place))
        session.commit()
        free.append(True)
        return looked(*arguments)

    monkeypatch.setattr(services, "look_into", and_write)
    assert add(coordinator, course_id, pdf(), "a.pdf").status_code == 303
    assert free == [True]


def test_a_file_whose_content_is_gone_is_no_empty_file(
    coordinator: FlaskClient, session: Session, course_id: int
) -> None:
    add(coordinator, course_id, picture("PNG"), "a.png")
    session.rollback()
    (material,) = session.scalars(sa.select(CourseMaterial)).all()
    from portal.files.store import store_of

    store_of(session).delete(list(session.scalars(sa.select(StoredFile.uid))))
    session.rollback()
    address = f"/manage/courses/{course_id}/materials/{material.id}/file"
    with pytest.raises(api.StoreError):
        coordinator.get(address)
