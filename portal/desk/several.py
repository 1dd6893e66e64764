"""Several tasks at once: chosen, looked at before anything happens, then written down one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.desk import looking, services
from portal.plugin_api import Actor

MOST = 50  # at once: each is looked up with its words and ways


@dataclass(frozen=True, slots=True)
class Pick:
    """A task that was chosen. `tries` is how many entries it had when it was shown."""

    task_id: int
    tries: int

    def __str__(self) -> str:
        return f"{self.task_id}-{self.tries}"


@dataclass(frozen=True, slots=True)
class Planned:
    """What would happen to one chosen task. `possible` is false where that cannot come of it."""

    pick: Pick
    title: str
    name: str
    possible: bool


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: how many were written down, and how many had changed meanwhile."""

    written: int
    changed: int


def read_picks(text: str) -> list[Pick]:
    """The picks of a form, as `str` wrote them with spaces between; what cannot be read is left out."""
    picks = {}
    for word in text.split()[:MOST]:
        task_id, _, tries = word.partition("-")
        if all(part.isascii() and part.isdigit() and len(part) < 10 for part in (task_id, tries)):
            picks[int(task_id)] = Pick(int(task_id), int(tries))
    return [picks[task_id] for task_id in sorted(picks)]


def plan(
    session: Session, actor: Actor, task_ids: Collection[int], outcome: str
) -> Sequence[Planned]:
    """What writing this down for these tasks would do; tasks that are not there are left out."""
    pages = (looking.page(session, actor, task_id) for task_id in sorted(set(task_ids))[:MOST])
    return [
        Planned(Pick(one.task.id, one.task.tries), one.title, one.name, outcome in one.outcomes)
        for one in pages
        if one is not None and one.is_open
    ]


def write_down(
    session: Session, actor: Actor, picks: Sequence[Pick], outcome: str, *, today: date
) -> Done:
    """Log the same outcome for each. One that has ended or changed meanwhile stays as it is."""
    written = changed = 0
    for pick in picks:
        page = looking.page(session, actor, pick.task_id)
        if page is None or outcome not in page.outcomes:
            changed += 1
            continue
        try:
            services.log_try(session, actor, pick.task_id, outcome, tries=pick.tries, today=today)
        except services.TaskError:
            changed += 1
        else:
            written += 1
    return Done(written, changed)
