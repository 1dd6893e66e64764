"""Receipts that were there before they were counted are counted as what was claimed of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from plugins.claims.models import Receipt, ReceiptAllocation
from plugins.claims.services import writing
from plugins.claims.tests.making import Claims, less, no
from portal import create_app, migrate
from portal.app import Portal
from portal.config import load_settings
from portal.db import db
from portal.plugin_api.testing import Database


@pytest.fixture
def own_app(engine_name: str, tmp_path: Path) -> Iterator[Portal]:
    """With a database that no other test shares."""
    database = Database(engine_name, tmp_path, f"portal_claims_{id(tmp_path)}")
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
    migrate.upgrade(own_app)
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
