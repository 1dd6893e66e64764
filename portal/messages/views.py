"""What notices look like, for those who write them. Not served in production."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template
from flask_babel import get_locale

from portal.db import db
from portal.messages.texts import fitted, measure
from portal.plugin_api import NoticeKind, public
from portal.plugin_api.dispatch import notice_kinds

style = Blueprint("messages_style", __name__)


def _kind(purpose: str) -> NoticeKind:
    kind = notice_kinds(db.session).get(purpose)
    if kind is None:
        abort(404)
    return kind


@style.get("/style/notices")
@public
def notices() -> str:
    """Every kind of notice in every form, in the language of the page."""
    shown = []
    for purpose, kind in sorted(notice_kinds(db.session).items()):
        words = kind.sample()
        short = fitted(words.sms)
        shown.append((purpose, kind, words, short, measure(short) if short else None))
    return render_template("messages/style.html", shown=shown, lang=str(get_locale()))


@style.get("/style/notices/<purpose>")
@public
def notice(purpose: str) -> Response:
    """The HTML form of one, as a mail reader shows it."""
    html = _kind(purpose).sample().html
    if html is None:
        abort(404)
    return Response(html, mimetype="text/html")
