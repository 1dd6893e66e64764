"""Who is next: what has lapsed is taken back, and what is free is handed on. Invariants 2 and 3.

The list is walked in its order. Who fits is offered a place. Who does not fit may be overtaken by the
next who does; that is counted and recorded, and after some times free places are kept for a while for
the first who was overtaken. Whoever joined after an offer was made overtakes nobody until it is settled.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import Offer, OfferState, TakesPart, WaitState
from portal.enrolment.services import ledger as ledgers
from portal.enrolment.services import rules, seating, telling, waiting_help
from portal.enrolment.services.ledger import Ledger, Line
from portal.enrolment.services.room import Room, count, left
from portal.plugin_api import SYSTEM, publish
from portal.plugin_api.events import OfferMade

Ahead = list[tuple[Line, Room]]


def opened(session: Session, run_id: int, at: datetime) -> Ledger:
    """A run's ledger at an instant, under its lock: what has lapsed is handed on already.

    That stands whatever becomes of the wish it was opened for, so the lists' numbers are kept at once.

    Raises:
        NoSuchPlaceError: there is no such run.
    """
    ledger = ledgers.locked(session, run_id, at)
    ended = lapse(ledger) + part(ledger) if ledger.has_offers else 0
    made = hand_on(ledger) if ended or ledger.free.total > 0 else []
    if ended or made:
        close(ledger)
    return ledger


def close(ledger: Ledger) -> None:
    """Everything has been decided: ask for help where it is needed, and keep what lists say of the run."""
    ledger.flush()
    waiting_help.ask_for(ledger)
    ledger.keep_numbers(places_free(ledger))


def places_free(ledger: Ledger) -> int | None:
    """How many people who ask now, one by one and however they take part, would be given a place.

    Rooms, leaders and caps are counted, and what the waiting list is owed. None while the run takes
    nobody at all.
    """
    if not ledger.run.takes_people:
        return None
    free = ledger.free
    if free.total <= 0 or not may_offer(ledger):
        return 0
    ahead = blocked(ledger)
    return _given_past(ledger, free, ahead) if ahead else free.one_by_one


def lapse(ledger: Ledger) -> int:
    """Take back the places of offers that are over at the ledger's instant; how many offers.

    A session that was moved forward or cancelled ends offers earlier than they were made for.
    """
    over = []
    for line in ledger.lines:
        offer = line.offer
        if offer is None:
            continue
        begun = offer.clock_starts_at or offer.made_at
        latest = rules.next_start(ledger.run, begun)
        if latest is not None and latest < offer.expires_at:
            offer.expires_at = latest
        if latest is None or offer.expires_at <= ledger.at:
            over.append(line)
    for line in over:
        end_unanswered(ledger, line)
    return len(over)


def part(ledger: Ledger) -> int:
    """Take back offers of people who by now must not share the group; how many. They wait on, and
    `waiting_help` finds another way for them.
    """
    parted = [
        line
        for line in ledger.lines
        if line.offer is not None and ledger.is_kept_apart(line.people)
    ]
    for line in parted:
        if line.offer is not None:
            record(ledger.session, SYSTEM, "enrolment:offer:withdrawn", ("offer", line.offer.id))
        ledger.take_back_offer(line, OfferState.WITHDRAWN)
    return len(parted)


def end_unanswered(ledger: Ledger, line: Line) -> None:
    """An offer ends without an answer. Who was never reached keeps their place, and lets this one pass; who
    had no time to answer keeps it too.
    """
    if line.offer is None:
        return
    offer, begun = line.offer, line.offer.clock_starts_at
    if begun is None or rules.was_too_short(ledger.session, ledger.run, begun, offer.expires_at):
        ledger.take_back_offer(line, OfferState.UNREACHED)
        line.entry.resting = begun is None
        record(ledger.session, SYSTEM, "enrolment:offer:unreached", ("offer", offer.id))
        return
    ledger.end_offer(line, OfferState.LAPSED)
    record(ledger.session, SYSTEM, "enrolment:offer:lapsed", ("offer", offer.id))
    end_wait(ledger, line, WaitState.EXPIRED, "lapsed")
    ledger.wake()
    telling.offer_lapsed(ledger.session, line.entry.person_id, offer)


def end_wait(ledger: Ledger, line: Line, state: WaitState, why: str = "") -> None:
    """A line leaves the list without a place; whoever would have come along hears that too."""
    ledger.end_line(line, state, why)
    for body in line.bodies:
        if body.person_id is not None and body.person_id != line.entry.person_id:
            telling.wait_along_is_over(ledger.session, body.person_id, body.id, ledger.run.id)


def is_too_late(ledger: Ledger) -> bool:
    """True once nobody new can begin: the last session has begun, or the first that everybody needs."""
    run = ledger.run
    return run.takes_people and bool(run.sessions) and rules.next_start(run, ledger.at) is None


def hand_on(ledger: Ledger) -> list[Offer]:
    """Offer what is free to those who wait, in their order. Returns the offers made."""
    if not may_offer(ledger):
        return []
    made: list[Offer] = []
    ahead: Ahead = []
    for line in ledger.waiting():
        _end_hold(ledger, line)
        if ledger.is_unsettled(line.people):
            continue
        need = ledger.need(line.bodies)
        if not need.total:  # all of them came to a place in another way
            seating.take_line(ledger, line)
            continue
        if not _may_come(ledger, line, need):
            continue
        if ledger.free.fits(need) and may_pass(ledger, need, ahead, entry_id=line.entry.id):
            made.append(_offer(ledger, line))
        else:
            ahead.append((line, need))
    _begin_hold(ledger, ahead)
    return made


def settle(ledger: Ledger) -> None:
    """Whoever waits for what they all have by now, having come to it in another way, waits no more."""
    for line in ledger.waiting():
        if not ledger.need(line.bodies).total and not ledger.is_unsettled(line.people):
            seating.take_line(ledger, line)


def freed(ledger: Ledger) -> list[Offer]:
    """Hand on after a place became free, or more were made. Returns the offers made."""
    ledger.wake()
    return hand_on(ledger)


def may_offer(ledger: Ledger) -> bool:
    """True while the run takes people and has a session to come that an offer could end with."""
    return ledger.run.takes_people and rules.next_start(ledger.run, ledger.at) is not None


def blocked(ledger: Ledger) -> Ahead:
    """Those who wait for want of places, after everything free was handed on: all newcomers' elders."""
    found = (
        (line, ledger.need(line.bodies))
        for line in ledger.waiting()
        if not ledger.is_unsettled(line.people)
    )
    return [(line, need) for line, need in found if _may_come(ledger, line, need)]


