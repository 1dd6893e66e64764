"""What a block puts on the desk: to be looked at again on its day, and appeals to be answered."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import people_by_ids
from portal.desk.api import (
    TaskBrief,
    TaskInfo,
    TaskKind,
    TaskLogged,
    close_task,
    open_task,
    working_day_after,
)
from portal.enrolment.models import Block, BlockAppeal
from portal.enrolment.policies import BLOCK
from portal.plugin_api.types import Words
from portal.ui.filters import day

REVIEW, APPEAL = "enrolment:block_review", "enrolment:block_appeal"
ANSWER_DAYS = 5  # working days: long enough to ask both sides, short enough to matter


def ask_for_review(session: Session, block: Block) -> None:
    """One task, due on the day that was promised."""
    open_task(
        session,
        kind=REVIEW,
        key=_review_key(block.id),
        due=block.review_on,
        about={"block": block.id},
        person_id=block.person_id,
        link=f"/manage/stopped/{block.id}",
    )


def ask_for_answer(session: Session, appeal: BlockAppeal, block: Block, today: date) -> None:
    """One task, due within a few working days, and never after the block is over."""
    open_task(
        session,
        kind=APPEAL,
        key=_appeal_key(appeal.id),
        due=min(answer_by(today), block.last_day),
        about={"block": block.id, "appeal": appeal.id},
        person_id=block.person_id,
        link=f"/manage/stopped/{block.id}",
    )


def answer_by(asked: date) -> date:
    """Until when somebody who appeals on a day has an answer."""
    return working_day_after(asked, ANSWER_DAYS)


def close_review(session: Session, block_id: int) -> None:
    """Somebody has looked at it, or it is over. An appeal still gets its answer."""
    close_task(session, _review_key(block_id))


def close_appeal(session: Session, appeal_id: int) -> None:
    """It has been answered."""
    close_task(session, _appeal_key(appeal_id))


def review_brief(session: Session, task: TaskInfo) -> TaskBrief | None:
    """What to look at; None once somebody has, or the block is over."""
    block = session.get(Block, int(task.about["block"]))
    if block is None or block.reviewed_at or block.ended_at or block.ends_at <= clock.now():
        return None
    return TaskBrief(
        _(
            "We promised to look at this again on this day. Is it still needed? Read why it was decided, "
            "and what the person says. It can end today, or stand until its last day. It cannot be made "
            "longer here."
        ),
        _facts(session, block),
    )


def appeal_brief(session: Session, task: TaskInfo) -> TaskBrief | None:
    """What to answer; None once somebody has."""
    appeal = session.get(BlockAppeal, int(task.about["appeal"]))
    block = session.get(Block, int(task.about["block"]))
    if appeal is None or block is None or appeal.answered_at is not None:
        return None
    return TaskBrief(
        _(
            "They say that it is wrong that their places are stopped. Read what they wrote, ask them and "
            "whoever decided it, then write your answer on the page below."
        ),
        _facts(session, block),
    )


def ask_again(session: Session, logged: TaskLogged) -> None:
    """A task that was ticked off without a decision is due again: the promise was to the person."""
    kind = _KINDS[logged.task.kind]
    if logged.done and kind.brief is not None and kind.brief(session, logged.task) is not None:
        open_task(
            session,
            kind=logged.task.kind,
            key=logged.task.key,
            due=working_day_after(logged.at.date(), 1),
            about=logged.task.about,
            person_id=logged.task.person_id,
            link=f"/manage/stopped/{logged.task.about['block']}",
        )


def _facts(session: Session, block: Block) -> list[tuple[Words, Words]]:
    facts: list[tuple[Words, Words]] = [(_l("Last day"), day(block.last_day))]
    people = people_by_ids(session, {block.by_id} if block.by_id else set())
    facts += [(_l("For somebody other than"), one.name) for one in people.values()]
    return facts


def _review_key(block_id: int) -> str:
    return f"block-review:{block_id}"


def _appeal_key(appeal_id: int) -> str:
    return f"block-appeal:{appeal_id}"


KINDS = (
    TaskKind(
        kind=REVIEW,
        title=_l("Look again at a decision to stop somebody's places"),
        next_step=_l("Read it, and say whether it stands"),
        group=_l("Decisions to look at again"),
        brief=review_brief,
        on_logged=ask_again,
        permission=BLOCK,
    ),
    TaskKind(
        kind=APPEAL,
        title=_l("Answer somebody who says that a decision is wrong"),
        next_step=_l("Read what they say, and answer them"),
        group=_l("Decisions to look at again"),
        brief=appeal_brief,
        on_logged=ask_again,
        permission=BLOCK,
    ),
)
_KINDS = {kind.kind: kind for kind in KINDS}
