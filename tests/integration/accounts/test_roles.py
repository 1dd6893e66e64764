from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal import clock
from portal.accounts import api
from portal.accounts.models import RoleGrant
from portal.accounts.policies import GRANT_ROLE, permissions_of
from portal.accounts.queries import session_by_hash
from portal.accounts.services.roles import RoleError, grant_role, revoke_role
from portal.accounts.services.sessions import hash_key, open_session
from portal.audit.models import AuditEntry, AuditPayload
from portal.courses.models import CourseState
from portal.plugin_api import SYSTEM, Actor
from portal.plugin_api.events import OutboxEvent
from tests.factories.accounts import make_login, make_person
from tests.factories.courses import make_course

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient

SignIn = Callable[..., "BrowserClient"]
Look = Callable[[Any], list[Any]]


def test_permissions_of_adds_scopes_up() -> None:
    bundles = {
        "student": frozenset({"a:b:see"}),
        "coordinator": frozenset({"a:b:see", "a:b:edit"}),
    }
    held = permissions_of([("coordinator", "course:1"), ("coordinator", "course:2")], bundles)
    assert held == {
        "a:b:see": {"college", "course:1", "course:2"},
        "a:b:edit": {"course:1", "course:2"},
    }
    actor = Actor(1, permissions=held)
    assert actor.can("a:b:edit", "course:1")
    assert not actor.can("a:b:edit")
    assert not actor.can("a:b:edit", "course:3")


def test_grant_is_audited_and_told(session: Session) -> None:
    giver, person = make_person(session, "Ada"), make_person(session, "Bo")
    session.execute(sa.delete(OutboxEvent))
    grant = grant_role(
        session, Actor(giver.id), person.id, "facilitator", scope="course:12", reason="Trained"
    )
    revoke_role(session, Actor(giver.id), grant.id, reason="Moved away")
    rows = session.execute(
        sa.select(AuditEntry.kind, AuditPayload.actor_id, AuditPayload.reason)
        .join(AuditEntry.payload)
        .where(AuditEntry.kind.startswith("accounts:role"))
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("accounts:role:grant", giver.id, "Trained"),
        ("accounts:role:revoke", giver.id, "Moved away"),
    ]
    events = session.scalars(sa.select(OutboxEvent).order_by(OutboxEvent.id)).all()
    assert [event.type for event in events] == ["accounts:role_granted", "accounts:role_revoked"]
    told = {"person_id": person.id, "role": "facilitator", "scope": "course:12"}
    assert [event.payload for event in events] == [told, told]


def test_grant_holds_from_its_start_until_its_end(session: Session) -> None:
    login, now = make_login(session), clock.now()
    start, end = now + timedelta(days=1), now + timedelta(days=2)
    grant_role(session, SYSTEM, login.person_id, "coach", valid_from=start, valid_to=end)
    key = hash_key(open_session(session, login.id))

    def held(at: datetime) -> tuple[tuple[str, str], ...]:
        live = session_by_hash(session, key, at)
        assert live is not None
        return live.grants

    assert held(now) == ()
    assert held(start) == (("coach", "college"),)
    assert held(end - timedelta(seconds=1)) == (("coach", "college"),)
    assert held(end) == ()


@pytest.mark.parametrize(
    ("role", "scope", "days", "code"),
    [
        ("student", "college", None, "role"),
        ("wizard", "college", None, "role"),
        ("coach", "", None, "scope"),
        ("coach", "course:0", None, "scope"),
        ("coach", "course:12; DROP", None, "scope"),
        ("coach", "college", -1, "valid_to"),
    ],
)
def test_grant_that_makes_no_sense_is_refused(
    role: str, scope: str, days: int | None, code: str, session: Session
) -> None:
    person = make_person(session)
    end = clock.now() + timedelta(days=days) if days else None
    with pytest.raises(RoleError) as caught:
        grant_role(session, SYSTEM, person.id, role, scope=scope, valid_to=end)
    assert caught.value.code == code


def test_revoking_twice_is_refused(session: Session) -> None:
    grant = grant_role(session, SYSTEM, make_person(session).id, "coach")
    revoke_role(session, SYSTEM, grant.id)
    for grant_id in (grant.id, 999_999):
        with pytest.raises(RoleError):
            revoke_role(session, SYSTEM, grant_id)


def test_last_administrator_stays(session: Session) -> None:
    first = make_login(session, roles=["administrator"])
    second = make_login(session, roles=["administrator"])
    session.commit()
    grants = {grant.person_id: grant.id for grant in session.scalars(sa.select(RoleGrant)).all()}
    revoke_role(session, SYSTEM, grants[first.person_id])
    with pytest.raises(RoleError) as caught:
        revoke_role(session, SYSTEM, grants[second.person_id])
    assert caught.value.code == "last"


