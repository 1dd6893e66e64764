"""The accounts room's part of the demo college: invented people, and one sign-in for each role.

The same seed and the same day give the same people. Written in bulk: what normally leaves an audit
entry for each person leaves one for them all. The sign-ins share a published password, so the demo
college is refused in production, and a health check looks for its sign-ins there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.demo.names import GROUPS, PRONOUNS, SPECIAL
from portal.accounts.models import ContactRoute, Login, Person, RoleGrant, RouteKind
from portal.accounts.passwords import hash_password
from portal.accounts.services.logins import create_login
from portal.audit import api as audit
from portal.plugin_api import COLLEGE, SYSTEM, CheckResult
from portal.plugin_api.events import Event, PersonRegistered, RoleGranted, publish_many

SEED = 2027
PASSWORD = "harbour-demo-college"  # noqa: S105 - published on purpose, and refused in production
HOST = "demo.example"  # a reserved domain: no message can reach anybody
KEY = "demo_people"  # in session.info, while the demo college is being made

STUDENTS = 400
PEERS = 18
PROFESSIONALS = 14
WITHOUT_EMAIL = 0.12
WITH_PRONOUNS = 0.3
WITH_PHONE = 0.4  # beside an e-mail address
# The college's other roles, and how many hold each. Contributors are students as well.
OFFICERS = {
    "coordinator": 3,
    "coach": 2,
    "treasurer": 1,
    "board_member": 5,
    "co_chair": 2,
    "data_guardian": 1,
    "duty_contact": 2,
    "administrator": 2,
}
CONTRIBUTORS = 12


class SignIn(NamedTuple):
    """How to look round the demo college as somebody with this role."""

    role: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """Ids of the demo people, for the rooms and plugins that add to the demo college after this one.

    `peers` teach from lived experience and are among the `students`; `officers` are by role.
    """

    students: tuple[int, ...]
    peers: tuple[int, ...]
    professionals: tuple[int, ...]
    officers: Mapping[str, tuple[int, ...]]


def demo_sign_ins() -> Iterator[SignIn]:
    """One for each role, whether or not the demo college has been made."""
    for role in ("student", "contributor", "facilitator", *OFFICERS):
        yield SignIn(role, f"{role.replace('_', '-')}@{HOST}", PASSWORD)


def is_refused(email: str) -> bool:
    """True for the address of a published sign-in where the portal is in production."""
    published = {sign_in.email for sign_in in demo_sign_ins()}
    return _in_production() and email in published


def seed_people(session: Session, *, seed: int = SEED, at: datetime | None = None) -> DemoPeople:
    """Add the demo people; flushes, never commits. `at` is the present, or a moment given instead."""
    at = at or clock.now()
    maker = _Maker(random.Random(seed), at)  # noqa: S311 - invented people, not secrets
    students = maker.people(STUDENTS)
    professionals = maker.people(PROFESSIONALS)
    officers = {role: maker.people(count) for role, count in OFFICERS.items()}
    ids = _insert(session, Person, maker.rows)
    people = DemoPeople(
        students=tuple(ids[index] for index in students),
        peers=tuple(ids[index] for index in students[:PEERS]),
        professionals=tuple(ids[index] for index in professionals),
        officers={
            role: tuple(ids[index] for index in indexes) for role, indexes in officers.items()
        },
    )
    with_login = first_of_each_role(people)
    _insert(session, ContactRoute, maker.routes(ids, students, set(with_login.values())))
    grants = maker.grants(people)
    _insert(session, RoleGrant, grants)
    _make_sign_ins(session, with_login)
    audit.record(
        session, SYSTEM, "accounts:demo:seed", ("college", "demo"), details={"people": len(ids)}
    )
    events: list[Event] = [PersonRegistered(person_id=identity) for identity in ids]
    events.extend(
        RoleGranted(person_id=grant["person_id"], role=grant["role"], scope=COLLEGE)
        for grant in grants
    )
    publish_many(session, events)
    session.info[KEY] = people
    return people


def people_of(session: Session) -> DemoPeople:
    """The demo people that were added in this session's transaction.

    Raises:
        LookupError: there are none; the demo college is not being made.
    """
    people: DemoPeople = session.info[KEY]
    return people


def check_no_demo_sign_ins(session: Session) -> CheckResult:
    """Whether the published sign-ins are absent; a portal in production must not have them."""
    if not _in_production():
        return CheckResult(ok=True, message=_("Not in production, so demo sign-ins may be here."))
    found = session.scalar(
        sa.select(sa.func.count())
        .select_from(Login)
        .where(Login.email.in_([sign_in.email for sign_in in demo_sign_ins()]), Login.active)
    )
    if found:
        return CheckResult(
            ok=False,
            message=_(
                "This database holds the demo college, whose passwords everybody knows. "
                "Use an empty database."
            ),
        )
    return CheckResult(ok=True, message=_("No demo sign-ins."))


def _in_production() -> bool:
    environment: str = current_app.settings.environment  # type: ignore[attr-defined]  # a Portal
    return environment == "production"


class _Maker:
    """Decides everything about the people before any is written."""

    def __init__(self, chance: random.Random, at: datetime) -> None:
        self._chance = chance
        self._at = at
        self._names = self._all_names()
        self.rows: list[dict[str, Any]] = []

    def people(self, count: int) -> list[int]:
        """`count` more people; their places in `rows`."""
        first = len(self.rows)
        for _number in range(count):
            has_pronouns = self._chance.random() < WITH_PRONOUNS
            self.rows.append(
                {
                    "name": next(self._names),
                    "pronouns": self._chance.choices(*PRONOUNS)[0] if has_pronouns else "",
                    "display": "",
                    "created_at": self._past(days=700),
                    "erased_at": None,
                }
            )
        return list(range(first, len(self.rows)))

    def routes(
        self, ids: Sequence[int], students: Sequence[int], with_login: set[int]
    ) -> list[dict[str, Any]]:
        """Ways to reach them: exactly 12% of the students have no e-mail; some have no phone either.

        A login brings its own address.
        """
        others = [index for index in students[PEERS:] if ids[index] not in with_login]
        without_email = set(self._chance.sample(others, round(STUDENTS * WITHOUT_EMAIL)))
        routes: list[dict[str, Any]] = []
        for index, identity in enumerate(ids):
            if identity in with_login:
                continue
            kinds = [RouteKind.EMAIL]
            if index in without_email:
                kinds = [self._chance.choice(_OTHER_ROUTES)]
            elif self._chance.random() < WITH_PHONE:
                kinds.append(RouteKind.MOBILE)
            routes.extend(
                self._route(identity, index, kind, preferred=kind is kinds[0]) for kind in kinds
            )
        return routes

    def grants(self, people: DemoPeople) -> list[dict[str, Any]]:
        """Who holds which role in the college. Everybody is a student without being told so."""
        held = [
            *((identity, "facilitator") for identity in (*people.peers, *people.professionals)),
            *((identity, "contributor") for identity in contributors(people)),
            *((identity, role) for role, ids in people.officers.items() for identity in ids),
        ]
        return [
            {
                "person_id": identity,
                "role": role,
                "scope": COLLEGE,
                "valid_from": self._past(days=365),
                "valid_to": None,
                "reason": "Demo college",
                "granted_by_id": people.officers["administrator"][0],
                "revoked_at": None,
                "revoked_by_id": None,
                "revoked_reason": "",
            }
            for identity, role in held
        ]

    def _all_names(self) -> Iterator[str]:
        pairs = [
            f"{given} {family}"
            for givens, families in GROUPS
            for given in givens
            for family in families
        ]
        self._chance.shuffle(pairs)
        # The unusual ones stand among the others, the first of them where every list begins.
        for number, name in enumerate(SPECIAL):
            pairs.insert(7 + number * 31, name)
        return iter(pairs)

    def _past(self, *, days: int) -> datetime:
        return self._at - timedelta(minutes=self._chance.randrange(60, days * 24 * 60))

    def _route(
        self, identity: int, index: int, kind: RouteKind, *, preferred: bool
    ) -> dict[str, Any]:
        number = f"{index:04d}"
        value = {
            # 07700 900000–999 and 01632 960000–999 are kept free for drama by Ofcom.
            RouteKind.EMAIL: f"person{number}@{HOST}",
            RouteKind.MOBILE: f"+447700900{index % 1000:03d}",
            RouteKind.LANDLINE: f"+441632960{index % 1000:03d}",
            RouteKind.LETTER: f"{index + 1} Quay Lane, Seaford",
            RouteKind.THROUGH_PERSON: f"Through their sister, 01632 960{index % 1000:03d}",
        }[kind]
        return {
            "person_id": identity,
            "kind": kind,
            "value": value,
            "safe_to_leave_message": kind is not RouteKind.LANDLINE or index % 2 == 0,
            "preferred": preferred,
            "consent_at": self._past(days=300),
            "created_at": self._past(days=300),
        }


_OTHER_ROUTES = (
    RouteKind.MOBILE,
    RouteKind.LANDLINE,
    RouteKind.LETTER,
    RouteKind.THROUGH_PERSON,
)


def contributors(people: DemoPeople) -> tuple[int, ...]:
    """The students who also give their time to design and improve courses."""
    return people.students[PEERS : PEERS + CONTRIBUTORS]


def first_of_each_role(people: DemoPeople) -> dict[str, int]:
    """Who the published sign-ins belong to: a person's id by role."""
    return {
        "student": people.students[PEERS + CONTRIBUTORS],
        "contributor": contributors(people)[0],
        "facilitator": people.peers[0],
        **{role: ids[0] for role, ids in people.officers.items()},
    }


def _make_sign_ins(session: Session, with_login: Mapping[str, int]) -> None:
    """A login for the first person of each role; one hash for all, which is what takes time."""
    password_hash = hash_password(PASSWORD)
    for sign_in in demo_sign_ins():
        create_login(
            session,
            SYSTEM,
            session.get_one(Person, with_login[sign_in.role]),
            email=sign_in.email,
            password_hash=password_hash,
            confirmed=True,
        )


def _insert(session: Session, model: type, rows: Sequence[dict[str, Any]]) -> list[int]:
    table = cast(sa.Table, model.__table__)  # type: ignore[attr-defined]  # every model has one
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, rows))
