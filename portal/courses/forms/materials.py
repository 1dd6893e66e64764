"""Handouts of a course."""

from __future__ import annotations

from typing import IO

from flask_babel import lazy_gettext as _l

from portal.courses.forms.base import OnceForm
from portal.courses.services.materials import LONGEST_TITLE
from portal.files.api import ACCEPT, REFUSALS, TAKEN, TOO_LARGE, RefusedError
from portal.plugin_api.access import LARGEST_FILE
from portal.ui.forms import FileField, Needed, TextField

_CHOOSE = _l("Choose the file")
_FILE = {
    "attributes": {
        "accept": ACCEPT,
        "data-most": str(LARGEST_FILE),
        "data-too-large": TOO_LARGE,
    }
}


class ChangeMaterialForm(OnceForm):
    """Another title, another file, or both."""

    title = TextField(
        _l("What is it?"),
        [Needed(_l("Say in a few words what it is"))],
        description=_l("In the words of people who take part, such as “Sleep diary for a week”."),
        longest=LONGEST_TITLE,
    )
    file = FileField(_l("Another file in its place (optional)"), description=TAKEN, params=_FILE)

    @property
    def sent(self) -> tuple[IO[bytes], str] | None:
        """The file that was chosen, open, and its name; None without one."""
        data = self.file.data
        return (data.stream, data.filename or "") if data else None

    def refuse_file(self, error: RefusedError) -> None:
        """Say at the field why the file is not taken."""
        self.refuse("file", REFUSALS[error.refusal])

    def ask_for_file_again(self) -> None:
        """A browser keeps no file in a form that is shown again: say so, rather than lose it in silence."""
        if self.errors and self.sent is not None and not self.file.errors:
            self.refuse("file", _l("Choose the file once more: your browser does not keep it"))


class NewMaterialForm(ChangeMaterialForm):
    """A title and a file."""

    file = FileField(_l("The file"), [Needed(_CHOOSE)], description=TAKEN, params=_FILE)
