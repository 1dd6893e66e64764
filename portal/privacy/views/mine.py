"""A person's own data: what they can have, take back, or have erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, abort, render_template, request, stream_with_context
from flask_babel import gettext as _

from portal import clock
from portal.audit import api as audit
from portal.db import before_writing, db
from portal.plugin_api import current_actor, signed_in
from portal.plugin_api.dispatch import export_person
from portal.privacy import archive
from portal.privacy.erasure_links import link_of
from portal.privacy.services import erasing_for
from portal.privacy.views.blueprint import blueprint, settings
from portal.ui.limits import ask_to_wait, limiter, myself

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.plugin_api.personal import Exported

UNAVAILABLE = 503
COPIES = "10 per hour"  # a whole archive each


def own_id() -> int:
    """The id of whoever is signed in."""
    person_id = current_actor().person_id
    if person_id is None:
        abort(404)
    return person_id


@blueprint.get("/me/data")
@signed_in
def mine() -> str:
    """What I can do about what is kept about me."""
    ask = erasing_for.open_ask_of(db.session, own_id())
    link = link_of(ask.id) if ask else ""
    return render_template("privacy/mine.html", erasure=ask, say_no=link)


@blueprint.post("/me/data/copy")
@signed_in("POST", fresh=True)
@limiter.limit(COPIES, key_func=myself, on_breach=ask_to_wait)
def copy() -> ResponseReturnValue:
    """All that is kept about me, at once. A part that cannot be read is named before anything is sent."""
    person_id = own_id()
    with before_writing() as session:  # nobody waits for the right to write while it is gathered
        found = export_person(session, person_id)
    if found.missing and "anyway" not in request.form:
        return render_template("privacy/incomplete.html", missing=found.missing), UNAVAILABLE
    audit.record(
        db.session,
        current_actor(),
        "privacy:copy:make",
        ("person", person_id),
        details={"complete": not found.missing},
    )
    return send(archive.Archive(current_actor().name, _("Your data"), found))


def send(made: archive.Archive) -> Response:
    """An archive as a download that no cache keeps."""
    return Response(
        stream_with_context(archive.stream(made)),
        mimetype="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{_file_name(made.found)}"',
            "Cache-Control": "no-store",
        },
    )


def _file_name(found: Exported) -> str:
    on = clock.local_date(clock.now(), settings().timezone)
    return f"your-data-{on.isoformat()}{'-not-complete' if found.missing else ''}.zip"
