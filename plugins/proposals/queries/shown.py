"""What a proposal's page shows, as plain values: see `pages`, which reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from plugins.proposals.models import Answer, CommentKind, RelationState
from plugins.proposals.queries.versions import for_everybody
from plugins.proposals.states import EARLY, WITH_TEXT, Perspective, Stage


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment or suggestion, with its answer."""

    id: int
    kind: CommentKind
    who: str
    words: str
    at: datetime
    version: int
    answer: Answer | None
    thanks: str
    among: bool  # for those who make it alone
    my_name: bool  # it is the reader's, and carries a name


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody who makes it: `who` as they chose; what they bring is for the others who make it."""

    id: int
    who: str
    perspective: Perspective
    since: datetime
    left: bool
    me: bool
    wants_end: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who would like to join."""

    id: int
    who: str
    perspective: Perspective | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Text:
    """One section with what is said about it. `draft`: the reader has words there that are not kept yet."""

    key: str
    words: str
    remarks: Sequence[Remark]
    draft: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of the story."""

    stage: Stage
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, with its reasons by criterion."""

    stage: Stage
    at: datetime
    reasons: Mapping[str, str]
    change: str
    contact: str
    appealed: bool
    appeal: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another proposal that this one is linked to. `here` is true where this one is the one that goes."""

    relation_id: int
    ref: str
    title: str
    state: RelationState
    here: bool
    asked_at: datetime
    mine: bool  # the reader has said yes
    all: bool  # so has everybody: whoever had not has left meanwhile


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal's page."""

    id: int
    ref: str
    title: str
    stage: Stage
    since: datetime
    started_at: datetime
    version: int
    until: date | None
    steward_until: datetime | None
    course_id: int | None
    texts: Sequence[Text]
    parts: Sequence[Part]
    asked: Sequence[Asked]
    asking: bool  # the reader has asked to join
    story: Sequence[Happened]
    decisions: Sequence[Decided]
    others: Sequence[Other]

    @property
    def me(self) -> Part | None:
        """The reader's own part, now or before."""
        return next((one for one in self.parts if one.me), None)

    @property
    def makes_it(self) -> bool:
        """True for whoever takes part now."""
        return self.me is not None and not self.me.left

    @property
    def among(self) -> bool:
        """What the reader says now stays among those who make it."""
        return self.makes_it and self.stage in EARLY

    @property
    def can_comment(self) -> bool:
        """True while the reader may say something about it."""
        return self.stage in WITH_TEXT and (self.makes_it or self.stage not in EARLY)

    @property
    def versions(self) -> frozenset[int]:
        """The numbers of the versions that the reader may read."""
        if self.makes_it:
            return frozenset(range(1, self.version + 1))
        return for_everybody([(one.stage, one.version) for one in self.story], self.version)

    @property
    def here(self) -> Sequence[Part]:
        """Who takes part now."""
        return [one for one in self.parts if not one.left]

    @property
    def waits_for(self) -> Sequence[Remark]:
        """What was said to those who make it, and not answered yet."""
        said = [one for text in self.texts for one in text.remarks if not one.among]
        return [one for one in said if one.answer is None]
