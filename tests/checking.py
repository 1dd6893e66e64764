"""A made-up plugin that wants people asked how they are: tasks of its own, and a line on the desk."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from portal.plugin_api import DeskLine, Permission, TaskBrief, TaskInfo, TaskKind, TaskLogged
from tests.plugins import make_plugin, returning

LOGGED: list[TaskLogged] = []
SETTLED: set[int] = set()


def _brief(session: Session, task: TaskInfo) -> TaskBrief | None:
    return None if task.id in SETTLED else TaskBrief("Three sessions missed", [("Course", "Sleep")])


KINDS = [
    TaskKind(
        "checking:in",
        "Ask how %(who)s is",
        "Ring, and listen",
        "Check-ins",
        brief=_brief,
        on_logged=lambda session, logged: LOGGED.append(logged),
        by_contact=True,
    ),
    TaskKind("checking:secret", "Hidden", "Nothing", "Hidden", permission="checking:secret:see"),
]
LINE = DeskLine("Sessions at risk", "Sleep, session 2", "Find a leader", "/x", date(2027, 3, 30))
PLUGIN = make_plugin(
    "checking",
    task_kinds=returning(KINDS),
    permissions=returning([Permission("checking:secret:see", "See secrets", ["data_guardian"])]),
    desk_lines=lambda session, actor: [LINE],
)
