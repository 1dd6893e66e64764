"""The copy that a person has at once: whole, theirs alone, or loudly not complete."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import LoginSession, Person
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.plugin_api.access import FRESH_FOR
from portal.plugin_api.dispatch import HOST, privacy_parts
from tests.factories.sharing import NAMES, Sharing
from tests.integration.privacy.conftest import archive_of, source
from tests.plugins import Plugin

SignIn = Callable[..., FlaskClient]


@pytest.mark.parametrize("who", ["ada", "bo", "cy", "di", "eve"])
def test_copy_has_nobody_else_in_it(sign_in: SignIn, sharing: Sharing, who: str) -> None:
    client = sign_in(person_id=getattr(sharing, who))

    found = archive_of(client.post("/me/data/copy"))

    others = [mark for other in NAMES if other != who for mark in sharing.marks_of(other)]
    whole = found["html"] + str(found["kept"])
    assert [mark for mark in others if mark in whole] == []
    assert "Foxglove" not in whole
    assert NAMES[who] in whole


def test_copy_holds_what_they_supplied_and_what_is_held(sign_in: SignIn, sharing: Sharing) -> None:
    found = archive_of(sign_in(person_id=sharing.ada).post("/me/data/copy"))

    assert found["complete"] is True
    assert found["by_table"]["person"][0]["name"] == NAMES["ada"]
    assert found["by_table"]["shareable_need"][0]["words"] == "needs of Ashgrove"
    for table in ("login", "contact_route", "message", "desk_task", "enrolment", "attendance_mark"):
        assert found["by_table"][table], table
        assert all(part["why"] and part["how_long"] for part in found["kept"])
    for words in (
        NAMES["ada"],
        "needs of Ashgrove",
        "Where we keep nothing",
    ):
        assert words in found["html"]
    for words in ("note about Ashgrove", "argon2"):  # read by somebody first; never given out
        assert words not in found["html"] + str(found["kept"])


def test_copy_covers_every_source_of_every_part(
    app: Portal, session: Session, sign_in: SignIn
) -> None:
    found = archive_of(sign_in().post("/me/data/copy"))

    with app.app_context():
        declared = {one.table for part in privacy_parts(session) for one in part.sources}
    assert set(found["by_table"]) == declared


def test_copy_is_a_download_that_no_cache_keeps_and_that_is_on_record(
    sign_in: SignIn, session: Session
) -> None:
    client = sign_in()

    answer = client.post("/me/data/copy")

    assert answer.mimetype == "application/zip"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="your-data-2')
    assert answer.is_streamed
    entry = session.execute(
        sa.select(AuditEntry.kind, AuditPayload.actor_id, AuditPayload.subject_id)
        .join(AuditPayload)
        .where(AuditEntry.kind == "privacy:copy:make")
    ).one()
    person = client.person_id  # type: ignore[attr-defined]
    assert tuple(entry) == ("privacy:copy:make", person, str(person))


def test_readable_page_has_no_script_and_no_power(sign_in: SignIn, session: Session) -> None:
    client = sign_in()
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    client.post("/me/details/name", data={"name": hostile, "pronouns": ""})

    page = archive_of(client.post("/me/data/copy"))["html"]

    assert hostile not in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_plugin_takes_part_with_values_of_every_kind(
    making: Callable[..., Portal], keeping: Callable[..., Plugin]
) -> None:
    row = {
        "at": datetime(2027, 3, 2, 10, tzinfo=UTC),
        "on": date(2027, 3, 2),
        "many": 3,
        "yes": True,
        "none": None,
        "list": ["a", {"b": 1}],
        "formula": "=1+1",
    }
    plugin = keeping("beans", source("beans_bean", export=lambda _s, _p: [row]))

    found = archive_of(signed_in_client(making(plugin)).post("/me/data/copy"))

    kept = found["by_table"]["beans_bean"][0]
    assert kept == {**row, "at": "2027-03-02T10:00:00+00:00", "on": "2027-03-02"}
    assert "Tuesday 2 March 2027" in found["html"]


def broken(_session: Session, _person_id: int) -> list[Any]:
    raise RuntimeError("the beans are out")


def breaking_sql(session: Session, _person_id: int) -> list[Any]:
    session.execute(sa.text("SELECT nothing FROM nowhere"))
    return []


@pytest.mark.plugin_faults
@pytest.mark.parametrize("fault", [broken, breaking_sql, lambda _s, _p: [{"a": object()}]])
def test_part_that_fails_is_named_before_anything_is_sent(
    making: Callable[..., Portal], keeping: Callable[..., Plugin], fault: Any
) -> None:
    whole = source("beans_good", export=lambda _s, _p: [{"bean": "runner"}])
    app = making(keeping("beans", source("beans_bad", what="Bad beans", export=fault), whole))
    client = signed_in_client(app)

    answer = client.post("/me/data/copy")

    assert answer.status_code == 503
    assert "Bad beans" in answer.text
    assert "Try again" in answer.text
    assert "Good beans" not in answer.text

    anyway = client.post("/me/data/copy", data={"anyway": "1"})
    found = archive_of(anyway)
    assert "-not-complete.zip" in anyway.headers["Content-Disposition"]
    assert found["complete"] is False
    assert found["missing"] == [["Beans", "Bad beans"]]
    assert "This copy is not complete." in found["html"]
    assert found["by_table"]["beans_good"] == [{"bean": "runner"}]
    assert found["by_table"]["person"], "what came after the fault is there"
    with app.app_context():
        from portal.db import db

        assert db.session.info[HOST].registry.faults, "it is noted for the health page"


def test_nobody_without_a_session_gets_a_copy(client: FlaskClient) -> None:
    assert client.post("/me/data/copy").status_code in {303, 401, 403}
    assert client.get("/me/data").status_code in {303, 401}


@pytest.mark.parametrize("method", ["copy", "erase", "record/copy"])
def test_what_gives_or_takes_everything_asks_again_who_it_is(
    sign_in: SignIn, sharing: Sharing, session: Session, method: str
) -> None:
    client = sign_in(person_id=sharing.ada)
    long_ago = clock.now() - FRESH_FOR - timedelta(minutes=1)
    session.execute(sa.update(LoginSession).values(proved_at=long_ago))
    session.commit()

    answer = client.post(f"/me/data/{method}")

    assert answer.status_code == 403
    assert 'name="held"' in answer.text
    session.expire_all()
    assert session.get_one(Person, sharing.ada).erased_at is None


def test_copies_are_made_so_often_and_then_says_when_again(sign_in: SignIn) -> None:
    client = sign_in()
    for _ in range(10):
        assert archive_of(client.post("/me/data/copy"))["complete"]
    refused = client.post("/me/data/copy")
    assert refused.status_code == 429
    assert "Please wait" in refused.text
    assert "minutes before you try again" in refused.text
    assert 3_500 < int(refused.headers["Retry-After"]) <= 3_600
    assert archive_of(sign_in().post("/me/data/copy"))[
        "complete"
    ]  # somebody else, from the same network
