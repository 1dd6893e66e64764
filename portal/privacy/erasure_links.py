"""The link with which somebody says that they do not want to be erased: signed, and good for as long as what
it stops is open.
"""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

_SALT = "privacy.erasure"


def link_of(ask_id: int) -> str:
    """What stands in the address."""
    return str(_serializer().dumps(ask_id))


def ask_of(link: str) -> int:
    """Which one it stops; 0, which none is, for a link that is not ours."""
    try:
        found = _serializer().loads(link)
    except BadData:
        return 0
    return found if isinstance(found, int) else 0


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=_SALT)
