"""What somebody gave, on paper; and references, signed by a named person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.facilitators.models import Reference, ReferenceState
from portal.facilitators.services import references
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.facilitators.services.references import Signature
from portal.plugin_api import Actor
from portal.ui.paper import Paper, typeset
from tests.factories.accounts import make_person
from tests.factories.telling import told
from tests.integration.pathway.conftest import NOW, TODAY

SIGNED = Signature("They are kind and always on time.", "Coordinator")


@pytest.fixture
def ama(session: Session, in_context: None) -> Actor:
    return Actor(person_id=make_person(session, "Ama").id)


@pytest.fixture
def kim(session: Session, in_context: None) -> Actor:
    return Actor(person_id=make_person(session, "Kim").id)


def test_it_is_asked_for_once_signed_by_name_and_told(
    session: Session, ama: Actor, kim: Actor
) -> None:
    asked = references.ask(session, ama, "A job", today=TODAY)
    assert references.ask(session, ama, "A job", today=TODAY) == asked

    references.sign(session, kim, asked, SIGNED)

    one = session.get_one(Reference, asked)
    assert (one.signed_as, one.signed_office, one.signed_at) == ("Kim", "Coordinator", NOW)
    assert told(session, ama.person_id or 0) == ["facilitators:reference"]


def test_what_is_signed_stands(session: Session, ama: Actor, kim: Actor) -> None:
    asked = references.ask(session, ama, "A job", today=TODAY)
    references.sign(session, kim, asked, SIGNED)

    with pytest.raises(RefusedError):
        references.sign(session, kim, asked, Signature("Something else", "Coordinator"))
    references.withdraw(session, ama, asked)
    session.get_one(Person, kim.person_id).name = "Kim Other"
    session.flush()
    session.expire_all()

    one = session.get_one(Reference, asked)
    assert references.reference_words(session, one) == SIGNED.words
    assert (one.signed_as, one.state) == ("Kim", ReferenceState.SIGNED)


def test_what_it_says_is_sealed_and_empty_until_it_is_signed(
    session: Session, ama: Actor, kim: Actor
) -> None:
    asked = references.ask(session, ama, "A job", today=TODAY)
    assert references.reference_words(session, session.get_one(Reference, asked)) == ""

    references.sign(session, kim, asked, SIGNED)

    (kept,) = session.execute(sa.text("SELECT words FROM reference")).scalars()
    assert b"kind" not in bytes(kept)


def test_nobody_signs_their_own_or_what_is_not_wanted_any_more(
    session: Session, ama: Actor, kim: Actor
) -> None:
    asked = references.ask(session, ama, "A job", today=TODAY)
    with pytest.raises(RefusedError):
        references.sign(session, ama, asked, SIGNED)
    with pytest.raises(MissingRecordError):
        references.withdraw(session, kim, asked)
    references.withdraw(session, ama, asked)
    with pytest.raises(RefusedError):
        references.sign(session, kim, asked, SIGNED)


def test_the_database_keeps_no_signature_without_a_name(
    session: Session, ama: Actor, kim: Actor
) -> None:
    asked = references.ask(session, ama, "A job", today=TODAY)

    with pytest.raises(IntegrityError):
        session.execute(
            sa.update(Reference)
            .where(Reference.id == asked)
            .values(state=ReferenceState.SIGNED, words=b"Good", signed_at=NOW)
        )


@pytest.mark.plugin_faults
def test_nothing_is_signed_while_a_part_of_what_they_gave_is_missing(
    session: Session, ama: Actor, kim: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.facilitators import gifts

    def fail(*_given: Any) -> None:
        raise RuntimeError("not now")

    monkeypatch.setattr(gifts, "gifts", fail)
    asked = references.ask(session, ama, "A job", today=TODAY)

    with pytest.raises(RefusedError):
        references.sign(session, kim, asked, SIGNED)

    session.expire_all()
    assert session.get_one(Reference, asked).state is ReferenceState.ASKED


class TestPaper:
    """A tagged PDF, or the page to print."""

    def paper(self, *paragraphs: str, **values: Any) -> Paper:
        given = {
            "title": "What Ama has given",
            "college": "Harbour",
            "address": "1 Quay Lane",
            "lang": "en",
            "rtl": False,
            "foot": "Made today",
            "paragraphs": paragraphs,
        }
        return Paper(**{**given, **values})

    def test_it_is_tagged_and_says_its_language_and_standard(self) -> None:
        made = typeset(self.paper("Hello"), NOW)

        assert made is not None
        assert made.startswith(b"%PDF-")
        for mark in (b"pdfuaid:part>1<", b"/Marked true", b"/StructTreeRoot", b"/Lang(en)"):
            assert mark in made

    @pytest.mark.parametrize(
        "words",
        [
            '#read("/etc/passwd")',
            "#panic()",
            "$ x ^ ",
            "*_`= - + /",
            "\\u{41} \\",
            "//",
            "@here",
            "<a>",
        ],
    )
    def test_what_people_typed_is_never_read_as_markup(self, words: str) -> None:
        made = typeset(self.paper(words, title=words, facts=((words, words),)), NOW)

        assert made is not None

    def test_letters_that_no_font_has_are_no_paper(self) -> None:
        with structlog.testing.capture_logs() as logs:
            assert typeset(self.paper("\U0001fae8\U000e0041\ue0ff"), NOW) is None
        assert [one["event"] for one in logs] == ["a paper was not typeset"]


class TestPages:
    """The person asks, a coordinator signs, the person reads and keeps."""

    def test_from_asking_to_the_file(
        self, session: Session, sign_in: Callable[..., FlaskClient]
    ) -> None:
        person, coordinator = sign_in("facilitator"), sign_in("coordinator")
        person.post("/me/references/new", data={"purpose": "A job in a library"})
        one = session.scalars(sa.select(Reference.id)).one()
        session.rollback()
        assert person.get(f"/me/references/{one}.pdf").status_code == 404
        sign = f"/manage/references/{one}"
        assert "A job in a library" in coordinator.get(sign).text

        coordinator.post(sign, data={"words": SIGNED.words, "office": SIGNED.office})

        page = person.get(f"/me/references/{one}").text
        assert SIGNED.words in page
        assert "Signed by Person" in page
        file = person.get(f"/me/references/{one}.pdf")
        assert file.mimetype == "application/pdf"
        assert file.headers["Content-Disposition"] == 'attachment; filename="reference.pdf"'
        assert "no-store" in file.headers["Cache-Control"]
        for other in (sign_in("student"), coordinator, sign_in("administrator")):
            assert other.get(f"/me/references/{one}").status_code == 404
            assert other.get(f"/me/references/{one}.pdf").status_code == 404

    def test_the_record_is_a_file_and_without_typst_a_page(
        self, sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = sign_in("student")
        assert person.get("/me/contributions.pdf").data.startswith(b"%PDF-")

        from portal.ui import paper

        monkeypatch.setattr(paper, "can_typeset", lambda: False)
        answer = person.get("/me/contributions.pdf", follow_redirects=True)
        assert answer.request.path == "/me/contributions"
        assert "You can print this page instead" in answer.text
