"""The rules of a proposal's life, without a database: examples, histories, and faults that they must find."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from plugins.proposals import states
from plugins.proposals.states import (
    GROUPS,
    Group,
    Perspective,
    Proposal,
    RefusedError,
    Rules,
    Stage,
    Why,
    reviewing,
    steps,
)
from plugins.proposals.tests.histories import Histories
from plugins.proposals.tests.worlds import NOON

SOAK = os.environ.get("SOAK") == "1"
RULES = Rules(criteria=("why",))
LIVED, LEARNER, PROFESSIONAL, SUBJECT = Perspective


def made_by(*parts: Perspective, stage: Stage = Stage.DRAFTING, key: int = 1) -> Proposal:
    """By people 11, 12 … with these perspectives, whose parts have the same numbers; 21, 22 … for key 2."""
    made = Proposal(key)
    for n, perspective in enumerate(parts, key * 10 + 1):
        made = states.join(made, n, n, perspective, agreed=True)
    return replace(made, stage=stage)


def reviewed(*said: tuple[Perspective, int]) -> Proposal:
    """In review, with these bands by people 101, 102 …"""
    made = made_by(LIVED, SUBJECT, stage=Stage.REVIEW)
    for n, (perspective, band) in enumerate(said, 101):
        made = states.declare(made, n)
        made = states.review(made, n, n, perspective, {"why": band}, rules=RULES)
    return made


def refusal(do: Callable[[], Any]) -> Why | None:
    try:
        do()
    except RefusedError as error:
        return error.why
    return None


def decide(proposal: Proposal, outcome: Stage = Stage.ADOPTED, person: int = 200) -> Proposal:
    words: dict[str, Any] = {"reasons": {"why": "No room"}, "change": "A room", "contact": "Alex"}
    return states.decide(proposal, person, outcome, rules=RULES, **words)


# The examples


def test_example_medians_three_and_one_and_a_half_begin_a_conversation() -> None:
    made = reviewed((LIVED, 3), (LIVED, 3), (PROFESSIONAL, 1), (PROFESSIONAL, 2))

    found = states.verdict(made, RULES)

    assert found.gaps == {"why": (3.0, 1.5)}
    assert found.apart == ("why",)
    assert refusal(lambda: decide(made)) is Why.APART
    assert refusal(lambda: decide(made, Stage.NOT_NOW)) is Why.APART
    assert states.converse(made, RULES).stage is Stage.CONVERSATION


def test_example_the_lead_leaves_and_two_can_withdraw_it_together() -> None:
    made = made_by(LIVED, SUBJECT, LEARNER)

    made = states.leave(made, 11, at=NOON, rules=RULES)
    assert (made.stage, len(made.active)) == (Stage.DRAFTING, 2)
    made = states.agree_to_withdraw(made, 12)
    assert made.stage is Stage.DRAFTING
    made = states.agree_to_withdraw(made, 13)
    assert (made.stage, len(made.contributors)) == (Stage.WITHDRAWN, 3)


def test_example_four_yes_and_one_silent_is_no_merge() -> None:
    two, three = made_by(LIVED, SUBJECT), made_by(LIVED, SUBJECT, LEARNER, key=2)
    asked = states.ask_to_merge(1, two, three, {}, at=NOON)
    for key in (11, 12, 21, 22):
        asked = states.agree_to_merge(asked, two, three, key, at=NOON, rules=RULES)
    late = NOON + timedelta(days=28)

    def merged() -> Any:
        return states.merge(asked, two, three, {}, {}, at=NOON, rules=RULES)

    assert not states.is_agreed(asked, two, three)
    assert refusal(merged) is Why.CONSENT
    assert asked.is_over(late, RULES)
    assert not asked.is_over(late - timedelta(seconds=1), RULES)
    answer = lambda: states.agree_to_merge(asked, two, three, 23, at=late, rules=RULES)  # noqa: E731
    assert refusal(answer) is Why.STAGE


def test_example_erased_contributor_still_counts() -> None:
    made = states.erase(made_by(LIVED, SUBJECT, LEARNER, LIVED), 13, at=NOON, rules=RULES)

    assert len(made.contributors) == 4
    assert [one.person_id for one in made.contributors] == [11, 12, None, 14]


# Each rule by itself


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        ((LIVED, SUBJECT), set()),
        ((LIVED, PROFESSIONAL), set()),
        ((LIVED, LIVED), {Group.KNOWLEDGE}),
        ((LEARNER, SUBJECT), {Group.EXPERIENCE}),
        ((LEARNER,), {Group.EXPERIENCE, Group.KNOWLEDGE}),
    ],
)
def test_drafting_ends_with_lived_and_professional_or_subject_experience(
    parts: tuple[Perspective, ...], missing: set[Group]
) -> None:
    made = made_by(*parts)

    assert steps.missing_perspectives(made) == missing
    expected = Why.PERSPECTIVES if missing else None
    assert refusal(lambda: states.take_step(made, 11)) is expected


def test_review_of_an_older_version_counts_again_once_confirmed() -> None:
    made = reviewed((LIVED, 2), (LEARNER, 2), (SUBJECT, 2), (PROFESSIONAL, 2))
    made = states.revise(made, 11)
    assert states.verdict(made, RULES).missing == {Group.EXPERIENCE: 2, Group.KNOWLEDGE: 2}
    assert refusal(lambda: decide(made)) is Why.REVIEWS
    for person in (101, 102, 103, 104):
        made = states.confirm(made, person)
    assert decide(made).stage is Stage.ADOPTED


def test_college_cannot_do_without_a_group() -> None:
    made = reviewed((LIVED, 2), (LEARNER, 2))
    none = replace(RULES, reviews=0)

    assert states.verdict(made, none).missing == {Group.EXPERIENCE: 0, Group.KNOWLEDGE: 1}


def test_reviewer_who_joins_no_longer_counts_and_is_kept() -> None:
    made = reviewed((LIVED, 2), (LEARNER, 2))
    made = states.join(made, 99, 101, LIVED, agreed=True)

    assert [one.voided for one in made.reviews] == [True, False]
    assert refusal(lambda: states.declare(made, 101)) is Why.CONTRIBUTOR


def test_text_opens_after_interests_are_declared() -> None:
    made = made_by(LIVED, SUBJECT, stage=Stage.REVIEW)

    early = lambda: states.review(made, 1, 101, LIVED, {"why": 1}, rules=RULES)  # noqa: E731
    assert refusal(early) is Why.UNDECLARED


def test_appeal_goes_to_different_people() -> None:
    made = reviewed((LIVED, 0), (LEARNER, 0), (SUBJECT, 0), (PROFESSIONAL, 0))
    made = states.appeal(decide(made, Stage.NOT_NOW), 11)

    assert made.stage is Stage.REVIEW
    assert len(made.reviews) == 4
    assert refusal(lambda: states.declare(made, 101)) is Why.SAME_PEOPLE
    assert refusal(lambda: states.declare(made, 200)) is Why.SAME_PEOPLE
    assert 300 in states.declare(made, 300).declared


@pytest.mark.parametrize("left_out", ["reasons", "change", "contact"])
def test_not_now_says_why_what_would_change_it_and_whom_to_ask(left_out: str) -> None:
    made = reviewed((LIVED, 1), (LEARNER, 1), (SUBJECT, 1), (PROFESSIONAL, 1))
    words: dict[str, Any] = {"reasons": {"why": "x"}, "change": "y", "contact": "z"}
    words[left_out] = {} if left_out == "reasons" else " "

    without = lambda: states.decide(made, 200, Stage.NOT_NOW, rules=RULES, **words)  # noqa: E731
    assert refusal(without) is Why.REASONS


def test_not_now_is_written_again_and_looked_at_anew() -> None:
    made = decide(
        reviewed((LIVED, 1), (LEARNER, 1), (SUBJECT, 1), (PROFESSIONAL, 1)), Stage.NOT_NOW
    )
    again = states.write_again(made, 11)

    assert (again.stage, again.version) == (Stage.DRAFTING, made.version + 1)
    assert states.verdict(again, RULES).missing == {Group.EXPERIENCE: 2, Group.KNOWLEDGE: 2}
    assert len(again.reviews) == 4
    assert refusal(lambda: states.write_again(again, 11)) is Why.STAGE
    assert refusal(lambda: states.write_again(made, 99)) is Why.NOT_HERE


def test_last_one_leaving_looks_for_a_steward_for_28_days() -> None:
    made = states.leave(made_by(LIVED), 11, at=NOON, rules=RULES)
    assert made.stage is Stage.STEWARD
    almost = NOON + timedelta(days=28, seconds=-1)
    assert states.steward_over(made, at=almost) == made
    found = states.join(made, 12, 12, SUBJECT, agreed=True)
    assert (found.stage, found.back_to) == (Stage.DRAFTING, None)
    late = states.steward_over(made, at=NOON + timedelta(days=28))
    assert (late.stage, late.back_to, len(late.contributors)) == (Stage.PAUSED, Stage.DRAFTING, 1)


def test_merge_goes_round_in_no_circle() -> None:
    one, two = made_by(LIVED), made_by(LIVED, key=2)

    assert refusal(lambda: states.ask_to_merge(1, one, two, {2: 1}, at=NOON)) is Why.CYCLE
    assert refusal(lambda: states.ask_to_merge(1, one, two, {2: 3, 3: 1}, at=NOON)) is Why.CYCLE
    assert refusal(lambda: states.ask_to_merge(1, one, one, {}, at=NOON)) is Why.SELF


def test_a_yes_to_ending_an_idea_ends_none_that_another_went_into() -> None:
    """Eleven makes both, and agreed to end the one before the other went into it."""
    made = states.agree_to_withdraw(made_by(LIVED, SUBJECT), 11)
    other = replace(made_by(LEARNER, key=2), contributors=(replace(made.contributors[0], id=21),))
    asked = states.ask_to_merge(2, other, made, {}, at=NOON)
    for key in (21, 11, 12):
        asked = states.agree_to_merge(asked, other, made, key, at=NOON, rules=RULES)
    _source, target = states.merge(asked, other, made, {}, {}, at=NOON, rules=RULES)

    assert states.agree_to_withdraw(target, 12).stage is Stage.DRAFTING


def test_course_goes_round_to_its_next_version() -> None:
    made = replace(made_by(LIVED), stage=Stage.ADOPTED)
    for stage in (Stage.DELIVERY, Stage.EVALUATION, Stage.IMPROVEMENT, Stage.DRAFTING):
        made = states.advance(made, stage)

    assert (made.stage, made.version) == (Stage.DRAFTING, 2)


def test_every_perspective_is_in_a_group() -> None:
    assert set(GROUPS) == set(Perspective)


# Histories


def run(machine: type[Histories], examples: int, **options: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            **options,
        ),
    )


@pytest.mark.soak
def test_no_history_breaks_a_rule() -> None:
    run(Histories, 10_000 if SOAK else 200)


def dropped(proposal: Proposal, key: int, **said: Any) -> Proposal:
    others = tuple(one for one in proposal.contributors if one.id != key)
    return replace(steps.leave(proposal, key, **said), contributors=others)


def easy(proposal: Proposal, rules: Rules) -> states.Verdict:
    found = VERDICT(proposal, rules)
    return replace(found, missing=dict.fromkeys(Group, 0))


def alike(proposal: Proposal, rules: Rules) -> states.Verdict:
    return replace(VERDICT(proposal, rules), apart=())


def costly(proposal: Proposal, key: int) -> Proposal:
    return replace(steps.resume(proposal, key), reviews=())


def hasty(proposal: Proposal, key: int) -> Proposal:
    ending = steps.agree_to_withdraw(proposal, key)
    return replace(ending, stage=Stage.WITHDRAWN)


def lasting(proposal: Proposal, key: int) -> Proposal:
    return replace(steps.write_again(proposal, key), version=proposal.version)


def deaf(proposal: Proposal, key: int, person: int, how: Perspective, **said: Any) -> Proposal:
    """Joined, and what they reviewed counts on."""
    return replace(steps.join(proposal, key, person, how, **said), reviews=proposal.reviews)


VERDICT = reviewing.verdict
FAULTS: dict[str, tuple[object, str, Any]] = {
    "a contributor is dropped": (states, "leave", dropped),
    "one side is enough": (reviewing, "verdict", easy),
    "the groups are not compared": (reviewing, "verdict", alike),
    "an older version counts": (reviewing, "counts", lambda _proposal, one: not one.voided),
    "a silent yes": (states, "is_agreed", lambda asked, *_two: len(asked.yes) > 1),
    "a pause costs the reviews": (states, "resume", costly),
    "one alone withdraws": (states, "agree_to_withdraw", hasty),
    "a text written again keeps its reviews": (states, "write_again", lasting),
    "reviewers who join count": (states, "join", deaf),
    "a yes cannot be taken back": (states, "keep_going", lambda proposal, _key: proposal),
    "contributors review": (reviewing, "_check_outside", lambda *_: None),
    "drafting ends with anybody": (steps, "missing_perspectives", lambda _proposal: frozenset()),
    "nobody is looked for": (steps, "_without_them", lambda proposal, *_: proposal),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_histories_find_a_planted_fault(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, name, wrong = FAULTS[fault]
    monkeypatch.setattr(place, name, wrong)
    if fault == "a silent yes":
        monkeypatch.setattr("plugins.proposals.states.merging.is_agreed", wrong)

    with pytest.raises(AssertionError):
        run(Histories, 1_000, phases=[Phase.generate], derandomize=True)
