"""How claims join the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Card,
    ConsentKind,
    DeskLine,
    LazyCommand,
    LazyGroup,
    Manifest,
    MigrationBranch,
    NavItem,
    NoticeKind,
    Permission,
    PrivacySource,
    RouteSample,
    Setting,
    TranslationFolder,
    hookimpl,
)

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session

HERE = Path(__file__).parent
_BOOKS = "The books of claims."


@hookimpl
def manifest() -> Manifest:
    """The plugin's name and version."""
    return Manifest("claims", _l("Expenses"), "1.0")


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables."""
    return [
        "plugins.claims.models",
        "plugins.claims.adjusting_models",
        "plugins.claims.advance_models",
        "plugins.claims.prefill_models",
        "plugins.claims.receipt_models",
        "plugins.claims.support_models",
    ]


@hookimpl
def migrations() -> Sequence[MigrationBranch]:
    """The tables' history."""
    return [MigrationBranch("claims", HERE / "migrations")]


@hookimpl
def translations() -> Sequence[TranslationFolder]:
    """The words."""
    return [TranslationFolder(HERE / "translations")]


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """The pages."""
    from plugins.claims.views import blueprint

    return [blueprint]


@hookimpl
def permissions() -> Sequence[Permission]:
    """To decide about the claims of others; nobody decides about their own."""
    from plugins.claims.policies import DECIDE, KEEP_AHEAD, KEEP_RATES, PUT_RIGHT

    return [
        Permission(DECIDE, _l("Decide about other people’s claims"), ["coordinator", "treasurer"]),
        Permission(KEEP_RATES, _l("Keep the rates for miles up to date"), ["treasurer"]),
        Permission(KEEP_AHEAD, _l("Keep account of money that is paid ahead"), ["treasurer"]),
        Permission(PUT_RIGHT, _l("Approve what is put right after a decision"), ["treasurer"]),
    ]


@hookimpl
def settings() -> Sequence[Setting]:
    """What the college promises, and where it looks twice."""
    from plugins.claims import promises
    from plugins.claims.money import deadlines

    days, pounds = _l("working days"), _l("pounds")
    return [
        Setting(
            promises.DECIDED_IN,
            default=deadlines.DECIDED_IN,
            label=_l("A claim is decided within"),
            help=_l("Counted from the day after it was sent, without days on which we wait."),
            unit=days,
            least=1,
            most=60,
        ),
        Setting(
            promises.PAID_IN,
            default=deadlines.PAID_IN,
            label=_l("A claim is paid within"),
            help=_l("Counted from the day after it was sent, without days on which we wait."),
            unit=days,
            least=1,
            most=90,
        ),
        Setting(
            promises.TWO_ABOVE,
            default=150,
            label=_l("Two people approve a claim above"),
            help=_l("What is paid back in all."),
            unit=pounds,
            most=100_000,
        ),
        Setting(
            promises.NO_RECEIPT,
            default=10,
            label=_l("Believed without a receipt, in one day, up to"),
            help=_l("Above it, whoever decides is told that there is none. Nothing is blocked."),
            unit=pounds,
            most=1_000,
        ),
    ]


@hookimpl
def commands() -> Sequence[click.Command]:
    """The calculator, and a look at the books."""
    return [
        LazyCommand("quote", "plugins.claims.cli:quote", help="What a journey is worth."),
        LazyGroup("ledger", "plugins.claims.cli:ledger", help=_BOOKS),
    ]


@hookimpl
def notices() -> Sequence[NoticeKind]:
    """What people are told."""
    from plugins.claims import advance_notices, notices

    return (*notices.kinds(), *advance_notices.kinds())


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the tables say about people."""
    from plugins.claims.privacy import SOURCES

    return SOURCES


@hookimpl
def consent_kinds() -> Sequence[ConsentKind]:
    """That somebody else writes claims for them."""
    from plugins.claims.privacy import CONSENTS

    return CONSENTS


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """My claims for whoever is signed in; what waits for those who decide."""
    from plugins.claims.policies import DECIDE, KEEP_RATES, PUT_RIGHT

    if actor.is_signed_in:
        yield NavItem(_l("My claims"), "claims.index", order=60)
    if actor.can(DECIDE):
        yield NavItem(
            _l("Claims to decide"),
            "claims.to_decide",
            order=40,
            area="staff",
            hint=_l("What people spent and are to get back"),
        )
    if actor.can(PUT_RIGHT):
        yield NavItem(
            _l("What is put right after a decision"),
            "claims.adjustments",
            order=42,
            area="staff",
            hint=_l("A better rate became known, or a claim was not right"),
        )
    if actor.can(KEEP_RATES):
        yield NavItem(
            _l("A new rate for miles"),
            "claims.add_rate",
            order=41,
            area="staff",
            hint=_l("When the rate for a journey changes"),
        )


@hookimpl
def dashboard_cards(session: Session, actor: Actor) -> Iterable[Card]:
    """The claims that are under way."""
    from plugins.claims.queries.claims import under_way

    if actor.person_id is not None and (found := under_way(session, actor.person_id)):
        yield Card("claims/card.html", {"claims": found}, order=60)


@hookimpl
def desk_lines(session: Session, actor: Actor) -> Iterable[DeskLine]:
    """Claims that wait for a decision, with the day by which it is due."""
    from plugins.claims.desk import lines

    return lines(session, actor)


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from plugins.claims.samples import SAMPLES

    return SAMPLES


@hookimpl
def demo_data(session: Session) -> None:
    """Invented claims at every stage."""
    from plugins.claims.demo import seed_claims

    seed_claims(session)
