"""What people share about their needs: in words only for those it is for, and nowhere else in the clear."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.audit.services import seal as seal_audit
from portal.courses.api import led_session
from portal.courses.models import CourseSession
from portal.enrolment import policies
from portal.enrolment.models import ShareableNeed
from portal.enrolment.privacy.places import erase_needs, export_needs
from portal.enrolment.services import wishes
from portal.plugin_api import Actor
from portal.rotation import rotate
from portal.vault import Vault, VaultError, add_key, key_file
from tests.factories.courses import make_assignment
from tests.factories.enrolment import all_shared
from tests.factories.stored import everything_stored, files_of
from tests.integration.enrolment.hall import BEFORE, Hall, SignIn, read
from tests.integration.enrolment.taking import (
    answer_everything,
    coming_group,
    fill_now,
    letting_go,
    send,
)

CANARY = "kanarienvogel"


def _logged(verb: str) -> sa.Select[AuditPayload]:
    """What is on record of looks at needs, the first one first."""
    return (
        sa.select(AuditPayload)
        .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
        .where(AuditEntry.kind == f"enrolment:needs:{verb}")
        .order_by(AuditPayload.entry_id)
    )


def test_words_are_nowhere_in_the_clear(
    app: Portal,
    session: Session,
    sign_in: SignIn,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    open_run, full_run = coming_group(session), coming_group(session, cap=1)
    fill_now(session, full_run.id, 1)
    session.commit()
    student = letting_go(sign_in(), session)
    taken = f"/places/runs/{open_run.id}"
    answer_everything(student, open_run.id, needs=f"My {CANARY} comes along")
    assert CANARY in student.get(f"{taken}/needs").text
    assert CANARY in student.get(f"{taken}/check").text
    place = send(student, f"{taken}/check").location.removesuffix("/done")
    assert CANARY in student.get(f"/me/courses/{place.rsplit('/', 1)[-1]}").text
    send(student, f"{place}/needs", needs=f"My old {CANARY} comes along")
    answer_everything(student, full_run.id, needs=f"A perch for the {CANARY}")  # and they wait
    send(student, f"/places/runs/{full_run.id}/check")
    coordinator = letting_go(sign_in("coordinator"), session)
    assert CANARY not in coordinator.get(f"/manage/places/runs/{open_run.id}").text
    leader = letting_go(sign_in("facilitator"), session)
    meeting = read(session, sa.select(CourseSession.id).filter_by(run_id=open_run.id))[0]
    make_assignment(session, meeting, leader.person_id)  # type: ignore[attr-defined]
    session.commit()
    assert CANARY in leader.get(f"/registers/{meeting}/needs").text
    copy = student.post("/me/data/copy")
    assert copy.status_code == 200
    with app.app_context():
        seal_audit(session)
    session.commit()

    (uid,) = read(session, sa.select(ShareableNeed.uid))
    stored = everything_stored(app)
    assert uid in stored, "the look into the tables finds what is there"
    assert CANARY not in stored
    files = files_of(app)
    assert any(uid.encode() in content for content in files.values())
    assert [name for name, content in files.items() if CANARY.encode() in content] == []
    said = capfd.readouterr()
    assert CANARY not in said.out + said.err + caplog.text


def test_needs_follow_a_change_of_key(
    app: Portal, session: Session, hall: Hall, leader: FlaskClient
) -> None:
    wishes.share_needs(session, hall.places[0], "Near the door", at=BEFORE)
    session.commit()
    path = key_file(app.settings)
    try:
        add_key(path)  # until now a key of the signing secret served
        with app.app_context(), pytest.raises(VaultError):
            all_shared(session)
        session.rollback()
    finally:
        path.unlink()
    older = Vault(app.settings).current()[1]
    path.write_text(f"value-key-1:{base64.b64encode(older).decode()}\n")
    try:
        add_key(path)
        with app.app_context():
            assert rotate(Vault(app.settings)).done == 1
            session.expire_all()
            newest = Vault(app.settings).current()[0]
            assert read(session, sa.select(ShareableNeed.words))[0][1:9] == newest
        assert "Near the door" in leader.get(hall.path("/needs")).text
    finally:
        path.unlink()


def test_whoever_leads_another_run_finds_nothing_and_that_is_on_record(
    hall: Hall, leader: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    other = sign_in("facilitator")
    wishes.share_needs(session, hall.places[0], "Near the door", at=BEFORE)
    Hall(session, other.person_id)  # type: ignore[attr-defined]
    session.commit()

    strangers = [other, sign_in("coordinator"), sign_in("administrator"), sign_in()]
    session.commit()
    for stranger in strangers:
        answer = stranger.get(hall.path("/needs"))
        assert answer.status_code == 404
        assert "Near the door" not in answer.text
    assert strangers[0].get("/registers/987654/needs").status_code == 404

    assert read(session, _logged("read")) == []
    asked = read(session, _logged("refuse"))
    assert [one.actor_id for one in asked] == [one.person_id for one in strangers]  # type: ignore[attr-defined]
    assert {(one.subject_kind, one.subject_id) for one in asked} == {
        ("session", str(hall.meetings[0]))
    }


def test_needs_close_for_those_who_led_on_day_fifteen(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    one = led_session(session, hall.meetings[0])
    assert one is not None
    assert one.last_ends_at is not None
    me = Actor(person_id=leader.person_id)  # type: ignore[attr-defined]
    end = one.last_ends_at

    assert policies.may_read_needs(me, one, end + timedelta(days=14))
    assert not policies.may_read_needs(me, one, end + timedelta(days=14, microseconds=1))
    assert not policies.may_read_needs(me, one, end + timedelta(days=15))


def test_own_copy_holds_the_words_and_erasing_leaves_none(hall: Hall, session: Session) -> None:
    for place in hall.places[:2]:
        wishes.share_needs(session, place, "Near the door", at=BEFORE)

    (row,) = export_needs(session, hall.people[0])
    assert row["words"] == "Near the door"
    assert erase_needs(session, hall.people[0], "delete").erased == 1
    assert export_needs(session, hall.people[0]) == []
    assert all_shared(session) == ["Near the door"]


def test_words_sealed_for_one_place_do_not_open_at_another(hall: Hall, session: Session) -> None:
    for place in hall.places[:2]:
        wishes.share_needs(session, place, "Near the door", at=BEFORE)
    one, other = session.scalars(sa.select(ShareableNeed).order_by(ShareableNeed.id))

    other.words = one.words
    session.flush()

    with pytest.raises(VaultError):
        all_shared(session)
