"""Ideas from a box on paper: looked at first, then added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import flash, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from plugins.proposals.forms.box import LONGEST, SHEETS, BoxForm
from plugins.proposals.policies import LOOK_AFTER
from plugins.proposals.services.importing import (
    Fault,
    SheetError,
    add_ideas,
    looked_up,
    read_sheet,
    read_text,
)
from plugins.proposals.views.blueprint import REFUSED, blueprint, once
from portal.plugin_api import current_actor, db, requires, takes_files

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

MOST = (
    300  # ideas that are added at once: each is written with its story, and others wait meanwhile
)


@blueprint.route("/from-a-box", methods=["GET", "POST"])
@requires(LOOK_AFTER, "GET", "POST")
@takes_files
def from_box() -> ResponseReturnValue:
    """A spreadsheet or typed ideas, what would become of each, and the button that adds them."""
    form = BoxForm()
    lines: Sequence[str] = ()
    if form.validate_on_submit():
        chosen = _take_in(form)
        lines = _read(form)
        if lines and form.add.data and not chosen:
            done = once(form, lambda: _add(lines))
            if done is not None:
                return done
    found = looked_up(db.session, lines) if lines else []
    form.add.label.text = ngettext(
        "Add %(num)d idea", "Add %(num)d ideas", sum(not one.here for one in found)
    )
    page = render_template("proposals/from_box.html", form=form, found=found)
    return page, REFUSED if form.errors or form.form_errors else 200


def _take_in(form: BoxForm) -> bool:
    """The ideas of the spreadsheet, put under those that are written already. True where one was chosen."""
    sent = form.file.data
    if not sent:
        return False
    try:
        read = read_sheet(sent.stream, sent.filename or "")
    except SheetError as error:
        form.refuse("file", SHEETS[error.fault])
        return True
    words = "\n\n".join([form.words.data or "", *read]).strip()
    if not read:
        form.refuse("file", _("Its first column is empty: put one idea in each row of it"))
    elif len(words) > LONGEST:
        form.refuse("file", SHEETS[Fault.TOO_MANY])
    else:
        form.words.data = words
    return True


def _read(form: BoxForm) -> Sequence[str]:
    """The ideas as they stand on the page; none where something is to be mended first."""
    if form.errors:
        return ()
    try:
        lines = read_text(form.words.data or "")
    except SheetError as error:
        form.refuse("words", SHEETS[error.fault])
        return ()
    if not lines:
        form.refuse("words", _("Write the ideas here, or choose a spreadsheet"))
    elif len(lines) > MOST:
        form.refuse("words", SHEETS[Fault.TOO_MANY])
        return ()
    return lines


def _add(lines: Sequence[str]) -> str:
    added = add_ideas(db.session, lines, current_actor())
    flash(
        ngettext(
            "%(num)d idea is here now, and looks for somebody who goes on with it.",
            "%(num)d ideas are here now, and look for people who go on with them.",
            added,
        ),
        "good",
    )
    return url_for("proposals.index", at="people")
