"""The desk's front door: tasks for people of the college. Declare their kinds in the hook `task_kinds`."""

from portal.desk.policies import working_day_after
from portal.desk.queries import had_task
from portal.desk.services import TaskError, close_task, log_try, open_task
from portal.plugin_api.notices import TaskBrief, TaskInfo, TaskKind, TaskLogged

__all__ = [
    "TaskBrief",
    "TaskError",
    "TaskInfo",
    "TaskKind",
    "TaskLogged",
    "close_task",
    "had_task",
    "log_try",
    "open_task",
    "working_day_after",
]
