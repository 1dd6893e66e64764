"""Two records were made of one person: everything of the one becomes part of the other, in all parts or none.

What is left is an empty record that leads to the other. It counts as nobody, as an erased one does: nothing
is given to it any more. When the person is erased, what the college noted under its number goes too.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import EndReason, Person, WhichLogin
from portal.accounts.policies import ADMINISTRATOR
from portal.accounts.queries import live_holders, login_of
from portal.accounts.services.helping import end_help
from portal.accounts.services.logins import forget_login, new_uniquifier
from portal.accounts.services.people import empty_record
from portal.accounts.services.sessions import end_all_sessions
from portal.audit import api as audit
from portal.messages.api import tell
from portal.plugin_api import Actor, publish
from portal.plugin_api.dispatch import merge_people as give_everything
from portal.plugin_api.events import PeopleMerged

MERGED = "accounts:merged"  # the notice


class MergeError(ValueError):
    """The two cannot become one like that. `code` is "nobody", "login", "last", "waits" or "gone"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def merge_people(
    session: Session,
    actor: Actor,
    kept_id: int,
    gone_id: int,
    *,
    reason: str,
    sign_in: WhichLogin | None = None,
) -> None:
    """Give everything of one record to the other, tell the person, and note by whom and why. Flushed.

    `sign_in` says whose way to sign in stays, and is only asked for where both have one. Whoever is signed in
    as the record that goes is signed out. Who may do it, and that it takes two (`merge_requests`), is for
    the caller to ask.

    Raises:
        MergeError: one of them is nobody (any more), or the same; whose sign-in stays was not said; nobody
            could administer the college any more.
        MergeFailedError, Veto: a part failed, or says no. After any of these the caller rolls back.
    """
    kept, gone = _both(session, kept_id, gone_id)
    had_administrator = bool(live_holders(session, ADMINISTRATOR, clock.now()))
    for person_id in (kept_id, gone_id):
        end_help(session, actor, person_id)  # whoever confirmed it may not be one who may for both
    _settle_logins(session, kept_id, gone_id, sign_in)
    kept.pronouns = kept.pronouns or gone.pronouns
    kept.language = kept.language or gone.language
    kept.paused_at = kept.paused_at or gone.paused_at
    give_everything(session, kept_id, gone_id)
    if had_administrator and not live_holders(session, ADMINISTRATOR, clock.now()):
        raise MergeError("last")
    gone.merged_into_id = kept_id
    empty_record(session, gone)
    for person_id, details in ((kept_id, {"gone": gone_id}), (gone_id, {"kept": kept_id})):
        audit.record(
            session,
            actor,
            "accounts:person:merge",
            ("person", person_id),
            reason=reason,
            details=details,
        )
    publish(session, PeopleMerged(kept_id=kept_id, gone_id=gone_id))
    tell(session, kept_id, MERGED, {"gone": gone_id}, key=f"accounts:merged:{gone_id}")


def _both(session: Session, kept_id: int, gone_id: int) -> tuple[Person, Person]:
    """Both records, with nobody else changing them until the commit. Rows that point at them can still be
    written, as whoever writes them may hold what a merge waits for.
    """
    found = session.scalars(
        sa.select(Person)
        .where(Person.id.in_((kept_id, gone_id)), Person.erased_at.is_(None))
        .order_by(Person.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    by_id = {person.id: person for person in found}
    if len(by_id) < 2:
        raise MergeError("nobody")
    return by_id[kept_id], by_id[gone_id]


def _settle_logins(
    session: Session, kept_id: int, gone_id: int, sign_in: WhichLogin | None
) -> None:
    """One way to sign in is left. Where one of two was closed, what is left is closed."""
    kept, gone = login_of(session, kept_id), login_of(session, gone_id)
    if gone is None:
        return
    if kept is not None:
        if sign_in is None:
            raise MergeError("login")
        stays, goes = (kept, gone) if sign_in is WhichLogin.KEPT else (gone, kept)
        stays.active = stays.active and goes.active
        forget_login(session, goes)
        if stays is kept:
            return
    end_all_sessions(session, gone.id, EndReason.DISABLED)
    gone.fs_uniquifier = new_uniquifier()  # no link that was sent before opens the other record
    session.flush()


def merge_again(session: Session, gone_id: int) -> None:
    """Give what was written for a merged record at the same instant to the one it became part of.

    Does nothing for one that was not merged.

    Raises:
        MergeFailedError, Veto: as `merge_people`.
    """
    person = session.get(Person, gone_id)
    if person is not None and person.merged_into_id is not None:
        give_everything(session, person.merged_into_id, gone_id)


def merged_since(session: Session, since: datetime) -> list[int]:
    """Records that became part of another one after an instant."""
    return list(
        session.scalars(
            sa.select(Person.id)
            .where(Person.merged_into_id.is_not(None), Person.erased_at >= since)
            .order_by(Person.id)
        )
    )
