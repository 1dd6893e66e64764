"""The question about a receipt, and what it comes to where only a part of it is claimed."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from flask import abort, url_for
from flask_babel import gettext as _

from plugins.claims.forms.writing import ReceiptForm, WholeForm
from plugins.claims.models import Line, Proof
from plugins.claims.queries import alike
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.services import writing
from plugins.claims.views.blueprint import blueprint, once, status
from plugins.claims.views.writing import ask, editable, line_of, next_question
from plugins.claims.words import CATEGORIES
from portal.files import api as files
from portal.plugin_api import current_actor, db, signed_in, takes_files

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.route("/<ref>/lines/<int:line_id>/receipt", methods=["GET", "POST"])
@signed_in("GET", "POST")
@takes_files
def receipt(ref: str, line_id: int) -> ResponseReturnValue:
    """A picture of the receipt, or a word that there is none."""
    claim = editable(ref)
    line = line_of(claim, line_id)
    claim_id, kicker, has = claim.id, str(CATEGORIES[line.category]), line.file_id is not None
    if line.category in VEHICLES:
        abort(404)
    form = ReceiptForm(proof=line.proof.value if line.proof else None)
    if form.sent is not None and not form.proof.data:
        form.proof.data = Proof.FILE.value
        form.proof.raw_data = [Proof.FILE.value]
    if form.validate_on_submit() and (done := _prove(form, ref, claim_id, line_id, has=has)):
        return done
    return ask(form, "proof", ref, kicker=kicker), status(form)


def _digest(stream: IO[bytes]) -> str:
    """A hash of the bytes as they came: the same picture twice has the same."""
    found = hashlib.sha256()
    while piece := stream.read(1 << 16):
        found.update(piece)
    return found.hexdigest()


def _prove(
    form: ReceiptForm, ref: str, claim_id: int, line_id: int, *, has: bool
) -> ResponseReturnValue | None:
    received, digest = None, ""
    if form.sent is not None:
        stream, name = form.sent
        digest = _digest(stream)
        try:
            received = files.receive(db.session, stream, name)
        except files.RefusedError as error:
            form.refuse_file(error)
            return None
    elif form.chosen is Proof.FILE and not has:
        form.refuse("file", _("Choose the picture or PDF, or say that there is none"))
        return None

    def prove() -> str:
        writing.prove(
            db.session,
            current_actor(),
            claim_id,
            line_id,
            form.chosen,
            received=received,
            digest=digest,
        )
        if form.chosen is Proof.FILE and (form.part.data or _shared(line_id)):
            return url_for("claims.whole", ref=ref, line_id=line_id)
        return next_question(ref, line_id)

    return once(form, prove)


def _shared(line_id: int) -> bool:
    """Whether the receipt that was just given stands in another line, and nobody said what it comes to."""
    line = db.session.get(Line, line_id)
    return line is not None and alike.needs_whole(db.session, line)


@blueprint.route("/<ref>/lines/<int:line_id>/whole", methods=["GET", "POST"])
@signed_in("GET", "POST")
def whole(ref: str, line_id: int) -> ResponseReturnValue:
    """What a receipt comes to of which only a part is claimed."""
    claim = editable(ref)
    line = line_of(claim, line_id)
    if line.file_id is None:
        abort(404)
    known = alike.wholes(db.session, [line]).get(line.digest)
    form, claim_id = WholeForm(pence=known.pence if known else None), claim.id
    kicker = str(CATEGORIES[line.category])

    def say() -> str:
        pence = int(form.pence.data or 0)
        writing.say_whole(db.session, current_actor(), claim_id, line_id, pence)
        return next_question(ref, line_id)

    if form.validate_on_submit() and (done := once(form, say, lambda _: "pence")):
        return done
    return ask(form, "pence", ref, kicker=kicker), status(form)
