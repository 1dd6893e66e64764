"""No list ends in silence: each has pages, and they hold each thing once, in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import Activity, Credit
from plugins.claims.queries import adjusting, advances, claims, hours, pages
from plugins.claims.queries import offers as offered
from plugins.claims.queries.pages import one_page
from plugins.claims.queries.support import supported_by
from plugins.claims.services import adjusting as putting_right
from plugins.claims.services import advances as asking
from plugins.claims.services import beginning, support
from plugins.claims.services.advances import Wish
from plugins.claims.services.hours import use_or_adjust
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from plugins.claims.tests.making import YES, less, taxi
from plugins.claims.tests.making_offers import Offers, charity
from plugins.claims.tests.making_paying import Paying
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]
MANY, SIZE = 5, 2
Read = Callable[[str], tuple[Any, str]]


class Lists:
    """Each list with five things in it, and how it is read."""

    def __init__(self, session: Session, offers: Offers, actor: Actor) -> None:
        self.session, self.offers, self.actor = session, offers, actor
        self.paying = Paying(session)
        self.sam = self.paying.person()

    def recognition(self) -> Read:
        for number in range(MANY):
            self.offers.done(self.sam, charity(f"Charity {number}"))
        return lambda after: offered.to_give(self.session, after)

    def offers_of_mine(self) -> Read:
        for _number in range(MANY):
            self.offers.offer(self.actor)
        return lambda after: offered.mine(self.session, self.actor.person_id or 0, after)

    def activities(self) -> Read:
        for number in range(MANY):
            self.offers.activity(today() + timedelta(days=number % 2))
        return lambda after: offered.activities(self.session, after)

    def to_close(self) -> Read:
        for number in range(MANY):
            made = self.offers.offer(self.sam)
            done = self.session.get_one(Activity, made.activity_id)
            done.day = today() - timedelta(days=1 + number % 2)
        self.session.flush()
        return lambda after: offered.to_close(self.session, today(), after)

    def asked_ahead(self) -> Read:
        for number in range(MANY):
            self._ahead(number)
        return lambda after: advances.asked(self.session, after)

    def not_accounted_for(self) -> Read:
        decider = self.paying.person("Decider")
        for number in range(MANY):
            asking.decide(self.session, decider, self._ahead(number), YES)
        return lambda after: advances.not_accounted_for(self.session, after)

    def _ahead(self, number: int) -> int:
        wish = Wish("York", today() + timedelta(days=3 + number % 2), 500)
        return asking.ask(self.session, self.sam, wish).id

    def hours(self) -> Read:
        giver, mine = self.paying.person("Giver"), self.actor.person_id or 0
        for number in range(MANY):
            key = f"key{number}"
            use_or_adjust(self.session, giver, mine, Credit.ADJUSTED, 60, "For June", key=key)
        return lambda after: hours.hours_of(self.session, mine, after)

    def written(self) -> Read:
        code = support.offer(self.session, self.sam, paid=False)
        support.take_up(self.session, self.actor, code)
        (held,) = supported_by(self.session, self.actor.person_id or 0)
        for _number in range(MANY):
            beginning.begin_for(self.session, self.actor, held.id, "A meeting")
        return lambda after: claims.written_for_others(
            self.session, self.actor.person_id or 0, after
        )

    def to_put_right(self) -> Read:
        by = self.paying.person("Proposer")
        for _number in range(MANY):
            claim = self.paying.decided(self.sam, taxi(500), said=less(300))
            line = lines_of(self.session, claim.id)[0].id
            putting_right.propose(self.session, by, claim.id, line, 100, "It was more")
        return lambda after: adjusting.waiting_page(self.session, after)


# Each list, its page, and the name of its place there.
PAGES = {
    "recognition": ("/claims/recognition", "after"),
    "offers_of_mine": ("/claims/offers", "after"),
    "activities": ("/claims/activities", "after"),
    "to_close": ("/claims/activities", "waiting"),
    "asked_ahead": ("/claims/desk/ahead", "asked"),
    "not_accounted_for": ("/claims/desk/ahead", "after"),
    "hours": ("/claims/offers/hours", "after"),
    "written": ("/claims/helping", "after"),
    "to_put_right": ("/claims/adjustments", "after"),
}


@pytest.mark.parametrize("name", PAGES)
def test_each_list_has_pages(
    session: Session,
    offers: Offers,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    client = sign_in("coordinator", "treasurer")
    actor = Actor(client.person_id, "Actor")  # type: ignore[attr-defined]
    read: Read = getattr(Lists(session, offers, actor), name)()
    whole, more = read("")
    assert (len(whole), more) == (MANY, "")
    monkeypatch.setattr(pages, "A_PAGE", SIZE)
    found: list[Any] = []
    sizes: list[int] = []
    after = ""
    while not sizes or after:
        part, after = read(after)
        found += part
        sizes.append(len(part))
    assert (found, sizes) == (list(whole), [2, 2, 1])
    assert read("no place") == read("")

    address, place = PAGES[name]
    second = read("")[1]
    session.commit()
    assert f"?{place}=" in client.get(address).text
    assert "From the beginning" in client.get(address, query_string={place: second}).text


def test_a_place_that_is_none_is_where_a_list_begins(session: Session, offers: Offers) -> None:
    offers.activity()
    key, wanted = (Activity.day, Activity.id), sa.select(Activity)
    for after in ("~", "2026-13-01~1", "2026-01-01~x", "2026-01-01~99999999999", "x" * 500):
        found, more = one_page(session, wanted, key, after)
        assert (len(found), more) == (1, "")
