"""How claims join the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from portal.plugin_api import (
    Actor,
    Card,
    Check,
    ConsentKind,
    DeskLine,
    LazyCommand,
    LazyGroup,
    Look,
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
_TABLE = "The table by which banks' numbers are checked."


@hookimpl
def manifest() -> Manifest:
    """The plugin's name and version."""
    return Manifest("claims", _l("Expenses"), "1.0")


@hookimpl
def model_modules() -> Sequence[str]:
    """The tables."""
    return ["plugins.claims.models"]


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
    """To decide about the claims of others, and to pay them; nobody does either for themselves."""
    from plugins.claims.policies import (
        DECIDE,
        KEEP_AHEAD,
        KEEP_BUDGETS,
        KEEP_RATES,
        OFFER,
        PAY,
        PUT_RIGHT,
        RECOGNISE,
    )

    return [
        Permission(DECIDE, _l("Decide about other people’s claims"), ["coordinator", "treasurer"]),
        Permission(KEEP_RATES, _l("Keep the rates for miles up to date"), ["treasurer"]),
        Permission(OFFER, _l("Set up activities, and make offers to people"), ["coordinator"]),
        Permission(KEEP_BUDGETS, _l("Keep budgets, and facts about tax"), ["treasurer"]),
        Permission(RECOGNISE, _l("Give what people take as recognition"), ["treasurer"]),
        Permission(PAY, _l("Pay what others are owed"), ["treasurer"]),
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
    """The calculator, a look at the books, and the table by which banks' numbers are checked."""
    return [
        LazyCommand("quote", "plugins.claims.cli:quote", help="What a journey is worth."),
        LazyGroup("ledger", "plugins.claims.cli:ledger", help=_BOOKS),
        LazyGroup("modulus", "plugins.claims.cli:modulus", help=_TABLE),
        LazyGroup("bank", "plugins.claims.cli:bank", help="Bank details."),
    ]


@hookimpl
def notices() -> Sequence[NoticeKind]:
    """What people are told."""
    from plugins.claims.notices import advances, kinds, offers

    return (*kinds(), *advances.kinds(), *offers.kinds())


@hookimpl
def privacy_sources() -> Sequence[PrivacySource]:
    """What the tables say about people."""
    from plugins.claims.privacy import SOURCES

    return SOURCES


@hookimpl
def looks() -> Sequence[Look]:
    """Whoever saw somebody's bank details, one by one or in the file for the bank."""
    from plugins.claims.queries.looks import LOOKS

    return LOOKS


@hookimpl
def checks() -> Sequence[Check]:
    """Whether people enough approve and pay."""
    from plugins.claims.checks import enough_people

    return [Check(name="claims-people", run=enough_people)]


@hookimpl
def consent_kinds() -> Sequence[ConsentKind]:
    """That somebody else writes claims for them."""
    from plugins.claims.privacy import CONSENTS

    return CONSENTS


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """My money for whoever is signed in; what waits for those who decide, offer or pay."""
    from plugins.claims.navigation import of_offers
    from plugins.claims.policies import DECIDE, KEEP_RATES, PAY, PUT_RIGHT

    if actor.is_signed_in:
        yield NavItem(_l("My money"), "claims.index", order=60)
    if actor.can(DECIDE):
        yield NavItem(
            _l("Claims to decide"),
            "claims.to_decide",
            order=40,
            area="staff",
            hint=_l("What people spent and are to get back"),
        )
    if actor.can(PAY):
        yield NavItem(
            _l("Pay people"),
            "claims.pay",
            order=40,
            area="staff",
            hint=_l("What is decided, and not paid yet"),
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
    yield from of_offers(actor)


@hookimpl
def dashboard_cards(session: Session, actor: Actor) -> Iterable[Card]:
    """What they are asked to do, and the claims that are under way."""
    from plugins.claims.queries.claims import under_way
    from plugins.claims.queries.offers import open_offers

    if actor.person_id is None:
        return
    if offers := open_offers(session, actor.person_id):
        yield Card("claims/offer_card.html", {"offers": offers}, order=30)
    if found := under_way(session, actor.person_id):
        yield Card("claims/card.html", {"claims": found}, order=60)


@hookimpl
def desk_lines(session: Session, actor: Actor) -> Iterable[DeskLine]:
    """Claims that wait for a decision, and offers of which nobody said what became, with their days."""
    from plugins.claims.desk import lines, offers

    yield from lines(session, actor)
    yield from offers.lines(session, actor)


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from plugins.claims.samples import SAMPLES

    return SAMPLES


@hookimpl
def demo_data(session: Session) -> None:
    """Invented claims at every stage."""
    from plugins.claims.demo import seed_claims
    from plugins.claims.demo.offers import seed_offers

    seed_offers(session)  # claims are part of what somebody was offered
    seed_claims(session)
