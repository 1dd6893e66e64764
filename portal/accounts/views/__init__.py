"""Pages of the accounts room: signing in and out, one's own details, people and their roles."""

from __future__ import annotations

from portal.accounts.views import mine, passwords, registering, roles, sign_in
from portal.accounts.views.blueprint import blueprint

__all__ = ["blueprint", "mine", "passwords", "registering", "roles", "sign_in"]