def test_administrator_gives_and_ends_a_role_with_a_reason(
    session: Session, sign_in: SignIn, look: Look
) -> None:
    person_id = make_person(session, "Bo Example").id
    session.commit()
    admin = sign_in("administrator")
    found = admin.get("/people", query_string={"q": "bo exam"})
    assert f"/people/{person_id}/roles" in found.text
    page = f"/people/{person_id}/roles"
    answer = admin.post(
        page,
        data={
            "role": "facilitator",
            "where": "college",
            "reason": "Finished the training",
            "last_day": ["31", "12", "2099"],
        },
    )
    assert answer.status_code == 303
    text = admin.get(page).text
    assert "Finished the training" in text
    assert "31 December 2099" in text
    (grant,) = look(sa.select(RoleGrant).where(RoleGrant.person_id == person_id))
    assert grant.granted_by_id == admin.person_id  # type: ignore[attr-defined]
    assert grant.valid_to.isoformat() == "2100-01-01T00:00:00+00:00"
    end = f"/people/grants/{grant.id}/end"
    assert admin.post(end, data={"reason": ""}).status_code == 422
    assert admin.post(end, data={"reason": "Wants a rest"}).status_code == 303
    assert "Wants a rest" in admin.get(page).text


ONE_COURSE = {"role": "coach", "where": "course", "reason": "Knows it well"}


def test_form_keeps_what_was_typed_when_it_is_wrong(session: Session, sign_in: SignIn) -> None:
    person_id = make_person(session).id
    session.commit()
    data = {**ONE_COURSE, "course_words": "the moon", "reason": "Because of this"}
    answer = sign_in("administrator").post(f"/people/{person_id}/roles", data=data)
    assert answer.status_code == 422
    assert "No course has these words in its title" in answer.text
    assert "the moon" in answer.text
    assert "Because of this" in answer.text


def test_role_for_one_course_is_given_by_its_title(
    session: Session, sign_in: SignIn, look: Look
) -> None:
    person_id = make_person(session).id
    sleep, dreams = (
        make_course(session, title=title) for title in ("Sleep well", "Sleep & dreams")
    )
    make_course(session, title="Cooking")
    make_course(session, title="Sleep no more", state=CourseState.RETIRED)
    sleep_id, dreams_id = sleep.id, dreams.id
    session.commit()
    admin, page = sign_in("administrator"), f"/people/{person_id}/roles"

    missing = admin.post(page, data={**ONE_COURSE, "course_words": " "})
    assert "Write a word or two of the course’s title" in missing.text
    several = admin.post(page, data={**ONE_COURSE, "course_words": "sleep"})
    assert several.status_code == 422
    assert "Choose the course you mean" in several.text
    assert f'value="{sleep_id}"' in several.text
    assert f'value="{dreams_id}"' in several.text
    assert "Cooking" not in several.text
    assert "Sleep no more" not in several.text

    chosen = {**ONE_COURSE, "course_words": "sleep", "course": str(dreams_id)}
    assert admin.post(page, data=chosen).status_code == 303
    whole = {**ONE_COURSE, "course_words": "sleep WELL"}
    assert admin.post(page, data=whole).status_code == 303
    scopes = look(sa.select(RoleGrant.scope).where(RoleGrant.person_id == person_id))
    assert sorted(scopes) == sorted([f"course:{dreams_id}", f"course:{sleep_id}"])
    for listing in (page, "/people"):
        assert "the course “Sleep &amp; dreams”" in admin.get(listing).text


def test_course_chosen_among_others_is_not_taken_for_what_was_found(
    session: Session, sign_in: SignIn, look: Look
) -> None:
    person_id = make_person(session).id
    cooking = make_course(session, title="Cooking").id
    make_course(session, title="Sleep well")
    session.commit()
    admin, page = sign_in("administrator"), f"/people/{person_id}/roles"
    stale = {**ONE_COURSE, "course_words": "sleep", "course": str(cooking)}
    assert admin.post(page, data=stale).status_code == 422
    elsewhere = {**stale, "where": "college"}
    assert admin.post(page, data=elsewhere).status_code == 303
    scopes = look(sa.select(RoleGrant.scope).where(RoleGrant.person_id == person_id))
    assert scopes == ["college"]


def test_more_courses_than_can_be_shown_ask_for_more_words(
    session: Session, sign_in: SignIn
) -> None:
    person_id = make_person(session).id
    for number in range(21):
        make_course(session, title=f"Walking group {number:02d}")
    session.commit()
    admin = sign_in("administrator")
    data = {**ONE_COURSE, "course_words": "group walking"}
    answer = admin.post(f"/people/{person_id}/roles", data=data)
    assert "write more of its title" in answer.text
    assert "Walking group 19" in answer.text
    assert "Walking group 20" not in answer.text


