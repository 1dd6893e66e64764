"""Killed while the bank's file is made: before the commit nothing was done, after it all of it was, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import BatchState, EntryRow, Export, State
from plugins.claims.money.postings import About
from plugins.claims.queries.books import verify
from plugins.claims.tests.making_paying import Paying

SignIn = Callable[..., FlaskClient]
MAKE = """
import os, signal, sys
from plugins.claims.services import exporting
from portal import create_app
from portal.plugin_api import Actor, run_unit
batch, payer, moment = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
def die(): os.kill(os.getpid(), signal.SIGKILL)
def work(session):
    exporting.export(session, Actor(payer), batch)
    if moment == "before": die()
with create_app().app_context():
    run_unit(work)
    die()
"""


def environment(app: Any) -> dict[str, str]:
    """The same college, for another process."""
    settings = app.settings
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PORTAL_")}
    return clean | {
        "PORTAL_ENVIRONMENT": settings.environment,
        "PORTAL_SECRET_KEY": settings.secret,
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_DATABASE_URL": settings.sqlalchemy_url,
        "PORTAL_PLUGINS": "claims",
    }


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_the_commit_makes_one_file(
    app: Any, session: Session, sign_in: SignIn, moment: str
) -> None:
    paying, client = Paying(session), sign_in("treasurer")
    claim = paying.owed(paying.payee())
    made = paying.batch(paying.person("Maker"), claim)
    payer = paying.person("Payer").person_id
    session.commit()
    done = subprocess.run(
        [sys.executable, "-c", MAKE, str(made.id), str(payer), moment],
        check=False,
        capture_output=True,
        text=True,
        env=environment(app),
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    session.expire_all()
    assert made.state is (BatchState.LOCKED if moment == "before" else BatchState.EXPORTED)
    session.commit()
    hashes = session.scalars(sa.select(Export.sha256)).all()
    assert len(hashes) == (0 if moment == "before" else 1)
    session.commit()

    assert client.post(f"/claims/pay/{made.ref}/export", data={}).status_code == 303
    session.expire_all()
    assert set(hashes) <= set(session.scalars(sa.select(Export.sha256)).all())
    about = sa.select(sa.func.count(EntryRow.id)).where(EntryRow.about == About.PAYMENT)
    assert session.scalar(about) == 1
    assert paying.state(claim) is State.SENT
    assert verify(session).in_order
