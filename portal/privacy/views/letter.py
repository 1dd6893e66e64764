"""What was given out, as a letter for somebody who uses no screen: printed here, and on record each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, render_template
from flask_babel import gettext as _

from portal import clock
from portal.db import db
from portal.plugin_api import current_actor, requires, writes
from portal.plugin_api.dispatch import export_person
from portal.privacy import archive
from portal.privacy.models import RequestState
from portal.privacy.policies import REVIEW
from portal.privacy.queries import people
from portal.privacy.services import for_others, requests
from portal.privacy.services.kept import what_is_kept
from portal.privacy.views.blueprint import blueprint, settings
from portal.privacy.views.mine import UNAVAILABLE
from portal.privacy.views.reviewing import request_or_404

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.plugin_api.personal import Exported


@blueprint.get("/manage/records/<int:request_id>/letter")
@requires(REVIEW, fresh=True)
@writes
def letter(request_id: int) -> ResponseReturnValue:
    """All they may have, to print: what they told us, and what was looked through and given out."""
    one = request_or_404(request_id)
    if one.state is not RequestState.RELEASED:
        abort(404)
    own = export_person(db.session, one.person_id)
    reviewed = export_person(db.session, one.person_id, whole_record=True)
    if own.missing or reviewed.missing:
        missing = [*own.missing, *reviewed.missing]
        return render_template("privacy/no_letter.html", one=one, missing=missing), UNAVAILABLE
    requests.note_printing(db.session, current_actor(), one)
    shown, closed = for_others.printable(own)
    given = requests.only_approved(reviewed, set(one.approved))
    page = render_template(
        "privacy/letter.html",
        one=one,
        name=people(db.session, [one.person_id])[one.person_id].name,
        college=settings().college,
        at=clock.now(),
        parts=[
            (_("What you told us, and what we keep with it"), _sections(shown)),
            (_("What has other people in it"), _sections(given)),
        ],
        closed=[what_is_kept(part.source) for part in closed],
    )
    return page, 200, {"Cache-Control": "no-store"}


def _sections(found: Exported) -> list[dict[str, Any]]:
    """Each part with rows of (name, words), without what is empty: on paper that would only take room."""
    return [
        {
            **section,
            "rows": [
                [
                    (head, cell)
                    for head, cell in zip(section["heads"], row, strict=True)
                    if cell != archive.NOTHING
                ]
                for row in section["rows"]
            ],
        }
        for section in archive.sections_of(found)
    ]
