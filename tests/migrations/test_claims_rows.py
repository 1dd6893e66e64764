"""Rows of claims that were there before a revision are right after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from plugins.claims.models import (
    Adjustment,
    AdjustmentKind,
    Line,
    Receipt,
    ReceiptAllocation,
    SupportConsent,
)
from plugins.claims.queries.adjusting import waiting
from plugins.claims.queries.books import verify
from plugins.claims.services import adjusting, writing
from plugins.claims.services.store import lines_of
from plugins.claims.services.topping_up import propose_top_ups
from plugins.claims.tests.making import YES, Claims, car, less, no
from portal import create_app, migrate
from portal.app import Portal
from portal.config import load_settings
from portal.db import db
from portal.plugin_api.testing import Lab


@pytest.fixture
def own_app(portal_lab: Lab, engine_name: str, tmp_path: Path) -> Iterator[Portal]:
    """With a database that no other test shares."""
    database = portal_lab.migrated(engine_name, tmp_path, f"portal_claims_{id(tmp_path)}")
    settings = load_settings(
        environment="test",
        secret_key="a secret of the tests that is long enough",
        database_url=database.url,
        data_dir=tmp_path,
        plugins=["claims"],
    )
    yield create_app(settings)
    database.drop()


def test_pictures_that_were_there_are_counted(own_app: Portal) -> None:
    with own_app.app_context():
        claims = Claims(db.session)
        decider = claims.person("Decider")
        made = []
        for pence, digest in ((900, "one"), (800, "one"), (700, "two"), (600, "three"), (500, "x")):
            sam = claims.person()
            claim = claims.with_picture(sam, pence, digest, 1800)
            made.append((sam, claim))
            if digest != "x":
                claims.send(sam, claim)
        claims.decide(decider, made[1][1], less(300))
        claims.decide(decider, made[2][1], no())
        writing.withdraw(db.session, made[3][0], made[3][1].id)
        db.session.commit()
        db.engine.dispose()
    migrate._run(own_app, lambda config: command.downgrade(config, "claims_0004-1"))
    migrate.upgrade(own_app)
    with own_app.app_context():
        found = db.session.execute(
            sa.select(Receipt.digest, Receipt.pence, Receipt.taken).order_by(Receipt.digest)
        ).all()
        parts = db.session.scalars(
            sa.select(ReceiptAllocation.pence).order_by(ReceiptAllocation.line_id)
        ).all()

    assert [tuple(one) for one in found] == [
        ("one", None, 1200),
        ("three", None, 0),
        ("two", None, 0),
        ("x", None, 0),
    ]
    assert parts == [900, 300]


def test_what_was_put_right_and_priced_stays_so(own_app: Portal) -> None:
    """£18.50 and £12.50 at 9,980 miles: both are taken back, the rest of the first is less. Down, and up."""
    migrate.upgrade(own_app)
    with own_app.app_context():
        session, claims = db.session, Claims(db.session)
        sam, one, two = (claims.person(name) for name in ("Sam", "One", "Two"))
        claims.supporter(sam)
        begun = claims.sent(sam, *[car(1_996)] * 5)
        for decider in (one, two):
            claims.decide(decider, begun, YES)
        for claim in [claims.decided(sam, car(50)) for _ in range(2)]:
            line = lines_of(session, claim.id)[0].id
            adjusting.propose(session, one, claim.id, line, None, "It was not made")
            adjusting.approve(session, two, {each.id: each.pence for each in waiting(session)})
        adjusting.approve(session, two, {each.id: each.pence for each in waiting(session)})
        before, owed = lines(), verify(session).owed
        assert verify(session).in_order
        session.commit()
        db.engine.dispose()
    migrate._run(own_app, lambda config: command.downgrade(config, "claims_0007-1"))
    migrate.upgrade(own_app)
    with own_app.app_context():
        kinds = list(db.session.scalars(sa.select(Adjustment.kind).order_by(Adjustment.id)))
        assert kinds == [AdjustmentKind.BACK, AdjustmentKind.BACK, AdjustmentKind.AMOUNT]
        assert lines() == before
        assert (verify(db.session).owed, verify(db.session).in_order) == (owed, True)
        assert list(db.session.scalars(sa.select(SupportConsent.ahead))) == [False]
        claims = Claims(db.session)
        claim = claims.decided(claims.person(), car(10))
        assert propose_top_ups(db.session, claim_id=claim.id) == 0
        db.session.rollback()


def lines() -> list[int]:
    """The journeys in the order in which they were priced."""
    return list(db.session.scalars(sa.select(Line.id).order_by(Line.turn)))
