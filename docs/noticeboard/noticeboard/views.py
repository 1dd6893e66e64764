"""Two pages: the board, and writing a notice."""

from datetime import datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from noticeboard.models import Notice, current
from portal.plugin_api import current_actor, db, public, requires, wall_to_utc
from portal.ui.forms import DateField, Form, LongTextField, Needed, SubmitField, TextField

bp = Blueprint("noticeboard", __name__, template_folder="templates")


class NoticeForm(Form):
    title = TextField(_l("What is it about?"), [Needed(_l("Write what the notice is about"))])
    body = LongTextField(_l("What do you want to say?"), [Needed(_l("Write the notice"))])
    until = DateField(_l("Until when should it be up?"), [Needed(_l("Write the last day"))])
    put_up = SubmitField(_l("Put up the notice"))


@bp.get("/")
@public
def index():
    return render_template("noticeboard/index.html", notices=current(db.session))


@bp.route("/new", methods=["GET", "POST"])
@requires("noticeboard:notice:write", "GET", "POST")
def write():
    form = NoticeForm()
    if not form.validate_on_submit():
        return render_template("noticeboard/write.html", form=form), 422 if form.errors else 200
    last_day = datetime.combine(form.until.data + timedelta(days=1), time(0))
    until = wall_to_utc(last_day, "Europe/London")
    written_by = current_actor().person_id
    db.session.add(
        Notice(title=form.title.data, body=form.body.data, until=until, written_by=written_by)
    )
    flash(_("Your notice is up."))
    return redirect(url_for("noticeboard.index"))
