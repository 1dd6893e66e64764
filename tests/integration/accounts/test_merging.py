"""Two records of one person become one: everything follows, in every part or in none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.jobs import JOBS, people_merged
from portal.accounts.models import (
    Checked,
    ContactRoute,
    HelpRequest,
    Login,
    LoginSession,
    MergeRequest,
    Person,
    RoleGrant,
    WhichLogin,
)
from portal.accounts.models import RouteKind as Kind
from portal.accounts.queries import help_by_code
from portal.accounts.services.closing import close
from portal.accounts.services.helping import begin_help, confirm_help, hash_help_code
from portal.accounts.services.merging import MergeError, merge_people
from portal.accounts.services.roles import grant_role
from portal.accounts.services.routes import RouteInput, add_route, agreed, prefer_route
from portal.accounts.services.sessions import open_session
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.audit.queries import verify
from portal.concerns.models import Concern, EmergencyContact
from portal.concerns.queries import emergency_words
from portal.concerns.services.emergency import save_contact
from portal.db import metadata, unit_of_work
from portal.messages.models import Message
from portal.plugin_api import SYSTEM, Actor, EventContext, Veto
from portal.plugin_api.events import OutboxEvent, PeopleMerged
from portal.plugin_api.personal import MergeFailedError
from portal.plugin_host.merging import pointers
from portal.privacy.models import ErasureNote, RecordRequest, RequestState
from portal.privacy.services import erasing
from tests.factories.accounts import make_login, make_person
from tests.factories.concerns import make_concern
from tests.factories.sharing import Sharing, make_sharing

SignIn = Callable[..., FlaskClient]
# What is let go on purpose: a second way to sign in, what both agreed to twice, what was not sent yet.
MAY_GO = {
    "login", "login_session", "contact_route", "agreement", "agreement_code", "place_draft",
    "interest", "session_visitor", "seat", "keep_apart", "assignment", "party_member",
}  # fmt: skip
PAIRS = [("ada", "bo"), ("bo", "ada"), ("ada", "cy"), ("cy", "ada"), ("di", "eve"), ("eve", "ada")]


@pytest.fixture
def inside(app: Portal) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.fixture
def sharing(inside: None, session: Session) -> Sharing:
    made = make_sharing(session)
    session.commit()
    return made


def rows_of(session: Session) -> dict[str, set[Any]]:
    """The keys of every row of every table."""
    session.rollback()
    here = set(sa.inspect(session.connection()).get_table_names())
    return {
        table.name: set(session.execute(sa.select(*table.primary_key.columns)))
        for table in metadata.sorted_tables
        if table.name in here
    }


def pointing_at(session: Session, person_id: int) -> dict[str, int]:
    found: dict[str, int] = {}
    here = set(sa.inspect(session.connection()).get_table_names())
    for table in metadata.sorted_tables:
        for column in pointers(table.name) if table.name in here else ():
            count = sa.select(sa.func.count()).select_from(table).where(column == person_id)
            found[f"{table.name}.{column.name}"] = session.scalar(count) or 0
    return {name: count for name, count in found.items() if count}


def merge(session: Session, kept: int, gone: int, **more: Any) -> None:
    merge_people(session, SYSTEM, kept, gone, reason="the same voice", **more)
    session.commit()


@pytest.mark.parametrize(("kept", "gone"), PAIRS)
def test_everything_follows_and_nothing_is_lost(
    session: Session, sharing: Sharing, kept: str, gone: str
) -> None:
    kept_id, gone_id = getattr(sharing, kept), getattr(sharing, gone)
    before, had = rows_of(session), pointing_at(session, gone_id)
    assert sum(had.values()) >= 2

    merge(session, kept_id, gone_id, sign_in=WhichLogin.KEPT)

    after = rows_of(session)
    lost = {name for name, keys in before.items() if keys - after[name]}
    assert lost <= MAY_GO
    assert pointing_at(session, gone_id) == {}
    assert session.get_one(Person, gone_id).merged_into_id == kept_id
    merge_again_changes_nothing(session, kept_id, gone_id)


def merge_again_changes_nothing(session: Session, kept_id: int, gone_id: int) -> None:
    before = rows_of(session)
    event = PeopleMerged(kept_id=kept_id, gone_id=gone_id)
    people_merged(session, event, EventContext(event_id="1", at=clock.now(), attempt=1))
    session.commit()
    assert rows_of(session) == before


def test_strangers_with_one_login_lose_no_row_at_all(session: Session, inside: None) -> None:
    kept, gone = make_person(session, "Ada"), make_login(session, name="Ada A.").person_id
    grant_role(session, SYSTEM, gone, "coach", reason="kind")
    make_concern(session, by=gone)
    save_contact(session, Actor(gone), "Ring my sister")
    session.commit()
    before = rows_of(session)

    merge(session, kept.id, gone)

    after = rows_of(session)
    assert {name for name, keys in before.items() if keys - after[name]} == {"emergency_contact"}
    assert emergency_words(session, kept.id) == "Ring my sister"
    assert session.scalars(sa.select(Concern.raised_by_id)).all() == [kept.id]
    assert session.scalars(sa.select(Login.person_id)).all() == [kept.id]
    assert session.scalars(sa.select(RoleGrant.person_id)).all() == [kept.id]


def test_newest_emergency_contact_stays(session: Session, inside: None) -> None:
    kept, gone = make_person(session, "Ada").id, make_person(session, "Ada A.").id
    save_contact(session, Actor(gone), "Ring my brother")
    save_contact(session, Actor(kept), "Ring my sister")
    session.execute(
        sa.update(EmergencyContact)
        .where(EmergencyContact.person_id == gone)
        .values(updated_at=clock.now().replace(year=2000))
    )
    session.commit()
    session.expire_all()
    merge(session, kept, gone)
    assert emergency_words(session, kept) == "Ring my sister"


def test_way_to_sign_in_is_chosen_and_the_other_record_is_signed_out(
    session: Session, inside: None
) -> None:
    kept = make_login(session, name="Ada", email="old@example.org")
    gone = make_login(session, name="Ada A.", email="new@example.org")
    kept_id, gone_id, key = kept.person_id, gone.person_id, gone.fs_uniquifier
    open_session(session, gone.id, device="Firefox")
    session.commit()
    with pytest.raises(MergeError, match="login"):
        merge(session, kept_id, gone_id)
    session.rollback()

    merge(session, kept_id, gone_id, sign_in=WhichLogin.GONE)

    login = session.scalars(sa.select(Login)).one()
    assert (login.person_id, login.email) == (kept_id, "new@example.org")
    assert login.fs_uniquifier != key
    assert session.scalars(sa.select(LoginSession.ended_at)).one() is not None
    written = session.scalars(sa.select(ContactRoute.value).order_by(ContactRoute.value)).all()
    assert written == ["new@example.org", "old@example.org"]


@pytest.mark.parametrize("sign_in", list(WhichLogin))
def test_closed_account_is_not_opened_by_becoming_part_of_another(
    session: Session, inside: None, sign_in: Any
) -> None:
    kept = make_login(session, email="old@example.org")
    gone = make_login(session, email="new@example.org")
    close(session, SYSTEM, gone, reason="Not safe")
    merge(session, kept.person_id, gone.person_id, sign_in=sign_in)
    assert session.scalars(sa.select(Login.active)).all() == [False]


def test_one_preferred_way_is_left_and_the_same_number_once(session: Session, inside: None) -> None:
    kept, gone = make_person(session, "Ada").id, make_person(session, "Ada A.").id
    for person_id in (kept, gone):
        add_route(
            session, SYSTEM, person_id, RouteInput(Kind.LETTER, "1 Quay Lane", consent=agreed())
        )
    phone = RouteInput(Kind.LANDLINE, "01632 960123", consent=agreed())
    prefer_route(session, SYSTEM, add_route(session, SYSTEM, gone, phone))
    session.commit()
    merge(session, kept, gone)
    ways = session.execute(
        sa.select(ContactRoute.kind, ContactRoute.preferred).order_by(ContactRoute.id)
    ).all()
    assert [tuple(way) for way in ways] == [(Kind.LETTER, True), (Kind.LANDLINE, False)]


def test_both_who_helped_turn_out_to_be_one(session: Session, inside: None) -> None:
    kept, gone = make_person(session, "Kim").id, make_person(session, "Kim K.").id
    session.add(
        HelpRequest(
            login_id=make_login(session).id, begun_by_id=kept, confirmed_by_id=gone,
            begun_at=clock.now(), checked="document", stop_hash="a", code_hash="b",
            confirmed_at=clock.now(),
        )
    )  # fmt: skip
    session.commit()
    merge(session, kept, gone)
    request = session.scalars(sa.select(HelpRequest)).one()
    assert (request.begun_by_id, request.confirmed_by_id) == (kept, None)


@pytest.mark.parametrize("helped", ["kept", "gone"])
def test_code_that_was_to_help_opens_no_more_than_it_was_made_for(
    session: Session, inside: None, helped: str
) -> None:
    """Made for a student, it would open what the other record brings."""
    login = make_login(session, name="Ada", email="ada@example.org")
    other = make_person(session, "Ada A.").id
    grant_role(session, SYSTEM, other, "administrator", reason="elected")
    helpers = [Actor(make_person(session, name).id) for name in ("Kim", "Lou")]
    request, _stop = begin_help(session, helpers[0], login, checked=Checked.DOCUMENT, note="")
    code = confirm_help(session, helpers[1], request.id)
    pair = (login.person_id, other) if helped == "kept" else (other, login.person_id)
    session.commit()

    merge(session, *pair)

    assert help_by_code(session, hash_help_code(code)) is None


def test_nothing_changes_when_a_part_says_no(session: Session, inside: None) -> None:
    kept, gone = make_person(session, "Ada").id, make_person(session, "Ada A.").id
    for person_id in (kept, gone):
        session.add(
            RecordRequest(
                person_id=person_id, state=RequestState.ASKED, words="", asked_on=clock.now().date()
            )
        )
    session.commit()
    with pytest.raises(Veto, match="two requests"):
        merge(session, kept, gone)
    session.rollback()
    assert session.get_one(Person, gone).name == "Ada A."
    assert pointing_at(session, gone) == {"record_request.person_id": 1}


def test_part_that_leaves_something_behind_undoes_all(
    app: Portal, session: Session, inside: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = make_person(session, "Ada").id, make_person(session, "Ada A.").id
    grant_role(session, SYSTEM, gone, "coach", reason="kind")
    session.commit()
    from portal.plugin_host import merging

    monkeypatch.setattr(merging, "_once_each", lambda _part: [])  # nobody does anything
    with pytest.raises(MergeFailedError):
        merge(session, kept, gone)
    session.rollback()
    assert session.get_one(Person, gone).erased_at is None


@pytest.mark.parametrize("which", ["same", "erased", "merged"])
def test_only_two_people_who_are_there_become_one(
    session: Session, inside: None, which: str
) -> None:
    kept, gone = make_person(session, "Ada").id, make_person(session, "Ada A.").id
    session.commit()
    if which == "same":
        gone = kept
    elif which == "erased":
        erasing.erase(session, SYSTEM, gone, at=clock.now())
    else:
        merge(session, make_person(session, "Ada B.").id, gone)
    with pytest.raises(MergeError, match="nobody"):
        merge(session, kept, gone)


def test_records_that_became_one_twice_lead_to_the_last(session: Session, inside: None) -> None:
    first, second, third = (make_person(session, name).id for name in ("A", "B", "C"))
    merge(session, second, first)
    merge(session, third, second)
    into = session.scalars(sa.select(Person.merged_into_id).order_by(Person.id)).all()
    assert into == [third, third, None]


def test_audit_names_both_the_person_is_told_and_erasing_covers_both(
    session: Session, inside: None
) -> None:
    kept, gone = make_person(session, "Ada").id, make_person(session, "Ada A.").id
    clerk = Actor(make_person(session, "Cleo").id)
    session.commit()
    merge_people(session, clerk, kept, gone, reason="the same voice")
    session.commit()
    about = session.execute(
        sa.select(AuditPayload.subject_id, AuditPayload.reason, AuditPayload.details)
        .join(AuditEntry)
        .where(AuditEntry.kind == "accounts:person:merge")
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(row) for row in about] == [
        (str(kept), "the same voice", {"gone": gone}),
        (str(gone), "the same voice", {"kept": kept}),
    ]
    assert session.scalars(sa.select(Message.purpose)).all() == ["accounts:merged"]
    assert session.scalars(sa.select(Message.person_id)).all() == [kept]
    assert "accounts:people_merged" in session.scalars(sa.select(OutboxEvent.type)).all()

    erasing.erase(session, SYSTEM, kept, at=clock.now())
    session.commit()

    subjects = sa.select(AuditPayload.entry_id).where(
        AuditPayload.subject_kind == "person", AuditPayload.subject_id.in_((str(kept), str(gone)))
    )
    assert session.scalars(subjects).all() == []
    noted = session.scalars(sa.select(ErasureNote.person_id).order_by(ErasureNote.id)).all()
    assert noted == [kept, gone]
    session.rollback()
    assert verify(session).ok


def test_what_was_written_at_the_same_instant_follows_at_night(
    app: Portal, session: Session, inside: None
) -> None:
    kept, gone = make_person(session, "Ada").id, make_person(session, "Ada A.").id
    merge(session, kept, gone)
    add_route(session, SYSTEM, gone, RouteInput(Kind.LETTER, "1 Quay Lane", consent=agreed()))
    session.commit()
    (job,) = (job for job in JOBS if job.name == "sweep-merged")
    with app.app_context(), unit_of_work() as unit:
        job.run(unit)
    session.expire_all()
    assert session.scalars(sa.select(ContactRoute.person_id)).all() == [kept]


# The pages


@pytest.fixture
def two(app: Portal, session: Session) -> tuple[int, int]:
    with app.test_request_context():
        kept = make_login(session, name="Robin Reed", email="robin@example.org").person_id
        gone = make_person(session, "Robin Reid").id
        make_concern(session, by=gone)
        session.commit()
    return kept, gone


def address(two: tuple[int, int]) -> str:
    return f"/people/{two[0]}/same/{two[1]}"


def test_two_coordinators_see_both_and_make_one_of_them(
    app: Portal, session: Session, two: tuple[int, int]
) -> None:
    kept, gone = two
    first, second = (signed_in_client(app, ["coordinator"]) for _ in range(2))
    found = first.get(f"/people/{kept}/same?q=Robin").text
    assert "Robin Reid" in found
    page = first.get(address(two))
    assert page.status_code == 200
    assert "robin@example.org" in page.text
    assert "worried" not in page.text  # whoever tidies up does not learn of a concern

    assert first.post(address(two), data={"reason": ""}).status_code == 422
    asked = first.post(address(two), data={"reason": "I asked them"})
    assert asked.headers["Location"] == "/people/twice"
    session.rollback()
    assert session.get_one(Person, gone).merged_into_id is None
    told = sa.select(Message.person_id).where(Message.purpose == "accounts:merge_begun")
    assert sorted(session.scalars(told)) == [kept, gone]
    session.rollback()

    page = second.get(f"/people/{gone}/same/{kept}")  # whichever way round they come
    assert page.headers["Location"] == address(two)
    assert "I asked them" in second.get(address(two)).text
    assert "Robin Reid" in second.get("/people/twice").text
    done = second.post(address(two))

    assert done.status_code == 303
    session.rollback()
    assert session.get_one(Person, gone).merged_into_id == kept
    assert session.scalars(sa.select(MergeRequest.id)).all() == []
    session.rollback()
    assert second.get(f"/people/{gone}/contact").status_code == 404
    assert second.post(address(two)).status_code == 404
    read = sa.select(sa.func.count(AuditEntry.id)).where(
        AuditEntry.kind == "accounts:contact_route:read"
    )
    assert (session.scalar(read) or 0) >= 2


def test_nobody_alone_gives_a_record_to_an_account(
    app: Portal, session: Session, two: tuple[int, int]
) -> None:
    """Whoever makes an account and joins somebody's record to it would read all that is in it."""
    first = signed_in_client(app, ["coordinator", "administrator"])
    for _again in range(3):
        first.post(address(two), data={"reason": "I asked them"})
    assert first.post(f"/people/{two[1]}/same/{two[0]}", data={"reason": "so"}).status_code == 303
    assert "Somebody else has to do this now" in first.get(address(two)).text
    session.rollback()
    assert session.get_one(Person, two[1]).merged_into_id is None
    assert session.scalars(sa.select(MergeRequest.kept_id)).all() == [two[0]]


