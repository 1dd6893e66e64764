"""Off: pages, navigation and cards are gone, data stays. On again: all back. Purged: nothing left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from plugins.claims.models import claims as models

QUOTE = ("--category", "car", "--miles", "30", "--on", "2026-04-05")
PAGE = """
import sys
from portal import create_app
app = create_app()
client = app.test_client()
print(client.get("/claims/quote").status_code, "What a journey" in client.get("/claims/quote").text)
"""


class Place:
    """A college in a folder, used from outside as a host does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str, plugins: str | None = None, words: str = "") -> str:
        environment = {
            **os.environ,
            "PORTAL_ENVIRONMENT": "development",
            "PORTAL_DATA_DIR": str(self.folder / "data"),
            **({} if plugins is None else {"PORTAL_PLUGINS": plugins}),
        }
        done = subprocess.run(
            [sys.executable, *command],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            input=words,
            cwd=Path(__file__).parents[3],
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def test_off_on_and_purged(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("-m", "portal", "db", "upgrade")
    said = place.run("-m", "portal", "claims", "quote", *QUOTE, "--json")
    assert json.loads(said)["pence"] == 1350
    assert place.run("-m", "portal", "claims", "quote", *QUOTE).endswith("£13.50\n")
    assert place.run("-m", "portal", "claims", "ledger", "verify").startswith("0 entries")

    assert place.run("-c", PAGE).split() == ["200", "True"]
    assert place.run("-c", PAGE, plugins="").split() == ["404", "False"]
    assert place.run("-c", PAGE).split() == ["200", "True"]

    kept = tmp_path / "kept.json"
    purge = ("-m", "portal", "plugins", "purge", "claims", "--export-to", str(kept))
    place.run(*purge, "--yes", plugins="")
    tables = {table.name for table in models.Claim.metadata.sorted_tables}
    exported = json.loads(kept.read_text(encoding="utf-8"))
    assert (len(exported["claims_rate"]), len(exported["claims_fact"])) == (7, 9)
    assert {name for name in tables if name.startswith("claims_")} <= set(exported)
    left = place.run("-c", LEFT, plugins="")
    assert left.split() == []


LEFT = """
import sqlalchemy as sa
from portal import create_app
from portal.db import db
app = create_app()
with app.app_context():
    names = sa.inspect(db.engine).get_table_names()
    print(*(name for name in names if name.startswith("claims")))
    with db.engine.connect() as connection:
        for row in connection.execute(sa.text("SELECT version_num FROM alembic_version")):
            if row[0].startswith("claims"):
                print(row[0])
"""
