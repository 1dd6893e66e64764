"""What people are told, and the tasks of the college's people: only what needs somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.proposals.models import Contributor, Invitation, Proposal, Review, SupportPlan
from plugins.proposals.states import ADOPTED, Stage
from plugins.proposals.words import SUPPORT
from portal.messages.api import full_link, render_notice
from portal.plugin_api import (
    About,
    NoticeKind,
    NoticeWords,
    Recipient,
    TaskBrief,
    TaskInfo,
    TaskKind,
    TaskLogged,
    Words,
    now,
)

_SUBJECT = _l("News about something you take part in")
# What each kind says, with the title; and the stages in which it is still true, all when there are none.
SAYS: Mapping[str, tuple[Words, Words, frozenset[Stage]]] = {
    "asked": (
        _l("Somebody would like to join"),
        _l(
            "Somebody would like to help with “%(title)s”. You can say yes or no; there is no "
            "hurry."
        ),
        frozenset(),
    ),
    "answered": (
        _l("An answer to your wish to join"),
        _l(
            "The people who are making “%(title)s” have answered. Thank you for offering your help."
        ),
        frozenset(),
    ),
    "yes_needed": (
        _l("Your yes or no is needed"),
        _l(
            "Something was suggested for “%(title)s” that nobody may decide alone. Nothing "
            "happens without "
            "your yes, and saying nothing is not a yes."
        ),
        frozenset(),
    ),
    "changed": (
        _l("The text has changed"),
        _l(
            "“%(title)s” has a new version. Please look whether you still see it as you did: "
            "until then your "
            "review does not count."
        ),
        frozenset({Stage.REVIEW, Stage.CONVERSATION}),
    ),
    "conversation": (
        _l("Let us talk it over"),
        _l(
            "People who have been there and people who work in the field see “%(title)s” "
            "differently. So "
            "nobody decides yet: we would like to talk, with you. We will call you to find a time."
        ),
        frozenset({Stage.CONVERSATION}),
    ),
    "talked": (
        _l("The conversation has taken place"),
        _l(
            "What was said about “%(title)s” is written down. Please look whether you see it otherwise now: "
            "you can say so, or leave it as it is."
        ),
        frozenset({Stage.REVIEW}),
    ),
    "decided": (
        _l("There is a decision"),
        _l("There is a decision about “%(title)s”, with its reasons. Thank you for what you gave."),
        ADOPTED | {Stage.NOT_NOW},
    ),
}


def _compose(session: Session, to: Recipient, about: About, *, kind: str) -> NoticeWords | None:
    row = session.get(Proposal, int(about["proposal"]))
    stages = SAYS[kind][2]
    if row is None or (stages and row.stage not in stages):
        return None
    if kind in CONCERNS and not CONCERNS[kind](session, row.id, to.person_id):
        return None
    return _words(to, row.title, row.ref, kind=kind)


def _makes_it(session: Session, proposal_id: int, person_id: int) -> bool:
    """Whoever has left hears no more."""
    part = sa.select(Contributor.id).where(
        Contributor.proposal_id == proposal_id,
        Contributor.person_id == person_id,
        Contributor.left_at.is_(None),
    )
    return session.scalar(part) is not None


def _may_answer(session: Session, proposal_id: int, person_id: int) -> bool:
    """And somebody still waits for an answer."""
    asked = sa.select(Invitation.id).where(
        Invitation.proposal_id == proposal_id,
        Invitation.person_id.is_not(None),
        Invitation.answer.is_(None),
    )
    waits = session.scalar(asked.limit(1)) is not None
    return waits and _makes_it(session, proposal_id, person_id)


def _reviews_it(session: Session, proposal_id: int, person_id: int) -> bool:
    review = sa.select(Review.id).where(
        Review.proposal_id == proposal_id,
        Review.person_id == person_id,
        Review.voided_at.is_(None),
    )
    return session.scalar(review.limit(1)) is not None


def _either(session: Session, proposal_id: int, person_id: int) -> bool:
    return _makes_it(session, proposal_id, person_id) or _reviews_it(
        session, proposal_id, person_id
    )


# Whom each kind still concerns at the moment at which it is written; the answer to a wish: whoever wished.
CONCERNS: Mapping[str, Callable[[Session, int, int], bool]] = {
    "asked": _may_answer,
    "yes_needed": _makes_it,
    "decided": _makes_it,
    "changed": _reviews_it,
    "talked": _reviews_it,
    "conversation": _either,
}


def _words(to: Recipient, title: str, ref: str, *, kind: str) -> NoticeWords:
    said = str(SAYS[kind][1]) % {"title": title}
    link = full_link("proposals.show", ref=ref)
    sms = _("There is news about an idea you take part in: %(link)s", link=link)
    return render_notice("proposals/email/news", to, sms=sms, spoken=said, said=said, link=link)


def _sample(*, kind: str) -> NoticeWords:
    return _words(Recipient(0, _("Sam"), ""), _("Sleeping in a noisy house"), "sample", kind=kind)


def _digest(session: Session, to: Recipient, about: About) -> NoticeWords | None:
    from plugins.proposals.queries.digests import news_of

    until = about.get("until", now().isoformat())  # letters that waited before there was an end
    found = news_of(session, to.person_id, str(about["since"]), str(until))
    return _digest_words(to, found) if found else None


def _digest_words(to: Recipient, lines: list[tuple[str, str, int]]) -> NoticeWords:
    link = full_link("proposals.my_ideas")
    sms = _("What happened last week with the ideas you take part in: %(link)s", link=link)
    return render_notice("proposals/email/digest", to, sms=sms, lines=lines, link=link)


def _digest_sample() -> NoticeWords:
    lines = [(_("Sleeping in a noisy house"), full_link("proposals.show", ref="sample"), 3)]
    return _digest_words(Recipient(0, _("Sam"), ""), lines)


def kinds() -> tuple[NoticeKind, ...]:
    """One kind for each thing that needs somebody, and the letter of the week."""
    news = tuple(
        NoticeKind(
            purpose=f"proposals:{kind}",
            title=title,
            subject=_SUBJECT,
            compose=partial(_compose, kind=kind),
            sample=partial(_sample, kind=kind),
        )
        for kind, (title, _words_of_it, _stages) in SAYS.items()
    )
    digest = NoticeKind(
        purpose="proposals:digest",
        title=_l("The week’s news of ideas"),
        subject=_l("Your week’s news"),
        compose=_digest,
        sample=_digest_sample,
    )
    return (*news, digest)


def _brief_of(session: Session, task: TaskInfo, stages: frozenset[Stage]) -> TaskBrief | None:
    row = session.get(Proposal, int(task.about["proposal"]))
    if row is None or not stages & {row.stage, row.back_to}:  # what rests is still to be done
        return None
    facts = ((_("Idea"), row.title), (_("Its page"), full_link("proposals.show", ref=row.ref)))
    return TaskBrief(_("Look at its page first; it says who is taking part."), facts)


def _support(session: Session, task: TaskInfo) -> TaskBrief | None:
    plan = session.get(SupportPlan, int(task.about["plan"]))
    if plan is None or plan.done_at is not None:
        return None
    said = plan.words or _("They wrote nothing more.")
    return TaskBrief(
        _("Ring them and agree what helps, who does it, and when."),
        ((_("What would help"), SUPPORT[plan.kind]), (_("In their words"), said)),
    )


def _supported(session: Session, logged: TaskLogged) -> None:
    plan = session.get(SupportPlan, int(logged.task.about["plan"]))
    if plan is not None and logged.done:
        plan.done_at = now()
        session.flush()


def task_kinds() -> tuple[TaskKind, ...]:
    """What only people can do."""
    group = _l("Ideas for courses")
    return (
        TaskKind(
            kind="proposals:support",
            title=_l("Somebody asked for support to take part"),
            next_step=_l("Ring them"),
            group=group,
            brief=_support,
            on_logged=_supported,
            by_contact=True,
        ),
        TaskKind(
            kind="proposals:steward",
            title=_l("An idea has nobody who looks after it"),
            next_step=_l("Find somebody who would like to"),
            group=group,
            brief=partial(_brief_of, stages=frozenset({Stage.STEWARD})),
        ),
        TaskKind(
            kind="proposals:conversation",
            title=_l("Two sides see an idea differently"),
            next_step=_l("Arrange a conversation"),
            group=group,
            brief=partial(_brief_of, stages=frozenset({Stage.REVIEW, Stage.CONVERSATION})),
        ),
        TaskKind(
            kind="proposals:appeal",
            title=_l("Somebody asks that different people look again"),
            next_step=_l("Find reviewers who have not seen it"),
            group=group,
            brief=partial(_brief_of, stages=frozenset({Stage.REVIEW, Stage.CONVERSATION})),
        ),
    )
