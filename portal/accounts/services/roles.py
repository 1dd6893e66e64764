"""Roles: given for a scope and a time by somebody with a name, and taken back the same way."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import RoleGrant
from portal.accounts.policies import ADMINISTRATOR, GRANTABLE, PRIVILEGED
from portal.accounts.queries import live_holders
from portal.accounts.services.helping import end_help
from portal.audit import api as audit
from portal.db import lock_rows
from portal.plugin_api import COLLEGE, Actor, publish
from portal.plugin_api.events import RoleGranted, RoleRevoked

SCOPE = re.compile(r"college\Z|[a-z][a-z_]*:[1-9][0-9]*\Z")


class RoleError(ValueError):
    """A grant or its end makes no sense. `code` says which rule it breaks."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def grant_role(
    session: Session,
    actor: Actor,
    person_id: int,
    role: str,
    *,
    scope: str = COLLEGE,
    reason: str = "",
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> RoleGrant:
    """Give a role. `scope` is `college` or such as `course:12`; without `valid_to` it has no end.

    With a role over others, a code that was to help the person sign in again is void.

    Raises:
        RoleError: an unknown role or scope, or an end that is not after the start.
    """
    if role not in GRANTABLE:
        raise RoleError("role", f"{role!r} is not a role that can be given")
    if not SCOPE.match(scope):
        raise RoleError("scope", f"{scope!r} is no scope; write college, or such as course:12")
    start = valid_from or clock.now()
    if valid_to is not None and valid_to <= start:
        raise RoleError("valid_to", "the end must be after the start")
    grant = RoleGrant(
        person_id=person_id,
        role=role,
        scope=scope,
        valid_from=start,
        valid_to=valid_to,
        reason=reason.strip(),
        granted_by_id=actor.person_id,
    )
    session.add(grant)
    session.flush()
    if role in PRIVILEGED:
        end_help(session, actor, person_id)
    details = {"grant": grant.id, "role": role, "scope": scope}
    audit.record(
        session,
        actor,
        "accounts:role:grant",
        ("person", person_id),
        reason=grant.reason,
        details=details,
    )
    publish(session, RoleGranted(person_id=person_id, role=role, scope=scope))
    return grant


def revoke_role(session: Session, actor: Actor, grant_id: int, *, reason: str = "") -> RoleGrant:
    """End a grant now: the person's next click is refused.

    Raises:
        RoleError: there is no such grant, it was ended before, or the college would be left
            without anybody who can administer it.
    """
    found = lock_rows(session, RoleGrant, [grant_id])
    if not found:
        raise RoleError("unknown", "there is no such grant")
    grant = found[0]
    if grant.revoked_at is not None:
        raise RoleError("ended", "this grant was ended before")
    now = clock.now()
    grant.revoked_at = now
    grant.revoked_by_id = actor.person_id
    grant.revoked_reason = reason.strip()
    session.flush()
    if grant.role == ADMINISTRATOR and not live_holders(session, ADMINISTRATOR, now):
        raise RoleError("last", "this is the last administrator; give somebody else the role first")
    audit.record(
        session,
        actor,
        "accounts:role:revoke",
        ("person", grant.person_id),
        reason=grant.revoked_reason,
        details={"grant": grant.id, "role": grant.role, "scope": grant.scope},
    )
    publish(session, RoleRevoked(person_id=grant.person_id, role=grant.role, scope=grant.scope))
    return grant
