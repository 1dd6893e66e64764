"""Where offers, budgets and hours stand in the navigation."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from plugins.claims.policies import KEEP_BUDGETS, OFFER, RECOGNISE
from portal.plugin_api import Actor, NavItem


def of_offers(actor: Actor) -> Iterator[NavItem]:
    """For those who offer, keep budgets or pay, their pages. Of one's own, the page of claims tells."""
    staff = (
        (OFFER, _l("Activities and offers"), "activities", _l("Whom we ask, and what for")),
        (KEEP_BUDGETS, _l("Budgets"), "budgets", _l("Offered, agreed, paid, left")),
        (RECOGNISE, _l("Recognition to give"), "recognition", _l("For what has taken place")),
        (RECOGNISE, _l("Hours of time credit"), "hours", _l("Who has some, and uses them")),
    )
    for order, (permission, label, endpoint, hint) in enumerate(staff, 42):
        if actor.can(permission):
            yield NavItem(label, f"claims.{endpoint}", order=order, area="staff", hint=hint)
