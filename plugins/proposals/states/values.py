"""What a proposal is made of, as far as its rules go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    """Where a proposal stands."""

    IDEA = "idea"
    DRAFTING = "drafting"
    OPEN = "open"  # for everybody's comments
    REVIEW = "review"
    CONVERSATION = "conversation"
    ADOPTED = "adopted"
    ADOPTED_CHANGED = "adopted_changed"  # with changes
    NOT_NOW = "not_now"
    DELIVERY = "delivery"
    EVALUATION = "evaluation"
    IMPROVEMENT = "improvement"
    RETIRED = "retired"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    STEWARD = "needs_steward"


class Perspective(StrEnum):
    """What somebody brings to this one proposal: said each time, kept on no profile."""

    LIVED = "lived"
    LEARNER = "learner"
    PROFESSIONAL = "professional"
    SUBJECT = "subject"


class Group(StrEnum):
    """The two sides without which nothing is decided."""

    EXPERIENCE = "experience"
    KNOWLEDGE = "knowledge"


GROUPS: Mapping[Perspective, Group] = {
    Perspective.LIVED: Group.EXPERIENCE,
    Perspective.LEARNER: Group.EXPERIENCE,
    Perspective.PROFESSIONAL: Group.KNOWLEDGE,
    Perspective.SUBJECT: Group.KNOWLEDGE,
}
_S = Stage
# On its way to a decision: somebody has to be there for it.
LIVING = frozenset({_S.IDEA, _S.DRAFTING, _S.OPEN, _S.REVIEW, _S.CONVERSATION})
EARLY = frozenset({_S.IDEA, _S.DRAFTING})  # before comments are invited
RESTING = frozenset({_S.PAUSED, _S.STEWARD})
WITH_TEXT = LIVING | {_S.IMPROVEMENT}  # what is written can change
ADOPTED = frozenset({_S.ADOPTED, _S.ADOPTED_CHANGED})
OVER = frozenset({_S.RETIRED, _S.WITHDRAWN, _S.MERGED})


class Why(StrEnum):
    """Why something cannot be done."""

    STAGE = "stage"  # not from where it stands
    NOT_HERE = "not_here"  # only for those who are making it
    CONSENT = "consent"
    JOINED = "joined"  # they are there already
    PERSPECTIVES = "perspectives"  # somebody is missing before drafting can end
    CONTRIBUTOR = "contributor"  # whoever made it neither reviews nor decides
    SAME_PEOPLE = "same_people"  # after an appeal it is for others
    UNDECLARED = "undeclared"
    CRITERIA = "criteria"  # each needs an answer
    CHANGED = "changed"  # the text is another one than they read
    ANSWERED = "answered"  # somebody else has, and said something else
    REVIEWS = "reviews"  # too few of a group
    APART = "apart"  # the groups see it differently
    TOGETHER = "together"  # they do not, so there is nothing to talk over
    REASONS = "reasons"
    CYCLE = "cycle"
    SELF = "self"


class RefusedError(Exception):
    """Nothing was changed, and `why`."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Rules:
    """What a college may set. `reviews` of each group; days of silence."""

    criteria: tuple[str, ...] = ("why", "who", "learning", "access", "needs")
    reviews: int = 2
    silence: timedelta = timedelta(days=28)
    steward: timedelta = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody who makes the proposal, or did. `person_id` is None once their account is erased."""

    id: int
    person_id: int | None
    perspective: Perspective
    left: bool = False

    @property
    def active(self) -> bool:
        """True while they take part."""
        return not self.left and self.person_id is not None


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer said of a version. It counts for the version that they `confirmed` last."""

    id: int
    person_id: int | None
    perspective: Perspective
    confirmed: int
    bands: tuple[tuple[str, int], ...]
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal. `back_to` is where a pause, or the search for a steward, leads back to.

    `declared` holds who said what interests they have, and `deciders` who decided, since the last appeal;
    `earlier` who reviewed or decided before it; `ending` the contributors who agree to withdraw it.
    """

    id: int
    stage: Stage = Stage.IDEA
    version: int = 1
    contributors: tuple[Contributor, ...] = ()
    reviews: tuple[Review, ...] = ()
    declared: frozenset[int] = frozenset()
    deciders: frozenset[int] = frozenset()
    earlier: frozenset[int] = frozenset()
    ending: frozenset[int] = frozenset()
    back_to: Stage | None = None
    steward_until: datetime | None = None

    @property
    def active(self) -> tuple[Contributor, ...]:
        """Who takes part now."""
        return tuple(one for one in self.contributors if one.active)

    def of_person(self, person_id: int | None) -> Contributor | None:
        """Somebody's part in it, now or before."""
        if person_id is None:
            return None
        return next((one for one in self.contributors if one.person_id == person_id), None)

    def is_active(self, contributor_id: int) -> bool:
        """True when this contributor takes part now."""
        return any(one.id == contributor_id for one in self.active)
