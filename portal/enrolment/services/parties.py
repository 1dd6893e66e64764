"""Who may come together, as far as the request itself says."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from portal.courses.api import RunSeats
from portal.enrolment.models import LONGEST_NAME, Role, TakesPart
from portal.enrolment.services.outcomes import Body, PartyError

LARGEST_PARTY = 6


def check_party(run: RunSeats, most: int, bodies: Sequence[Body]) -> None:
    """Do nothing when these can come together to this run, which has places for `most` people.

    Raises:
        PartyError: why they cannot.
    """
    if not bodies or bodies[0].person_id is None or bodies[0].role is not Role.STUDENT:
        raise PartyError(_l("Say first who wants to learn."))
    if len(bodies) > LARGEST_PARTY:
        raise PartyError(
            _l("At most %(most)d people can come together. Please call us.", most=LARGEST_PARTY)
        )
    known = [body.person_id for body in bodies if body.person_id is not None]
    if len(known) > len(set(known)):
        raise PartyError(_l("The same person is named twice."))
    for body in bodies:
        if body.person_id is None:
            if not 0 < len(body.guest_name.strip()) <= LONGEST_NAME:
                raise PartyError(_l("Say the name of the person you bring."))
            if body.role is Role.STUDENT:
                raise PartyError(_l("Everybody who learns here has a record of their own."))
        possible = run.in_person if body.mode is TakesPart.IN_PERSON else run.online
        if not possible:
            raise PartyError(_l("This course does not take place like that. Choose another way."))
    if 1 < len(bodies) > most:
        raise PartyError(_l("This group has no room for so many together. Please call us."))
