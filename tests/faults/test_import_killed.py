"""An import that is killed leaves nothing half-written, and the next one does all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import CatalogueVersion, Course, CourseChange, Topic
from portal.courses.services import prospectus
from portal.plugin_api import SYSTEM
from portal.plugin_api.events import OutboxEvent
from tests.factories.prospectus import generated, write_csv

ROWS = 3_000

# Writes its rows, says so after each chunk, and waits to be killed after the second.
PROGRAM = """
import sys
from pathlib import Path
from portal import create_app
from portal.config import load_settings
from portal.courses.services import prospectus
from portal.db import unit_of_work
from portal.plugin_api import SYSTEM

def tell(done, total):
    print(done, flush=True)
    if done >= 1000:
        sys.stdin.read()

app = create_app(load_settings(environment="test", secret_key="x" * 40, mail_url=""))
with app.app_context():
    with unit_of_work("read") as reading, prospectus.check(reading, Path(sys.argv[1])) as checked:
        reading.rollback()
        with unit_of_work() as session:
            prospectus.apply(session, SYSTEM, checked, progress=tell)
"""


def _rows(session: Session) -> list[int]:
    tables = (Course, CourseChange, Topic, OutboxEvent, CatalogueVersion)
    counts = [
        session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables
    ]
    session.rollback()
    return counts


def test_killed_import_leaves_nothing_and_can_be_run_again(
    app: Portal, session: Session, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "prospectus.csv", generated(ROWS))
    before = _rows(session)
    environment = {
        **os.environ,
        "PORTAL_DATABASE_URL": app.settings.sqlalchemy_url,
        "PORTAL_DATA_DIR": str(tmp_path),
        "PYTHONPATH": str(Path(prospectus.__file__).parents[4]),
    }
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)],
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as importer:
        assert importer.stdout is not None
        assert [importer.stdout.readline().strip() for _chunk in range(2)] == ["500", "1000"]
        importer.send_signal(signal.SIGKILL)
    assert importer.returncode == -signal.SIGKILL
    assert _rows(session) == before
    with app.app_context(), prospectus.check(session, path) as checked:
        report = prospectus.apply(session, SYSTEM, checked)
    session.commit()
    assert (report.created, report.wrong) == (ROWS, 0)
    assert _rows(session)[:2] == [ROWS, ROWS]
