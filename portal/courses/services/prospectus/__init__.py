"""Import of a prospectus: read and check all of it, say what would change, then write all or nothing.

    with check(session, path) as checked:
        report = preview(session, checked)      # or apply(session, actor, checked)

The columns, the words that are understood and the exit codes of the command stand in `columns`,
`phrases` and `portal.courses.cli`.
"""

from portal.courses.services.prospectus.checking import Checked, Options, Progress, check
from portal.courses.services.prospectus.report import (
    Action,
    FileFault,
    Kind,
    Note,
    Report,
    RowOutcome,
)
from portal.courses.services.prospectus.writing import RefusedError, apply, preview

__all__ = [
    "Action",
    "Checked",
    "FileFault",
    "Kind",
    "Note",
    "Options",
    "Progress",
    "RefusedError",
    "Report",
    "RowOutcome",
    "apply",
    "check",
    "preview",
]
