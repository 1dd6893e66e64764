"""The room's pages: what everybody may read, what is one's own, and what the data guardian looks through."""

from portal.privacy.views import (
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
    "consents",
    "erasing",
    "for_others",
    "letter",
    "mine",
    "public",
    "record",
    "reviewing",
]
