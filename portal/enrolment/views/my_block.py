"""My places are stopped: why, until when, when somebody looks at it again, and saying that it is wrong."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.db import db
from portal.enrolment.forms.blocks import AppealForm
from portal.enrolment.queries import blocks as queries
from portal.enrolment.services import appeals, block_tasks
from portal.enrolment.views import blueprint
from portal.enrolment.views.blocks import attempt, said
from portal.enrolment.views.frame import found, page, today
from portal.enrolment.views.taking import me
from portal.plugin_api import current_actor, signed_in


@blueprint.route("/me/places", methods=["GET", "POST"])
@signed_in("GET", "POST")
def my_block() -> ResponseReturnValue:
    """Everything about it that the college knows, and a place to say something."""
    form, now = AppealForm(), clock.now()
    one = queries.latest_block(db.session, me())
    holds = one is not None and queries.block_at(db.session, me(), now) is not None
    rows = queries.appeals_of(db.session, one.id) if one is not None else []

    def work() -> str:
        appeals.appeal(
            db.session, current_actor(), found(one).id, form.words.data, today=today(), at=now
        )
        flash(_("We have it. Somebody reads it and answers you."), "good")
        return url_for("enrolment.my_block")

    return attempt(form, work) or page(
        "block/mine.html",
        form,
        block=one,
        holds=holds,
        appeals=said(rows, {}, answer=False),
        answer_days=block_tasks.ANSWER_DAYS,
        waits=any(row.answered_at is None for row in rows),
    )
