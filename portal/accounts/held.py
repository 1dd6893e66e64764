"""What somebody typed into a form after their session had ended: carried to after they sign in.

The fields travel inside the sign-in page itself, signed, and come back with it. They are in no cookie,
no database and no log. Only what a browser posted here with a valid CSRF token is signed, so nobody
can hand a person a form of their making; and the person sees it again before it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

FIELD = "held"
SALT = "accounts.held"
KEPT_FOR = 12 * 60 * 60  # seconds, from typing to signing in
SECRET = ("password", "credential")  # in a field's name: the field is left out
# Whose forms hold nothing but proofs, which are typed anew.
PROOFS = {"accounts.prove", "accounts.prove_by_code", "accounts.add_authenticator"}


@dataclass(frozen=True, slots=True)
class HeldForm:
    """A form that was not sent: where to, whose, and its fields in order, repeated ones too."""

    path: str
    person_id: int | None
    fields: tuple[tuple[str, str], ...]

    def belongs_to(self, person_id: int) -> bool:
        """False when somebody else's session had ended."""
        return self.person_id is None or self.person_id == person_id


def hold_request(person_id: int | None) -> str:
    """The fields of this request, signed; passwords, tokens and files are left out. Empty for a form of
    proofs, which nobody should meet again in clear.
    """
    if request.endpoint in PROOFS:
        return ""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {FIELD, "csrf_token"} and not any(word in name.lower() for word in SECRET)
    ]
    path = request.full_path.rstrip("?")
    return str(_serializer().dumps({"path": path, "person": person_id, "fields": fields}))


def read_held(text: str | None) -> HeldForm | None:
    """What was held, or None when there is nothing, it is too old, or it is not ours."""
    if not text:
        return None
    try:
        data: dict[str, Any] = _serializer().loads(text, max_age=KEPT_FOR)
    except BadData:
        return None
    fields = tuple((name, value) for name, value in data["fields"])
    return HeldForm(data["path"], data["person"], fields)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=SALT)
