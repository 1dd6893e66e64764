"""Pieces of pages that are kept in memory: for lists whose HTML is the same for everybody who asks the same.

Making the HTML of twenty cards costs more than finding them. A piece is named by all that it is made of, so
it is never out of date; what is no longer asked for is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from flask import current_app, request
from markupsafe import Markup

from portal.recent import Recent
from portal.ui.page import current_page

KEY = "portal_pieces"  # in app.extensions
MOST = 256  # pieces of some 15 kB


def kept_piece(*parts: Hashable, make: Callable[[], str]) -> Markup:
    """The HTML that `make` makes, escaped by its template, or that it made before for the same `parts`.

    `parts` begin with a name of the piece and hold every value that it shows; the language and where the
    portal is mounted are added here. Nothing of the reader may stand in it: the next one gets the same.
    """
    pieces: Recent[Markup] = current_app.extensions.setdefault(KEY, Recent(MOST))
    key = (current_page().lang, request.script_root, parts)
    return pieces.get(key, lambda: Markup(make()))  # noqa: S704 - escaped by the template
