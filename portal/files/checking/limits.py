"""How much of everything the child process may use, and what it may say."""

from __future__ import annotations

from enum import StrEnum

MEMORY = 240 * 1024 * 1024  # bytes of address space, all libraries included
PROCESSOR = 1.6  # seconds; a large photo takes half of one
WRITTEN = 20 * 1024 * 1024  # bytes of the new file
DEADLINE = 20.0  # seconds by the clock: of a machine with much else to do
NICENESS = 5  # pages go before files

MOST_PIXELS = 12_500_000  # in memory at once: the photo of a phone
MOST_JPEG_PIXELS = 100_000_000  # a JPEG is made smaller while it is read
LONGEST_SIDE = 2_000  # pixels, of a picture that is given out: enough to read a page of writing
MOST_PAGES = 200
MOST_OBJECTS = 100_000  # in a PDF
MOST_INFLATED = 100 * 1024 * 1024  # bytes, of all that is packed in a PDF


class Refusal(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    OTHER_KIND = "other_kind"
    NOT_ITS_NAME = "not_its_name"
    BROKEN = "broken"  # or too large for its library to begin with
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MUCH_INSIDE = "too_much_inside"
    LOCKED = "locked"
    ACTIVE = "active"
    UNSAFE = "unsafe"
    UNCHECKED = "unchecked"


class RefusedError(Exception):
    """The file is not taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
