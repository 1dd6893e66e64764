"""What accounts keep about people, why, and how it is given back or erased."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.following import (
    merge_closings,
    merge_help,
    merge_login,
    merge_requests,
    merge_routes,
)
from portal.accounts.models import (
    Authenticator,
    Closing,
    ContactRoute,
    EmailChange,
    HelpRequest,
    Login,
    LoginCode,
    LoginSession,
    MergeRequest,
    Passkey,
    Person,
    RecoveryCode,
    RoleGrant,
    SecondTry,
)
from portal.accounts.policies import ADMINISTRATOR
from portal.accounts.queries import live_holders, login_of, routes_of
from portal.accounts.services.closing import closings_over, forget_closings
from portal.accounts.services.codes import asked_before, forget_codes
from portal.accounts.services.logins import forget_login
from portal.accounts.services.merge_requests import about, forget_requests, waiting_since
from portal.accounts.services.people import empty_record
from portal.accounts.services.second_step import forget_tries_by_id, tried_before
from portal.accounts.services.sessions import forget_sessions, not_used_since
from portal.plugin_api import EraseMode, Erasure, Keeping, PrivacySource, Veto, moved

Export = Callable[[Session, int], Sequence[Mapping[str, Any]]]
Erase = Callable[[Session, int, EraseMode], Erasure]
SESSIONS_KEPT = 90  # days: long enough to look into a stolen password
CONTRACT = _l("Contract: you asked for an account")
INTEREST = _l("Legitimate interests: keeping accounts safe")


def _plain(row: Any, *columns: str) -> dict[str, Any]:
    values = ((name, getattr(row, name)) for name in columns)
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in values}


def export_person(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """Name, pronouns, language and display settings."""
    person = session.get(Person, person_id)
    return (
        [_plain(person, "name", "pronouns", "language", "display", "paused_at", "created_at")]
        if person
        else []
    )


def erase_person(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - others' records point here either way
    """Empties the record. The row stays without a name, because records of others point at it."""
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        return Erasure("person")
    empty_record(session, person)
    return Erasure("person", erased=1)


def export_routes(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """Every way to reach the person."""
    columns = ("value", "safe_to_leave_message", "preferred", "consent_at", "created_at")
    return [
        {"kind": route.kind.value, "consent_how": route.consent_how, **_plain(route, *columns)}
        for route in routes_of(session, person_id)
    ]


def erase_routes(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them all."""
    gone = session.execute(
        sa.delete(ContactRoute)
        .where(ContactRoute.person_id == person_id)
        .returning(ContactRoute.id)
    ).all()
    return Erasure("contact_route", erased=len(gone))


