"""Whether somebody can be paid into an account now, or what is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Wait(StrEnum):
    """What is waited for before money goes into an account."""

    DETAILS = "details"
    CONFIRM = "confirm"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Details:
    """What holds of somebody's bank details: which version, when it was given, when it was confirmed over a
    contact route, when its person last said that it is right.
    """

    id: int
    version: int
    given_at: datetime
    confirmed_at: datetime | None = None
    said_right_at: datetime | None = None


def waits_for(details: Details | None, came_back_at: datetime | None = None) -> Wait | None:
    """What stands in the way of a payment; None where nothing does.

    Whatever replaces other details is confirmed over a contact route first. When the last payment of the same
    thing came back, its person looks at their details again.
    """
    if details is None:
        return Wait.DETAILS
    if details.version > 1 and details.confirmed_at is None:
        return Wait.CONFIRM
    looked = max(details.given_at, details.said_right_at or details.given_at)
    if came_back_at is not None and looked <= came_back_at:
        return Wait.AGAIN
    return None
