"""Places: asking for one, giving it up, waiting, being offered one. The only code that changes seats.

Each function locks the run's row before it reads, then lapses what is over, hands on what is free, acts,
and hands on again; the caller's transaction makes it one act. `at` is the instant it happens at: no
clock is read, and no stored state is trusted about time. Whether the actor may is for the caller to ask.
"""

from portal.enrolment.services.seats.answering import accept, decline, log_contact, stop_clock
from portal.enrolment.services.seats.asking import book, book_at_once
from portal.enrolment.services.seats.changing import change_mode, refresh
from portal.enrolment.services.seats.keeping import keep_next
from portal.enrolment.services.seats.leaving import (
    end_run,
    leave_parties,
    leave_waiting,
    release,
    withdraw,
)

__all__ = [
    "accept",
    "book",
    "book_at_once",
    "change_mode",
    "decline",
    "end_run",
    "keep_next",
    "leave_parties",
    "leave_waiting",
    "log_contact",
    "refresh",
    "release",
    "stop_clock",
    "withdraw",
]
