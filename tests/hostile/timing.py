"""How long something takes on the processor, whatever else the machine is doing meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

LIMIT = 0.1  # seconds
TRIES = 4


def seconds(do: Callable[[], Any]) -> float:
    """The shortest of a few tries, which end with the first that is within the limit.

    Time of this thread alone: another one's is not what a visitor could cause with one request.
    """
    shortest = float("inf")
    for _ in range(TRIES):
        began = time.thread_time()
        do()
        shortest = min(shortest, time.thread_time() - began)
        if shortest < LIMIT:
            break
    return shortest
