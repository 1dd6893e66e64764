"""Large prospectuses: memory stays flat, the small one is quick. `make soak` uses the full sizes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses import demo
from portal.courses.services import prospectus
from portal.plugin_api import SYSTEM
from tests.factories.prospectus import generated, write_csv, write_xlsx

SOAK = os.environ.get("SOAK", "0") not in {"", "0"}
ROWS = 100_000 if SOAK else 5_000
MOST_MEMORY = 300  # MB, the whole process
MOST_GROWTH = 60  # MB more for all the rows than for a few

# A process of its own, because a high-water mark of memory cannot be lowered.
PROGRAM = """
import json, resource, sys
from pathlib import Path
from portal import create_app
from portal.config import load_settings
from portal.courses.services import prospectus
from portal.db import unit_of_work
from portal.plugin_api import SYSTEM


def peak():
    # Linux hands the parent's mark on to a new process in getrusage, but not in its own status.
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024)  # bytes, on macOS


app = create_app(load_settings(environment="test", secret_key="x" * 40, mail_url=""))
peaks, reports = [], []
with app.app_context():
    for name in sys.argv[1:]:
        with unit_of_work("read") as reading, prospectus.check(reading, Path(name)) as checked:
            reading.rollback()
            with unit_of_work() as session:
                report = prospectus.apply(session, SYSTEM, checked)
        peaks.append(peak())
        reports.append([report.created, report.unchanged, report.wrong])
print(json.dumps({"peaks": peaks, "reports": reports}))
"""


@pytest.mark.soak
def test_memory_stays_flat_however_many_rows(app: Portal, session: Session, tmp_path: Path) -> None:
    few = write_csv(tmp_path / "few.csv", generated(600))
    many = write_csv(tmp_path / "many.csv", generated(ROWS))
    session.rollback()
    environment = {
        **os.environ,
        "PORTAL_DATABASE_URL": app.settings.sqlalchemy_url,
        "PORTAL_DATA_DIR": str(tmp_path),
        "PYTHONPATH": str(Path(prospectus.__file__).parents[4]),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(few), str(many), str(many)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["reports"] == [[600, 0, 0], [ROWS - 600, 600, 0], [0, ROWS, 0]]
    after_few, after_many, after_again = found["peaks"]
    assert after_again < MOST_MEMORY
    assert after_again - after_few < MOST_GROWTH
    assert after_many <= after_again


def test_published_facts_take_less_than_two_seconds(app: Portal, session: Session) -> None:
    with app.app_context():
        begun = time.perf_counter()
        with prospectus.check(session, demo.FACTS) as checked:
            prospectus.apply(session, SYSTEM, checked)
        session.commit()
        assert time.perf_counter() - begun < 2


def test_large_workbook_is_streamed(app: Portal, session: Session, tmp_path: Path) -> None:
    count = 20_000 if SOAK else 1_000
    path = write_xlsx(tmp_path / "large.xlsx", generated(count))
    with app.app_context(), prospectus.check(session, path) as checked:
        assert prospectus.preview(session, checked).created == count
