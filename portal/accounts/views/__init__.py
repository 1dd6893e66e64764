"""Pages of the accounts room: signing in, one's own details, how to reach people, their roles."""

from __future__ import annotations

from portal.accounts.views import (
    closing,
    codes,
    contact,
    helping,
    looks,
    merging,
    mine,
    my_contact,
    new_email,
    passkeys,
    passwords,
    pausing,
    proving,
    registering,
    roles,
    second_step,
    sign_in,
)
from portal.accounts.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "closing",
    "codes",
    "contact",
    "helping",
    "looks",
    "merging",
    "mine",
    "my_contact",
    "new_email",
    "passkeys",
    "passwords",
    "pausing",
    "proving",
    "registering",
    "roles",
    "second_step",
    "sign_in",
]
