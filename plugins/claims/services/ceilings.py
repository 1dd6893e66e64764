"""The sum in a week before which somebody is warned: kept sealed, read for them alone."""

from __future__ import annotations

from sqlalchemy.orm import Session

from plugins.claims.models import Ceiling
from portal.plugin_api import Actor, seal


def keep_ceiling(session: Session, actor: Actor, pence: int | None) -> None:
    """Keep the actor's own, or let it go for good (None). Nothing is put on record: that would tell of it.

    Raises:
        VaultError: the college has no key.
        ValueError: nobody acts.
    """
    if actor.person_id is None:
        raise ValueError("a ceiling is somebody's own")
    row = session.get(Ceiling, actor.person_id, with_for_update=True)
    if pence is None:
        if row is not None:
            session.delete(row)
    else:
        sealed = seal(session, Ceiling.pence, actor.person_id, str(pence))
        if row is None:
            session.add(Ceiling(person_id=actor.person_id, pence=sealed))
        else:
            row.pence = sealed
    session.flush()