def test_what_is_not_right_is_stopped(app: Portal, session: Session, two: tuple[int, int]) -> None:
    first, second = (signed_in_client(app, ["coordinator"]) for _ in range(2))
    first.post(address(two), data={"reason": "I asked them"})
    assert second.post(f"{address(two)}/stop").headers["Location"] == "/people/twice"
    assert second.post(f"{address(two)}/stop").status_code == 404
    assert second.post(address(two)).status_code == 422  # asks for a reason, as at the beginning
    session.rollback()
    assert session.get_one(Person, two[1]).merged_into_id is None


def test_record_that_waits_is_asked_for_once(
    app: Portal, session: Session, two: tuple[int, int]
) -> None:
    with app.test_request_context():
        third = make_person(session, "Robin R.").id
        session.commit()
    client = signed_in_client(app, ["coordinator"])
    client.post(address(two), data={"reason": "I asked them"})
    answer = client.post(f"/people/{two[0]}/same/{third}", data={"reason": "Here too"})
    assert answer.status_code == 422
    assert "waits to become one with another record already" in answer.text
    assert "Here too" in answer.text


def test_records_of_people_who_do_not_sign_in_take_one(app: Portal, session: Session) -> None:
    with app.test_request_context():
        pair = make_person(session, "Ada").id, make_person(session, "Ada A.").id
        session.commit()
    client = signed_in_client(app, ["coordinator"])
    assert client.post(address(pair), data={"reason": "I asked them"}).status_code == 303
    session.rollback()
    assert session.get_one(Person, pair[1]).merged_into_id == pair[0]


def test_roles_over_others_go_along_only_with_administrators(
    app: Portal, session: Session, two: tuple[int, int]
) -> None:
    gone = two[1]
    with app.test_request_context():
        grant_role(session, SYSTEM, gone, "treasurer", reason="adds up")
        session.commit()
    data = {"reason": "I asked them"}
    coordinator, first, second = (
        signed_in_client(app, [role]) for role in ("coordinator", "administrator", "administrator")
    )
    assert coordinator.post(address(two), data=data).status_code == 403
    assert first.post(address(two), data=data).status_code == 303
    assert coordinator.post(address(two)).status_code == 403
    assert first.post(address(two)).status_code == 403
    assert second.post(address(two)).status_code == 303
    session.rollback()
    assert session.get_one(Person, gone).merged_into_id == two[0]


def test_nobody_makes_their_own_record_part_of_another(
    app: Portal, session: Session, two: tuple[int, int]
) -> None:
    client: Any = signed_in_client(app, ["coordinator"])
    me = client.person_id
    data = {"reason": "Me too", "sign_in": "kept"}
    for one, other in ((me, two[1]), (two[1], me)):
        assert client.post(f"/people/{one}/same/{other}", data=data).status_code == 404