def export_login(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """The address; never the password's hash."""
    login = login_of(session, person_id)
    return [_plain(login, "email", "active", "confirmed_at", "created_at")] if login else []


def erase_login(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes the login, and first what hangs on it."""
    login = login_of(session, person_id)
    if login is None:
        return Erasure("login")
    forget_login(session, login)
    return Erasure("login", erased=1)


def _rows_of_login(model: Any, person_id: int) -> sa.Select[Any]:
    return (
        sa.select(model)
        .join(Login, Login.id == model.login_id)
        .where(Login.person_id == person_id)
        .order_by(model.id)
    )


def _export_rows(model: Any, *columns: str) -> Export:
    """Hands out these columns of the rows that hang on the person's login."""

    def export(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
        rows = session.scalars(_rows_of_login(model, person_id))
        return [_plain(row, *columns) for row in rows]

    return export


def _erase_rows(model: Any) -> Erase:
    """Deletes the rows that hang on the person's login; whoever is signed in is out."""

    def erase(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
        rows = session.scalars(_rows_of_login(model, person_id)).all()
        for row in rows:
            session.delete(row)
        session.flush()
        return Erasure(model.__tablename__, erased=len(rows))

    return erase


def export_grants(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """Roles held, now and before."""
    columns = ("role", "scope", "valid_from", "valid_to", "reason", "revoked_at", "revoked_reason")
    grants = session.scalars(sa.select(RoleGrant).where(RoleGrant.person_id == person_id))
    return [_plain(grant, *columns) for grant in grants]


def erase_grants(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - held either way
    """Ends what holds and empties the reasons; who held which power when stays, without a name."""
    now = clock.now()
    grants = session.scalars(sa.select(RoleGrant).where(RoleGrant.person_id == person_id)).all()
    for grant in grants:
        grant.reason = grant.revoked_reason = ""
        grant.revoked_at = grant.revoked_at or now
    session.flush()
    if any(one.role == ADMINISTRATOR for one in grants) and not live_holders(
        session, ADMINISTRATOR, now
    ):
        raise Veto(
            _l(
                "Nobody else can administer the college. Give somebody else that role first, then come back."
            )
        )
    return Erasure(
        "role_grant",
        held=len(grants),
        reason=_l("Who held which power when must stay visible. It holds a number, not a name.")
        if grants
        else "",
    )


def export_closings(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """When their way to sign in was closed, why, and until when."""
    columns = ("reason", "starts_at", "ends_at", "ended_at")
    rows = session.scalars(
        sa.select(Closing).where(Closing.person_id == person_id).order_by(Closing.id)
    )
    return [_plain(row, *columns) for row in rows]


def erase_closings(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them. Whom the person closed out stays so, without the person's name."""
    for column in (Closing.by_id, Closing.ended_by_id):
        session.execute(sa.update(Closing).where(column == person_id).values({column.key: None}))
    gone = session.scalars(
        sa.delete(Closing).where(Closing.person_id == person_id).returning(Closing.id)
    ).all()
    return Erasure("account_closing", erased=len(gone))


def export_merges(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """What waits to be done with a record of theirs, and why."""
    rows = session.scalars(sa.select(MergeRequest).where(about((person_id,))))
    return [_plain(row, "reason", "begun_at") for row in rows]


def erase_merges(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes what waits about them, or was asked for by them: nobody could be asked why."""
    concerned = sa.or_(about((person_id,)), MergeRequest.begun_by_id == person_id)
    gone = session.scalars(sa.delete(MergeRequest).where(concerned).returning(MergeRequest.id))
    return Erasure("merge_request", erased=len(gone.all()))


def _source(table: str, subject: str, **values: Any) -> PrivacySource:
    return PrivacySource(table=table, subject=subject, sensitivity="confidential", **values)


SOURCES = (
    _source(
        "login_session",
        "login_id",
        what=_l("Where you are signed in: the kind of browser, and when"),
        purpose=_l("To keep you signed in, and to show you where"),
        lawful_basis=INTEREST,
        retention=_l("90 days after it was last used"),
        keeping=(Keeping(not_used_since, forget_sessions, days=SESSIONS_KEPT),),
        export=_export_rows(LoginSession, "device", "how", "created_at", "seen_at", "ended_at"),
        erase=_erase_rows(LoginSession),
    ),
    _source(
        "login_code",
        "login_id",
        what=_l("The codes we sent you to sign in with, in a form that nobody can read"),
        purpose=_l("To let you sign in with a code that we send you"),
        lawful_basis=CONTRACT,
        retention=_l("One day"),
        keeping=(Keeping(asked_before, forget_codes, days=1),),
        export=_export_rows(LoginCode, "created_at", "used_at"),
        erase=_erase_rows(LoginCode),
    ),
    _source(
        "passkey",
        "login_id",
        what=_l("Your passkeys: their names, and the half of each that proves nothing by itself"),
        purpose=_l("To let you sign in with your phone, computer or security key"),
        lawful_basis=CONTRACT,
        retention=_l("Until you remove it"),
        export=_export_rows(Passkey, "name", "created_at", "used_at"),
        erase=_erase_rows(Passkey),
    ),
    _source(
        "authenticator",
        "login_id",
        what=_l("What your authenticator app shares with us"),
        purpose=_l("To ask for a number from your phone as a second step"),
        lawful_basis=CONTRACT,
        retention=_l("Until you remove it"),
        export=_export_rows(Authenticator, "created_at"),
        erase=_erase_rows(Authenticator),
    ),
    _source(
        "recovery_code",
        "login_id",
        what=_l("Your recovery codes, in a form that nobody can read"),
        purpose=_l("To let you in when your phone is lost"),
        lawful_basis=CONTRACT,
        retention=_l("Until you make new ones or remove your authenticator app"),
        export=_export_rows(RecoveryCode, "used_at"),
        erase=_erase_rows(RecoveryCode),
    ),
    _source(
        "second_try",
        "login_id",
        what=_l("When a code of your second step was tried"),
        purpose=_l("To keep others from guessing your codes"),
        lawful_basis=INTEREST,
        retention=_l("One day"),
        keeping=(Keeping(tried_before, forget_tries_by_id, days=1),),
        export=_export_rows(SecondTry, "at"),
        erase=_erase_rows(SecondTry),
    ),
    _source(
        "email_change",
        "login_id",
        what=_l("The email address that you are changing to"),
        purpose=_l("To move your account to another email address, safely"),
        lawful_basis=CONTRACT,
        retention=_l("Until it is done or stopped, at most 14 days"),
        export=_export_rows(EmailChange, "new_email", "asked_at", "confirmed_at"),
        erase=_erase_rows(EmailChange),
    ),
    _source(
        "help_request",
        "login_id, begun_by_id, confirmed_by_id",
        what=_l("That somebody of the college helped you sign in again, and who"),
        purpose=_l("To help you in again when you have lost everything, and to show who did"),
        lawful_basis=INTEREST,
        retention=_l("As long as you have an account"),
        export=_export_rows(HelpRequest, "checked", "note", "begun_at", "confirmed_at", "ended_at"),
        erase=_erase_rows(HelpRequest),
        merge=merge_help,
    ),
    _source(
        "merge_request",
        "kept_id, gone_id, begun_by_id",
        what=_l("That somebody of the college takes two records for yours, why, and who that is"),
        purpose=_l("To make one record of two with a second person who looks again"),
        lawful_basis=INTEREST,
        retention=_l("Until it is done or stopped, at most 14 days"),
        keeping=(Keeping(waiting_since, forget_requests, days=14),),
        export=export_merges,
        erase=erase_merges,
        merge=merge_requests,
    ),
    _source(
        "login",
        "person_id",
        what=_l(
            "The email address you sign in with, and your password in a form that nobody can read"
        ),
        purpose=_l("To let you sign in, and nobody else as you"),
        lawful_basis=CONTRACT,
        retention=_l("Until you close your account"),
        export=export_login,
        erase=erase_login,
        merge=merge_login,
    ),
    _source(
        "account_closing",
        "person_id, by_id, ended_by_id",
        what=_l("That the college closed your way to sign in, why, and until when"),
        purpose=_l("To keep people safe, with a reason that you can read and a name behind it"),
        lawful_basis=INTEREST,
        retention=_l("Two years after it ended"),
        keeping=(Keeping(closings_over, forget_closings, days=730),),
        export=export_closings,
        erase=erase_closings,
        merge=merge_closings,
    ),
    _source(
        "contact_route",
        "person_id",
        what=_l("How we can reach you, and what you agreed to"),
        purpose=_l("To reach you the way you want"),
        lawful_basis=_l("Consent, for each way to reach you"),
        retention=_l("Until you remove it"),
        export=export_routes,
        erase=erase_routes,
        merge=merge_routes,
    ),
    _source(
        "role_grant",
        "person_id, granted_by_id, revoked_by_id",
        what=_l("Your roles, and who gave them to you"),
        on_erasure="pseudonymise",
        purpose=_l("To show who may do what, and who decided it"),
        lawful_basis=_l("Legitimate interests: power that can be seen"),
        retention=_l("As long as the college runs, without your name once you are erased"),
        export=export_grants,
        erase=erase_grants,
        merge=moved(RoleGrant.person_id, RoleGrant.granted_by_id, RoleGrant.revoked_by_id),
    ),
    _source(
        "person",
        "id",
        what=_l(
            "Your name as you want to be called, your pronouns, language and display settings, and whether "
            "you want quiet"
        ),
        purpose=_l("To know what you want to be called"),
        lawful_basis=CONTRACT,
        retention=_l("Until you close your account"),
        export=export_person,
        erase=erase_person,
        merge=moved(Person.merged_into_id),
    ),
)
