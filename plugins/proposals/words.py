"""What the plugin's own terms are called on a page, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugins.proposals.models import Credit, SupportKind
from plugins.proposals.states import Group, Perspective, Stage, Why
from portal.plugin_api import Words

STAGES: Mapping[Stage, Words] = {
    Stage.IDEA: _l("Idea"),
    Stage.DRAFTING: _l("Being written"),
    Stage.OPEN: _l("Open for comments"),
    Stage.REVIEW: _l("Being looked at"),
    Stage.CONVERSATION: _l("Being talked over"),
    Stage.ADOPTED: _l("Yes"),
    Stage.ADOPTED_CHANGED: _l("Yes, with changes"),
    Stage.NOT_NOW: _l("Not now"),
    Stage.DELIVERY: _l("Running as a course"),
    Stage.EVALUATION: _l("Asking how it was"),
    Stage.IMPROVEMENT: _l("Being improved"),
    Stage.RETIRED: _l("Came to its end"),
    Stage.PAUSED: _l("Resting"),
    Stage.WITHDRAWN: _l("Withdrawn"),
    Stage.MERGED: _l("Part of another idea"),
    Stage.STEWARD: _l("Looking for somebody"),
}
STATES: Mapping[Stage, str] = {
    Stage.OPEN: "good",
    Stage.REVIEW: "wait",
    Stage.CONVERSATION: "wait",
    Stage.ADOPTED: "good",
    Stage.ADOPTED_CHANGED: "good",
    Stage.DELIVERY: "good",
    Stage.STEWARD: "wait",
    Stage.PAUSED: "quiet",
    Stage.WITHDRAWN: "quiet",
    Stage.MERGED: "quiet",
    Stage.RETIRED: "quiet",
}
# In the list's filter: what people look for, in few words.
SHELVES: Mapping[str, tuple[Words, tuple[Stage, ...]]] = {
    "new": (_l("Ideas and what is being written"), (Stage.IDEA, Stage.DRAFTING)),
    "open": (_l("Open for comments"), (Stage.OPEN,)),
    "review": (_l("Being looked at"), (Stage.REVIEW, Stage.CONVERSATION)),
    "yes": (
        _l("Became a course"),
        (
            Stage.ADOPTED,
            Stage.ADOPTED_CHANGED,
            Stage.DELIVERY,
            Stage.EVALUATION,
            Stage.IMPROVEMENT,
            Stage.RETIRED,
        ),
    ),
    "not-now": (_l("Not now"), (Stage.NOT_NOW,)),
    "people": (_l("Looking for somebody"), (Stage.STEWARD,)),
    "rest": (_l("Resting or ended"), (Stage.PAUSED, Stage.WITHDRAWN, Stage.MERGED)),
}
PERSPECTIVES: Mapping[Perspective, Words] = {
    Perspective.LIVED: _l("I have been there myself"),
    Perspective.LEARNER: _l("I would take this course"),
    Perspective.PROFESSIONAL: _l("I work in mental health"),
    Perspective.SUBJECT: _l("I know the subject"),
}
PERSPECTIVES_SHORT: Mapping[Perspective, Words] = {
    Perspective.LIVED: _l("Lived experience"),
    Perspective.LEARNER: _l("Student"),
    Perspective.PROFESSIONAL: _l("Professional experience"),
    Perspective.SUBJECT: _l("Knows the subject"),
}
GROUP_NAMES: Mapping[Group, Words] = {
    Group.EXPERIENCE: _l("People who have been there, and students"),
    Group.KNOWLEDGE: _l("People who work in the field or know the subject"),
}
MISSING: Mapping[Group, Words] = {
    Group.EXPERIENCE: _l("somebody who has been there themselves"),
    Group.KNOWLEDGE: _l("somebody who works in the field or knows the subject"),
}
CREDITS: Mapping[Credit, Words] = {
    Credit.NAME: _l("With my name"),
    Credit.PSEUDONYM: _l("With another name"),
    Credit.NONE: _l("Without a name"),
}
SUPPORT: Mapping[SupportKind, Words] = {
    SupportKind.WRITING: _l("Help with writing"),
    SupportKind.TALKING: _l("Somebody to talk it through with"),
    SupportKind.DEVICE: _l("A phone, tablet or computer, or help with one"),
    SupportKind.GETTING_THERE: _l("Getting to a meeting"),
    SupportKind.SOMETHING_ELSE: _l("Something else"),
}
SECTION_NAMES: Mapping[str, Words] = {
    "idea": _l("What people would like to learn"),
    "why": _l("Why it matters to students"),
    "who": _l("Who designs it and leads it"),
    "learning": _l("What people will take away"),
    "access": _l("How everybody can take part, and feel safe"),
    "needs": _l("What it needs: money, a room, people"),
}
# Words for what reviewers see, from the least to the most; never shown as a score.
BANDS: tuple[Words, ...] = (
    _l("Not there yet"),
    _l("Some of it is there"),
    _l("Nearly there"),
    _l("It is there"),
)
RUNGS: tuple[Words, ...] = (
    _l("We were told what would happen"),
    _l("We were asked, and others decided"),
    _l("We made parts of it"),
    _l("We made it together, as equals"),
    _l("We led it, and others helped"),
)
# What happens next at each stage, who does it, and when.
NEXT: Mapping[Stage, Words] = {
    Stage.IDEA: _l(
        "Whoever had the idea can begin to write, alone or with others. There is no date to keep."
    ),
    Stage.DRAFTING: _l(
        "It is being written. It opens for everybody’s comments when a person who has been "
        "there and a person "
        "who works in the field or knows the subject take part. There is no date to keep."
    ),
    Stage.OPEN: _l(
        "Everybody can say what they think. Those who make it read all of it and answer."
    ),
    Stage.REVIEW: _l(
        "People who had no part in it look at it: some who have been there or would take it, "
        "some who work in "
        "the field or know the subject. When enough of both have, the board decides, with reasons."
    ),
    Stage.CONVERSATION: _l(
        "The two sides see it differently, so nobody decides yet. A coordinator calls those who "
        "take part and "
        "those who looked at it, and finds a time to talk."
    ),
    Stage.ADOPTED: _l("It is being made into a course, with the people who wrote it."),
    Stage.ADOPTED_CHANGED: _l(
        "It is being made into a course, with the changes that the decision names."
    ),
    Stage.NOT_NOW: _l(
        "The decision says why, what would change it, and whom to ask. Those who make it can write "
        "its next version, or ask that different people look again."
    ),
    Stage.DELIVERY: _l("The course is running. Afterwards those who came are asked how it was."),
    Stage.EVALUATION: _l("Those who came are being asked how it was."),
    Stage.IMPROVEMENT: _l("What they said goes into the next version."),
    Stage.RETIRED: _l("The course has come to its end. Its story stays here."),
    Stage.PAUSED: _l(
        "It is resting. Nothing is lost, and it goes on from here whenever somebody likes."
    ),
    Stage.WITHDRAWN: _l("Everybody who made it agreed to end it. It stays here to read."),
    Stage.MERGED: _l(
        "It has become part of another idea. It stays here to read, and those who made it stay "
        "thanked."
    ),
    Stage.STEWARD: _l(
        "Nobody is looking after it just now. Would you like to? If nobody does, it rests, and "
        "nothing is lost."
    ),
}
REFUSALS: Mapping[Why, Words] = {
    Why.STAGE: _l("It stands somewhere else by now, so this cannot be done."),
    Why.NOT_HERE: _l("This is for the people who are making it. You can ask to join them."),
    Why.CONSENT: _l("Tick that you agree, or go back: nothing happens until you do."),
    Why.JOINED: _l("You are taking part already."),
    Why.PERSPECTIVES: _l(
        "Somebody is still missing: it takes a person who has been there, and a person who "
        "works in the "
        "field or knows the subject."
    ),
    Why.CONTRIBUTOR: _l("You helped to make it, so others look at it and decide."),
    Why.SAME_PEOPLE: _l("You looked at it before, so this time it is for other people."),
    Why.UNDECLARED: _l("First say whether you have a personal interest in it."),
    Why.CRITERIA: _l("Choose an answer to each question."),
    Why.CHANGED: _l("The text has changed since you opened it. Please read it once more first."),
    Why.ANSWERED: _l(
        "Somebody else has answered meanwhile, and their answer stands. Yours was not sent."
    ),
    Why.REVIEWS: _l("Not enough people of each side have looked at it yet."),
    Why.APART: _l("The two sides see it differently, so they talk before anybody decides."),
    Why.TOGETHER: _l("The two sides see it alike, so there is nothing to talk over."),
    Why.REASONS: _l(
        "Say why for each question, what would change the answer, and who can be asked."
    ),
    Why.CYCLE: _l("The other idea has become part of this one already."),
    Why.SELF: _l("Choose another idea than this one."),
}


def criterion(key: str) -> Words:
    """A criterion as people read it: the portal's own, or a college's words."""
    return SECTION_NAMES.get(key, key)


def between(middle: float) -> str:
    """A median in words: a band's own, or that it lies between two."""
    low = int(middle)
    if middle == low:
        return str(BANDS[low])
    return str(_("between “%(one)s” and “%(other)s”", one=BANDS[low], other=BANDS[low + 1]))