def test_nobody_gives_or_ends_their_own_roles(sign_in: SignIn, look: Look) -> None:
    admin = sign_in("administrator")
    own = admin.person_id  # type: ignore[attr-defined]
    data = {"role": "treasurer", "where": "college", "reason": "I would like to"}
    assert admin.post(f"/people/{own}/roles", data=data).status_code == 403
    (grant,) = look(sa.select(RoleGrant).where(RoleGrant.person_id == own))
    assert admin.post(f"/people/grants/{grant.id}/end", data={"reason": "x"}).status_code == 404
    assert len(look(sa.select(RoleGrant).where(RoleGrant.person_id == own))) == 1


@pytest.mark.parametrize("roles", [(), ("coordinator", "treasurer", "co_chair")])
def test_roles_are_given_by_administrators_only(
    roles: tuple[str, ...], session: Session, sign_in: SignIn
) -> None:
    person_id = make_person(session).id
    grant_id = grant_role(session, SYSTEM, person_id, "coach").id
    session.commit()
    client = sign_in(*roles)
    for path in ("/people", f"/people/{person_id}/roles", f"/people/grants/{grant_id}/end"):
        assert client.get(path).status_code == 403
    data = {"role": "coach", "where": "college", "reason": "x"}
    assert client.post(f"/people/{person_id}/roles", data=data).status_code == 403


def test_role_that_ended_by_itself_is_refused(session: Session, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    session.execute(sa.update(RoleGrant).values(valid_to=clock.now() + timedelta(minutes=5)))
    session.commit()
    assert client.get("/people").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=6), tick=False):
        assert client.get("/people").status_code == 403


def test_role_in_another_scope_does_not_open_the_college(session: Session, sign_in: SignIn) -> None:
    client = sign_in()
    person_id = client.person_id  # type: ignore[attr-defined]
    grant_role(session, SYSTEM, person_id, "administrator", scope="course:3")
    session.commit()
    assert client.get("/people").status_code == 403


def test_role_guide_is_made_from_the_same_permissions(sign_in: SignIn, app: Any) -> None:
    text = app.test_client().get("/roles").text
    assert "Give roles to people, and end them" in text
    assert GRANT_ROLE not in text


def test_list_of_roles_costs_the_same_for_one_and_three(
    session: Session, sign_in: SignIn, queries: Any
) -> None:
    client = sign_in("administrator")
    counts = []
    for _ in range(2):
        make_login(session, roles=["coach", "treasurer"])
        session.commit()
        client.get("/people")
        with queries() as seen:
            client.get("/people")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_api_finds_people(session: Session) -> None:
    ids = [make_person(session, name).id for name in ("Ada L", "Bo M", "100% Cy")]
    erased = make_person(session, "Ada Gone")
    erased.erased_at = clock.now()
    session.flush()
    assert [ref.name for ref in api.person_search(session, "ada")] == ["Ada L"]
    assert [ref.name for ref in api.person_search(session, "%")] == ["100% Cy"]
    assert api.person_search(session, "  ") == []
    assert set(api.people_by_ids(session, [*ids, 999_999])) == set(ids)
    assert api.people_by_ids(session, []) == {}
    assert api.count_people(session) == 3
    api.grant_role(session, SYSTEM, ids[0], "coach", scope="course:1")
    assert list(api.people_with_role(session, "coach", clock.now())) == [ids[0]]


def test_list_says_who_holds_what_why_since_and_until_when(
    session: Session, sign_in: SignIn
) -> None:
    giver, soon, later = (make_person(session, name) for name in ("Ada", "Bo", "Cy"))
    for person, days in ((soon, 10), (later, 300)):
        grant_role(
            session,
            Actor(giver.id),
            person.id,
            "treasurer",
            reason=f"{person.name} adds up",
            valid_to=clock.now() + timedelta(days=days),
        )
    grant_role(session, Actor(giver.id), soon.id, "coach", reason="Kind")
    session.commit()
    client = sign_in("administrator")
    everybody = client.get("/people").text
    for words in ("Bo adds up", "Cy adds up", "Kind", "Ada", "Ends soon", "No end set"):
        assert words in everybody
    treasurers = client.get("/people?role=treasurer").text
    assert "Cy adds up" in treasurers
    assert "Kind" not in treasurers
    ending = client.get("/people?role=treasurer&soon=1").text
    assert "Bo adds up" in ending
    assert "Cy adds up" not in ending
    assert "Nobody holds such a role now" in client.get("/people?role=co_chair").text


def test_long_list_is_shown_in_pages(session: Session, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    for number in range(26):
        grant_role(session, SYSTEM, make_person(session, f"N{number}").id, "coach", reason="Kind")
    session.commit()
    first = client.get("/people?role=coach").text
    assert first.count("Kind") == 25
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = client.get(older).text
    assert second.count("Kind") == 1
    assert 'rel="prev"' in second
