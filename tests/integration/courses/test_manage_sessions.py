"""The staff pages of sessions and of who leads them."""

from __future__ import annotations

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.models import Assignment, CourseSession, PairWaiver, Perspective, SessionState
from tests.factories import courses as make
from tests.factories.accounts import make_person
from tests.integration.courses.managing import form_key_of, send_form


def test_session_is_moved_settled_and_cancelled(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=2)
    one = session.scalars(sa.select(CourseSession).order_by(CourseSession.number)).first()
    session.commit()
    assert one
    address = f"/manage/sessions/{one.id}"
    move = {"version": "0", "starts": "2pm", "minutes": "60", "reason": "Room is painted"}
    refused = send_form(coordinator, f"{address}/move", **move, day=["", "3", "2027"])
    assert refused.status_code == 422
    assert 'href="#day-day"' in refused.text
    assert "Room is painted" in refused.text
    done = send_form(coordinator, f"{address}/move", **move, day=["2", "March", "2027"])
    assert done.status_code == 303
    session.refresh(one)
    assert (one.state, one.version, one.starts_at.hour) == (SessionState.MOVED, 1, 14)
    stale = send_form(coordinator, f"{address}/move", **move, day=["3", "3", "2027"])
    assert stale.status_code == 422
    assert "Nothing is lost" in stale.text
    key = form_key_of(coordinator, address)
    settled = coordinator.post(f"{address}/settle", data={"form_key": key})
    assert settled.status_code == 303
    assert coordinator.post(f"{address}/settle").status_code == 422
    assert send_form(coordinator, f"{address}/cancel", reason="Illness").status_code == 303
    session.refresh(one)
    assert (one.state, one.version) == (SessionState.CANCELLED, 2)
    page = coordinator.get(f"/manage/runs/{run.id}").text
    assert "Illness" in page


def test_session_is_added_and_students_are_told(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=1)
    session.commit()
    added = send_form(
        coordinator,
        f"/manage/runs/{run.id}/sessions/new",
        day=["8", "3", "2027"],
        starts="10am",
        minutes="120",
    )
    assert added.status_code == 303
    one = session.scalars(sa.select(CourseSession).where(CourseSession.number == 2)).one()
    tell = f"/manage/sessions/{one.id}/tell"
    assert send_form(coordinator, tell, online_link="javascript:x").status_code == 422
    assert (
        send_form(coordinator, tell, note="Side door", online_link="https://a.example").status_code
        == 303
    )
    session.refresh(one)
    assert (one.note, one.online_link) == ("Side door", "https://a.example")


def test_pair_is_found_by_name_and_taken_off_again(
    session: Session, coordinator: FlaskClient
) -> None:
    one, person = make.make_session(session), make_person(session, "Wanjirũ Kamau")
    session.commit()
    address = f"/manage/sessions/{one.id}"
    assert "At risk" in coordinator.get(address).text
    assert "Nobody found" in coordinator.get(f"{address}/leaders?q=zzz").text
    search = f"{address}/leaders?q=kamau"
    assert "Wanjirũ Kamau" in coordinator.get(search).text
    assert send_form(coordinator, search, person_id=str(person.id)).status_code == 422
    data = {"person_id": str(person.id), "perspective": "lived"}
    assert send_form(coordinator, search, **data).status_code == 303
    assert session.scalars(sa.select(Assignment.perspective)).all() == [Perspective.LIVED]
    assert "Lived experience" in coordinator.get(address).text
    remove = f"{address}/leaders/{person.id}/remove"
    assert send_form(coordinator, remove).status_code == 303
    assert coordinator.get(remove).status_code == 404


def test_person_who_was_not_offered_cannot_be_assigned(
    session: Session, coordinator: FlaskClient
) -> None:
    one, person = make.make_session(session), make_person(session, "Wanjirũ Kamau")
    session.commit()
    response = coordinator.post(
        f"/manage/sessions/{one.id}/leaders?q=zzz",
        data={"person_id": str(person.id), "perspective": "lived"},
    )
    assert response.status_code == 422
    assert session.scalar(sa.select(sa.func.count(Assignment.id))) == 0


def test_session_without_a_pair_can_be_waived(session: Session, coordinator: FlaskClient) -> None:
    one = make.make_session(session)
    make.make_assignment(session, one.id, make_person(session).id)
    session.commit()
    assert "Course" in coordinator.get("/manage/leading").text
    waive = f"/manage/sessions/{one.id}/waive"
    assert send_form(coordinator, waive, reason="A guest speaks").status_code == 303
    waiver = session.scalars(sa.select(PairWaiver)).one()
    assert waiver.by_person_id == coordinator.person_id  # type: ignore[attr-defined]
    assert "Every session to come has its pair" in coordinator.get("/manage/leading").text
