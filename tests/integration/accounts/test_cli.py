from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from portal.accounts.cli import people_group
from portal.accounts.models import Login
from tests.factories.accounts import PASSWORD
from tests.integration.accounts.conftest import enter

if TYPE_CHECKING:
    from portal.accounts.testing import BrowserClient
    from portal.app import Portal

Browser = Callable[[], "BrowserClient"]
Run = Callable[..., Result]


@pytest.fixture
def run(app: Portal) -> Run:
    """`run("create", "--name", "Ada")` as `portal people` would."""

    def call(*arguments: str, typed: str = "") -> Result:
        with app.app_context():
            return CliRunner().invoke(people_group, arguments, input=typed)

    return call


def create(run: Run, *more: str) -> int:
    result = run(
        "create", "--name", "Ada", "--email", "Ada@Example.org", "--json", *more,
        typed=f"{PASSWORD}\n{PASSWORD}\n",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return int(json.loads(result.output.splitlines()[-1])["person"])


def test_create_makes_somebody_who_can_sign_in(run: Run, browser: Browser) -> None:
    create(run, "--role", "administrator")
    client = browser()
    assert enter(client, "ada@example.org").status_code == 303
    assert client.get("/people").status_code == 200


def test_create_without_email_makes_a_person_alone(run: Run, look: Any) -> None:
    result = run("create", "--name", "Bo")
    assert result.exit_code == 0
    assert look(sa.select(Login)) == []


@pytest.mark.parametrize("password", ["short", "passwordpassword"])
def test_create_refuses_a_weak_password(password: str, run: Run, look: Any) -> None:
    arguments = ("create", "--name", "Bo", "--email", "bo@example.org")
    result = run(*arguments, typed=f"{password}\n{password}\n")
    assert result.exit_code == 1
    assert password not in result.output
    assert look(sa.select(Login)) == []


def test_create_twice_says_why_not(run: Run) -> None:
    create(run)
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    again = run("create", "--name", "Eve", "--email", "ada@example.org", typed=typed)
    assert again.exit_code == 1
    assert "has a login already" in again.output
    wrong = run("create", "--name", "Eve", "--email", "nonsense", typed=typed)
    assert wrong.exit_code == 1


def test_grant_list_and_revoke(run: Run) -> None:
    person = create(run)
    grant = run("grant", "ada@example.org", "coach", "--scope", "course:3", "--json")
    assert grant.exit_code == 0, grant.output
    (line,) = json.loads(run("list", "--json").output)
    assert (line["person"], line["role"], line["scope"]) == (person, "coach", "course:3")
    assert run("revoke", str(person), "coach").exit_code == 0
    assert json.loads(run("list", "--json").output) == []
    again = run("revoke", str(person), "coach")
    assert again.exit_code == 1
    assert "does not hold" in again.output


def test_grant_to_nobody_says_so(run: Run) -> None:
    for who in ("999999", "nobody@example.org"):
        result = run("grant", who, "coach")
        assert result.exit_code == 1
        assert "There is nobody" in result.output


def test_grant_that_has_ended_is_refused(run: Run) -> None:
    person = create(run)
    result = run("grant", str(person), "coach", "--until", "2001-01-01")
    assert result.exit_code == 1


def test_close_and_open_again(run: Run, browser: Browser) -> None:
    create(run)
    client = browser()
    enter(client, "ada@example.org")
    assert run("close", "ada@example.org", "--reason", "Asked for it").exit_code == 0
    assert client.get("/me/details").status_code == 303
    assert enter(browser(), "ada@example.org").status_code == 422
    assert run("close", "ada@example.org", "--reason", "Back", "--open").exit_code == 0
    assert enter(browser(), "ada@example.org").status_code == 303
