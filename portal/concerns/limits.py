"""How much is taken in from one sender, and what of it rings phones.

Whoever floods this page from a site's network must not silence anybody there: signed-in people count by
themselves, and what comes in heaps is kept all the same. It only rings nobody by itself.
"""

from __future__ import annotations

from limits import RateLimitItemPerMinute

from portal.plugin_api import Actor
from portal.ui.limits import myself, nameless, network, seconds_until

RINGS = RateLimitItemPerMinute(
    10, 10
)  # within ten minutes, each told to the people on duty at once
ONE_MORE = RateLimitItemPerMinute(1, 10)  # and of those beyond, so that somebody looks again
KEPT = RateLimitItemPerMinute(200, 10)  # more than people send: a machine


def seconds_to_wait(actor: Actor) -> int:
    """How long until this sender may send another; 0 for now, and that is counted."""
    return seconds_until(KEPT, "concern-kept", _sender(actor))


def rings(actor: Actor) -> bool:
    """Whether what this sender sends now is told to the people on duty by itself; counted."""
    who = _sender(actor)
    return any(seconds_until(one, "concern-rings", who) == 0 for one in (RINGS, ONE_MORE))


def _sender(actor: Actor) -> str:
    """A name that does not tell who it is: they may have left theirs out."""
    return nameless(myself()) if actor.is_signed_in else network()
