"""The reviewed table of Flask-Security's own routes: (endpoint, method) → who may call it.

It is empty because its blueprint stays off: the pages of this room call its functions instead (see
`security`). Whoever turns on a part of it that brings routes, such as passkeys, writes each route
here, or the portal does not start.
"""

from __future__ import annotations

from portal.plugin_api.access import Access

EXTERNAL_ACCESS: dict[tuple[str, str], Access] = {}
