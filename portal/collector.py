"""Python's garbage collector while the portal starts.

Nearly all that a start makes stays for as long as the process does. To look through it again and again takes
a tenth of the start; and later, on every full collection, time from somebody's page.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting(*, keep: bool) -> Iterator[None]:
    """No collection inside the block. With `keep`, what is there at its end is never looked through again:
    for a process that makes one portal and serves it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if keep:
            gc.freeze()
        if was_on:
            gc.enable()
