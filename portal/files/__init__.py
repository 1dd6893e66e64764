"""Files that people give to the college: taken in, checked, sealed, kept, given out again.

Who may have a file is for the room that it hangs on. Nothing here is imported before it is needed: the child
process that looks into files begins with this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.app import Portal


def init_app(app: Portal) -> None:
    """Give every session the store of files, and requests a place for what has not been checked."""
    from portal.db import db
    from portal.files.quarantine import QuarantinedRequest
    from portal.files.store import STORE, Store

    app.request_class = QuarantinedRequest
    with app.app_context():
        known = db.sessionmaker.kw["info"]
        db.sessionmaker.configure(info={**known, STORE: Store(app.settings)})
