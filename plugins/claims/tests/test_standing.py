"""Whether approvals still stand, by the pure rule: against a count by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from plugins.claims.money.readiness import Details
from plugins.claims.money.separation import Again, Yes
from plugins.claims.money.standing import standing
from plugins.claims.tests.test_money import cases

PEOPLE, MOMENTS = st.integers(1, 4), st.integers(0, 6)
AGAIN = st.builds(Again, PEOPLE, st.sampled_from([1, 2]), st.sampled_from([None, 8, 9]))


@cases
@given(
    said=st.lists(st.tuples(PEOPLE, MOMENTS), min_size=1, max_size=4),
    once=st.lists(AGAIN, max_size=4),
    parts=st.sets(PEOPLE),
    given_at=st.none() | MOMENTS,
    version=st.integers(1, 2),
    needed=st.integers(1, 2),
)
def test_the_rule_is_a_count_of_those_who_still_stand(
    said: list[tuple[int, int]],
    once: list[Again],
    parts: set[int],
    given_at: int | None,
    version: int,
    needed: int,
) -> None:
    """A yes counts whose person has no part, and that is newer than what changed."""
    details = None if given_at is None else Details(9, version, _at(given_at))
    found = standing([Yes(who, _at(when)) for who, when in said], once, parts, details, 1)
    changed_at = given_at if given_at is not None and version > 1 else -1

    good = [who for who, when in said if who not in parts and when > changed_at]
    new = [
        one.person
        for one in once
        if one.person not in parts and one.pence == 1 and (changed_at < 0 or one.detail_id == 9)
    ]
    stands = len(good) == len(said) or bool(new and len({*good, *new}) >= needed)
    assert (found.missing(needed) == 0) is stands
    assert set(found.by) == {*good, *new}


def _at(hour: int) -> datetime:
    return datetime(2026, 6, 1, hour, tzinfo=UTC)
