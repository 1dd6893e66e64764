"""`portal people …`: make people and logins, give and end roles, at the command line."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast

import click
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import passwords, queries
from portal.accounts.models import Login, Person
from portal.accounts.policies import GRANTABLE
from portal.accounts.services import closing, logins, people, roles
from portal.accounts.words import CLOSING_FAULTS
from portal.db import run_unit, unit_of_work
from portal.plugin_api import COLLEGE, SYSTEM

if TYPE_CHECKING:
    from portal.app import Portal

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group("people")
def people_group() -> None:
    """People, their logins and roles."""


def _say(result: dict[str, Any], words: str, *, as_json: bool) -> None:
    click.echo(json.dumps(result) if as_json else words)


def _find(session: Session, who: str) -> Person:
    """The person with that id or sign-in address."""
    if who.isdigit():
        person = session.get(Person, int(who))
    else:
        person = session.scalar(
            sa.select(Person)
            .join(Login, Login.person_id == Person.id)
            .where(Login.email == who.strip().lower())
        )
    if person is None:
        raise click.ClickException(f"There is nobody with the id or email address {who!r}.")
    return person


def _read_password() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    college = cast("Portal", current_app).settings.college.name
    if passwords.weakness(password, about=[college]) is not None:
        raise click.ClickException(
            f"Choose a password of {passwords.SHORTEST} characters or more that is hard to guess."
        )
    return password


@people_group.command()
@click.option("--name", required=True, help="As the person wants to be called.")
@click.option("--email", help="Gives them a login; the password is asked for, or read from stdin.")
@click.option("--role", "role", type=click.Choice(GRANTABLE), help="A role for the whole college.")
@as_json
def create(name: str, email: str | None, role: str | None, as_json: bool) -> None:
    """Make a person; with --email a confirmed login too."""
    hashed = passwords.hash_password(_read_password()) if email else None

    def work(session: Session) -> int:
        person = people.create_person(session, SYSTEM, name=name)
        if email:
            logins.create_login(
                session, SYSTEM, person, email=email, password_hash=hashed, confirmed=True
            )
        if role:
            roles.grant_role(session, SYSTEM, person.id, role, reason="At the command line")
        return person.id

    try:
        person_id = run_unit(work)
    except IntegrityError:
        raise click.ClickException(f"{email} has a login already.") from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    _say({"person": person_id}, f"{name} is person {person_id}.", as_json=as_json)


@people_group.command()
@click.argument("who")
@click.argument("role", type=click.Choice(GRANTABLE))
@click.option("--scope", default=COLLEGE, show_default=True, help="Such as course:12.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
@click.option("--reason", default="At the command line", show_default=True)
@as_json
def grant(
    who: str, role: str, scope: str, until: datetime | None, reason: str, as_json: bool
) -> None:
    """Give WHO (an id or an email address) a ROLE."""

    def work(session: Session) -> int:
        person = _find(session, who)
        end = _end_of(until.date()) if until else None
        return roles.grant_role(
            session, SYSTEM, person.id, role, scope=scope, reason=reason, valid_to=end
        ).id

    try:
        grant_id = run_unit(work)
    except roles.RoleError as error:
        raise click.ClickException(str(error)) from None
    _say({"grant": grant_id}, f"{who} is {role} now (grant {grant_id}).", as_json=as_json)


def _end_of(day: date) -> datetime:
    zone = cast("Portal", current_app).settings.timezone
    return clock.wall_to_utc(datetime.combine(day + timedelta(days=1), time()), zone)


@people_group.command()
@click.argument("who")
@click.argument("role", type=click.Choice(GRANTABLE))
@click.option("--reason", default="At the command line", show_default=True)
@as_json
def revoke(who: str, role: str, reason: str, as_json: bool) -> None:
    """End every grant of ROLE that WHO (an id or an email address) holds."""

    def work(session: Session) -> list[int]:
        person = _find(session, who)
        held = [
            line.grant.id
            for line in queries.grants(session, person_id=person.id)
            if line.grant.role == role and line.grant.revoked_at is None
        ]
        for grant_id in held:
            roles.revoke_role(session, SYSTEM, grant_id, reason=reason)
        return held

    try:
        ended = run_unit(work)
    except roles.RoleError as error:
        raise click.ClickException(str(error)) from None
    if not ended:
        raise click.ClickException(f"{who} does not hold the role {role}.")
    _say({"ended": ended}, f"{who} is no longer {role}.", as_json=as_json)


@people_group.command("list")
@as_json
def list_people(as_json: bool) -> None:
    """Everybody who holds a role now."""
    with unit_of_work("read") as session:
        lines = [
            {
                "grant": line.grant.id,
                "person": line.grant.person_id,
                "name": line.person,
                "role": line.grant.role,
                "scope": line.grant.scope,
                "until": line.grant.valid_to.isoformat() if line.grant.valid_to else None,
            }
            for line in queries.grants(session, at=clock.now(), limit=10_000)
        ]
    if as_json:
        click.echo(json.dumps(lines))
        return
    for line in lines:
        click.echo(f"{line['person']:>6}  {line['name']:<30} {line['role']:<14} {line['scope']}")


@people_group.command()
@click.argument("who")
@click.option("--reason", required=True)
@click.option("--open", "reopen", is_flag=True, help="Open it again instead.")
@as_json
def close(who: str, reason: str, reopen: bool, as_json: bool) -> None:
    """Close the login of WHO (an id or an email address) and sign them out everywhere."""

    def work(session: Session) -> int:
        person = _find(session, who)
        login = queries.login_of(session, person.id)
        if login is None:
            raise click.ClickException(f"{who} has no login.")
        try:
            if reopen:
                closing.reopen(session, SYSTEM, login, reason=reason)
            else:
                closing.close(session, SYSTEM, login, reason=reason)
        except closing.ClosingError as error:
            raise click.ClickException(str(CLOSING_FAULTS[error.code][1])) from error
        return person.id

    person_id = run_unit(work)
    words = "can sign in again" if reopen else "cannot sign in any more"
    _say({"person": person_id, "active": reopen}, f"{who} {words}.", as_json=as_json)