def _may_come(ledger: Ledger, line: Line, need: Room) -> bool:
    """False while more places would not help: nothing is kept for those whom the group has no room for."""
    return not (
        line.entry.resting
        or ledger.is_kept_apart(line.people)
        or ledger.is_away(line.entry.person_id)
        or not ledger.limits.fits(need)
    )


def may_pass(ledger: Ledger, need: Room, ahead: Ahead, *, entry_id: int | None) -> bool:
    """Whether somebody who fits may be given a place although others wait longer; counts the skips.

    `entry_id` None is somebody who is not in the list: they came after everybody.
    """
    free = ledger.free
    overtaken = [line for line, wanted in ahead if free.takes_from(need, wanted)]
    if not overtaken:
        return True
    if _came_after_an_offer(ledger, entry_id) or _is_held(ledger, overtaken[0]):
        return False
    for line in overtaken:
        line.entry.skips += 1
        record(
            ledger.session,
            SYSTEM,
            "enrolment:list:skipped",
            ("wait_entry", line.entry.id),
            details={"skips": line.entry.skips},
        )
    return True


def _given_past(ledger: Ledger, free: Room, ahead: Ahead) -> int:
    """How many newcomers would be given places past those who wait: `may_pass`, only thought through."""
    session = ledger.session
    keeps = rules.number(session, rules.HOLD_HOURS) > 0
    most = rules.number(session, rules.SKIPS)
    skips = {line.entry.id: line.entry.skips for line, _ in ahead}
    after_an_offer = _came_after_an_offer(ledger, None)
    given = 0
    while True:
        choices = []
        for need in (count([mode]) for mode in TakesPart):
            passed = [line.entry for line, wanted in ahead if free.takes_from(need, wanted)]
            kept = passed and (
                after_an_offer
                or passed[0].hold_until is not None
                or (keeps and skips[passed[0].id] >= most)
            )
            if free.fits(need) and not kept:
                choices.append((len(passed), need, passed))
        if not choices:
            return given
        _, need, passed = min(choices, key=lambda choice: choice[0])
        free, given = left(free, need), given + 1
        for entry in passed:
            skips[entry.id] += 1


def _came_after_an_offer(ledger: Ledger, entry_id: int | None) -> bool:
    if not ledger.has_offers:
        return False
    offers = (line.offer for line in ledger.lines if line.offer is not None)
    return any(entry_id is None or offer.last_entry_id < entry_id for offer in offers)


def _is_held(ledger: Ledger, line: Line) -> bool:
    """True while free places are kept for this line; begins to keep them when it is time."""
    if line.entry.hold_until is not None:
        return line.entry.hold_until > ledger.at
    if line.entry.skips < rules.number(ledger.session, rules.SKIPS):
        return False
    line.entry.hold_until = rules.hold_ends(ledger.session, ledger.at)
    return line.entry.hold_until > ledger.at


def _begin_hold(ledger: Ledger, ahead: Ahead) -> None:
    """The time for which places are kept begins when one is free, not when somebody else asks for it."""
    if ahead and ledger.free.short_of(ahead[0][1]):
        _is_held(ledger, ahead[0][0])


def _end_hold(ledger: Ledger, line: Line) -> None:
    """What was kept long enough is for everybody again, and skips are counted anew."""
    if line.entry.hold_until is not None and line.entry.hold_until <= ledger.at:
        line.entry.hold_until, line.entry.skips = None, 0


def _offer(ledger: Ledger, line: Line) -> Offer:
    """Hold places for a line until its answer is due."""
    session, entry = ledger.session, line.entry
    told = entry.person_id is not None and telling.reaches_by_itself(session, entry.person_id)
    ends = rules.offer_ends if told else rules.contact_ends
    offer = Offer(
        entry_id=entry.id,
        run_id=ledger.run.id,
        made_at=ledger.at,
        clock_starts_at=ledger.at if told else None,
        expires_at=ends(session, ledger.run, ledger.at),
        last_entry_id=max(one.entry.id for one in ledger.lines),
    )
    session.add(offer)
    entry.state, entry.hold_until = WaitState.OFFERED, None
    entry.offered_at = entry.offered_at or ledger.at
    for body in line.bodies:
        if ledger.seat_of(body.person_id) is None:
            ledger.seat(body.mode, body.person_id, enrolment_id=None, body_id=body.id)
    ledger.flush()
    line.offer = offer
    publish(session, OfferMade(run_id=ledger.run.id, entry_id=entry.id, offer_id=offer.id))
    telling.offer_made(session, entry.person_id, offer)
    return offer
