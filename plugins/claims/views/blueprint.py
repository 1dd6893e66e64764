"""What the pages have in common."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_babel import gettext as _

from plugins.claims import words
from plugins.claims.errors import GoneError, RefusedError
from plugins.claims.queries import one_claim
from plugins.claims.services.today import today
from plugins.claims.words import REFUSALS
from portal.accounts.api import people_by_ids
from portal.courses.api import claim_form, course, settle_form
from portal.plugin_api import current_actor, db
from portal.ui.pieces import kept_piece

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.claims.models import Claim
    from portal.ui.forms import OnceForm

blueprint = Blueprint("claims", __name__, template_folder="../templates")
REFUSED = 422
SEE_OTHER = 303


def own_claim(ref: str) -> Claim:
    """The actor's own claim; for everybody else there is no such page."""
    found = one_claim.own_claim(db.session, ref, current_actor().person_id)
    if found is None:
        abort(404)
    return found


def written_claim(ref: str) -> Claim:
    """The actor's own claim, or one that they write for somebody; for everybody else there is none."""
    found = one_claim.written_claim(db.session, ref, current_actor().person_id)
    if found is None:
        abort(404)
    return found


def for_whom(claim: Claim) -> str:
    """The name of whom a claim is for, where that is somebody else than the actor; empty where it is not."""
    if claim.person_id is None or claim.person_id == current_actor().person_id:
        return ""
    found = people_by_ids(db.session, [claim.person_id])
    return found[claim.person_id].name if found else ""


def kept_list(template: str, rows: Sequence[Hashable], *more: Hashable, **given: Any) -> str:
    """The HTML of a list, or of the last time that the same rows were shown on the same day; `more` is what
    stands in it beside them.
    """
    return kept_piece(
        template,
        *rows,
        *more,
        today(),
        make=lambda: render_template(template, words=words, **given),
    )


def number_in(text: str) -> int:
    """An id in an address; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def page_of(ref: str) -> str:
    """The address of a claim's own page."""
    return url_for("claims.show", ref=ref)


def status(form: Any) -> int:
    """422 for a form that is shown again with what is wrong."""
    return REFUSED if form.errors or form.form_errors else 200


def once(
    form: OnceForm,
    work: Callable[[], str],
    field: Callable[[RefusedError], str] = lambda _refused: "",
) -> ResponseReturnValue | None:
    """Do it once, however often the form is sent, and lead on to where `work` says.

    None when it was refused: the reason stands at the field that `field` names, and nothing was changed.
    """
    before = claim_form(db.session, form.key)
    if before is not None:
        return redirect(before, SEE_OTHER)
    try:
        place = work()
    except RefusedError as refused:
        form.refuse(field(refused), REFUSALS[refused.why])
        db.session.rollback()
        return None
    except GoneError:
        abort(404)
    settle_form(db.session, form.key, place)
    return redirect(place, SEE_OTHER)


def course_of(form: Any) -> int | None:
    """The course whose address was written in the field `course`; an unknown one is refused there."""
    written = str(form.course.data or "").rstrip("/").rpartition("/")[2]
    if not written:
        return None
    found = course(db.session, written)
    if found is None:
        form.refuse("course", _("Write the address of a course, as your browser shows it"))
    return found.id if found is not None else None
