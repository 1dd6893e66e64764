"""What came of asking for a place, and why something was refused.

An outcome is a value, not an error, wherever what was found out must be kept: an offer that is too late
to accept has lapsed, and the next in the list holds the place already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln

from portal.enrolment.models import OfferState, Role, TakesPart
from portal.plugin_api.types import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Somebody for whom a place is asked: a person the college knows, or a guest by name."""

    person_id: int | None = None
    guest_name: str = ""
    role: Role = Role.STUDENT
    mode: TakesPart = TakesPart.IN_PERSON


@dataclass(frozen=True, slots=True)
class Enrolled:
    """They have places; the first is the asking student's. `already`: they had them before."""

    run_id: int
    enrolment_ids: tuple[int, ...]
    already: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """They wait together. `position` 1 is the head of the list. `already`: they waited before."""

    run_id: int
    entry_id: int
    position: int
    already: bool = False


@dataclass(frozen=True, slots=True)
class Full:
    """There is no place for them just now, and they did not ask to wait. `waiting` others do."""

    run_id: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A place has been offered to them and waits for their answer until `expires_at` (UTC)."""

    run_id: int
    entry_id: int
    offer_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TooLate:
    """The offer is over: what became of it. The place is with somebody else, or free again."""

    run_id: int
    became: OfferState


class PlaceRefusedError(Exception):
    """No place can be asked for like this; nothing was changed. `reason` is shown to the person."""

    def __init__(self, reason: Words) -> None:
        super().__init__(str(reason))
        self.reason = reason


class ClosedError(PlaceRefusedError):
    """The run takes nobody: it is not public, over, cancelled, or its last session has begun."""

    def __init__(self) -> None:
        super().__init__(_l("This course has no more dates that you could join."))


class PartyError(PlaceRefusedError):
    """The people asked for do not make a party, or cannot take part like that."""


class TermCapError(PlaceRefusedError):
    """They have as many workshops in this term as the college lets one person have."""

    def __init__(self, cap: int) -> None:
        super().__init__(
            _ln(
                "You have %(num)d workshop this term. That is the most for one person.",
                "You have %(num)d workshops this term. That is the most for one person.",
                cap,
            )
        )
        self.cap = cap


class ModeFullError(PlaceRefusedError):
    """There is no place for taking part in the other way, or somebody waits for it."""

    def __init__(self) -> None:
        super().__init__(
            _l("There is no place like that at the moment. You keep the one you have.")
        )


class BlockedError(PlaceRefusedError):
    """Somebody's places are stopped for a time. Whoever asks may be somebody else, so it says no more."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "This place cannot be taken at the moment. If it is for you, My courses says why, until "
                "when, and what you can do. If it is for somebody else, please call us."
            )
        )


class RefusedError(Exception):
    """A decision cannot be made like this; nothing was changed. `field` is what to mend, or empty."""

    def __init__(self, field: str, reason: Words) -> None:
        super().__init__(str(reason))
        self.field = field
        self.reason = reason


class NoSuchBlockError(LookupError):
    """There is no such block or appeal."""


class NoSuchPlaceError(LookupError):
    """There is no such enrolment, entry or offer."""
