"""The room's pages: what everybody may read, what is one's own, what the data guardian looks through,
and what two people do for somebody who asked.
"""

from portal.privacy.views import (
    confirming,
    consents,
    erasing,
    for_others,
    letter,
    mine,
    public,
    record,
    reviewing,
)
from portal.privacy.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "confirming",
    "consents",
    "erasing",
    "for_others",
    "letter",
    "mine",
    "public",
    "record",
    "reviewing",
]
