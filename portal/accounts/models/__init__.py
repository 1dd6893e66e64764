"""The tables of the accounts room.

`Person` is who somebody is here; `Login` is how some of them sign in.
"""

from __future__ import annotations

from portal.accounts.models.helping import LONGEST_NOTE, Checked, HelpRequest
from portal.accounts.models.merging import LONGEST_MERGE_REASON, MergeRequest, WhichLogin
from portal.accounts.models.people import (
    LONGEST_NAME,
    LONGEST_VALUE,
    AgreedHow,
    Closing,
    ContactRoute,
    Person,
    RoleGrant,
    RouteKind,
)
from portal.accounts.models.signing_in import (
    LONGEST_EMAIL,
    LONGEST_KEY_NAME,
    Authenticator,
    EmailChange,
    EndReason,
    Login,
    LoginCode,
    LoginSession,
    Passkey,
    RecoveryCode,
    SecondTry,
    SignedInBy,
)

__all__ = [
    "LONGEST_EMAIL",
    "LONGEST_KEY_NAME",
    "LONGEST_MERGE_REASON",
    "LONGEST_NAME",
    "LONGEST_NOTE",
    "LONGEST_VALUE",
    "AgreedHow",
    "Authenticator",
    "Checked",
    "Closing",
    "ContactRoute",
    "EmailChange",
    "EndReason",
    "HelpRequest",
    "Login",
    "LoginCode",
    "LoginSession",
    "MergeRequest",
    "Passkey",
    "Person",
    "RecoveryCode",
    "RoleGrant",
    "RouteKind",
    "SecondTry",
    "SignedInBy",
    "WhichLogin",
]
