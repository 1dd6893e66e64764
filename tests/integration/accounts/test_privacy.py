from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from portal.accounts.models import (
    Checked,
    ContactRoute,
    Login,
    LoginCode,
    LoginSession,
    Passkey,
    Person,
    RoleGrant,
)
from portal.accounts.privacy import SOURCES
from portal.accounts.services.closing import close, reopen
from portal.accounts.services.codes import give_code, make_code
from portal.accounts.services.email_change import ask_change
from portal.accounts.services.helping import begin_help
from portal.accounts.services.merge_requests import ask_to_merge
from portal.accounts.services.passkeys import add_passkey
from portal.accounts.services.roles import grant_role
from portal.accounts.services.second_step import add_authenticator, wait_to_try
from portal.accounts.services.sessions import open_session
from portal.plugin_api import SYSTEM, Actor
from tests.factories.accounts import make_login, make_person

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def build(session: Session, name: str, email: str) -> Login:
    login = make_login(session, name=name, email=email)
    grant_role(session, SYSTEM, login.person_id, "coach", reason=f"{name} is kind")
    open_session(session, login.id, device="Firefox · Android")
    give_code(session, make_code(session).id, login.id)
    add_authenticator(session, SYSTEM, login, "its secret", 1)
    wait_to_try(session, login.id)
    helper = Actor(make_person(session, "Kim").id)
    begin_help(session, helper, login, checked=Checked.DOCUMENT, note=f"{name} came by")
    ask_change(session, SYSTEM, login, f"new-{email}")
    key = {"credential_id": email.encode(), "public_key": b"public", "sign_count": 0}
    add_passkey(session, SYSTEM, login, name=f"{name}’s phone", **key)
    again = make_person(session, f"{name} again").id
    ask_to_merge(session, helper, login.person_id, again, reason=f"{name} said so")
    close(session, SYSTEM, login, reason=f"{name} asked us to")
    reopen(session, SYSTEM, login)
    return login


def everything(session: Session, person_id: int) -> dict[str, Any]:
    return {source.table: list(source.export(session, person_id)) for source in SOURCES}


def test_export_holds_what_is_kept_and_no_secret(session: Session) -> None:
    login = build(session, "Ada", "ada@example.org")
    build(session, "Bo", "bo@example.org")
    found = everything(session, login.person_id)
    assert {table: len(rows) for table, rows in found.items()} == {
        "person": 1, "login": 1, "login_session": 1, "login_code": 1, "contact_route": 1,
        "role_grant": 1, "passkey": 1, "authenticator": 1, "recovery_code": 10,
        "second_try": 1, "email_change": 1, "help_request": 1, "merge_request": 1,
        "account_closing": 1,
    }  # fmt: skip
    text = str(found)
    assert "Ada" in text
    assert "ada@example.org" in text
    assert "Bo" not in text
    assert "argon2" not in text
    assert "its secret" not in text
    assert str(login.fs_uniquifier) not in text


def test_erase_leaves_nothing_that_names_the_person_and_nobody_else_touched(
    session: Session,
) -> None:
    login = build(session, "Ada", "ada@example.org")
    other = build(session, "Bo", "bo@example.org")
    person_id, untouched = login.person_id, everything(session, other.person_id)
    results = {source.table: source.erase(session, person_id, "delete") for source in SOURCES}
    assert results["role_grant"].held == 1
    assert results["role_grant"].reason
    session.expire_all()
    assert session.get_one(Person, person_id).erased_at is not None
    assert "Ada" not in str(everything(session, person_id))
    assert session.scalars(sa.select(Login.person_id)).all() == [other.person_id]
    for model in (ContactRoute, LoginCode, LoginSession, Passkey):
        assert session.scalar(sa.select(sa.func.count()).select_from(model)) == 1
    grants = session.scalars(sa.select(RoleGrant).where(RoleGrant.person_id == person_id)).all()
    assert all(grant.revoked_at is not None and grant.reason == "" for grant in grants)
    assert everything(session, other.person_id) == untouched


def test_erase_twice_changes_nothing_more(session: Session) -> None:
    person_id = build(session, "Ada", "ada@example.org").person_id
    for source in SOURCES:
        source.erase(session, person_id, "delete")
    again = [source.erase(session, person_id, "delete") for source in SOURCES]
    assert sum(result.erased for result in again) == 0
