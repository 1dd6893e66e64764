"""Off: pages, navigation and cards are gone, data stays. On again: all back. Purged: nothing left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from plugins.proposals import models

PAGE = """
import sys
from portal import create_app
app = create_app()
client = app.test_client()
print(client.get("/proposals/").status_code, "/proposals/" in client.get("/").text)
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
    box = tmp_path / "box.csv"
    box.write_text("More walks\n", encoding="utf-8")
    place.run("-m", "portal", "db", "upgrade")
    said = place.run("-m", "portal", "proposals", "ideas", "import", str(box))
    assert said.startswith("1 ideas added")

    assert place.run("-c", PAGE).split() == ["200", "True"]
    assert place.run("-c", PAGE, plugins="").split() == ["404", "False"]
    assert place.run("-c", PAGE).split() == ["200", "True"]

    kept = tmp_path / "kept.json"
    purge = ("-m", "portal", "plugins", "purge", "proposals", "--export-to", str(kept))
    place.run(*purge, "--yes", plugins="")
    tables = {table.name for table in models.Proposal.metadata.sorted_tables}
    exported = json.loads(kept.read_text(encoding="utf-8"))
    assert exported["proposals_proposal"][0]["title"] == "More walks"
    assert {name for name in tables if name.startswith("proposals_")} <= set(exported)
    assert exported["desk_task"][0]["kind"] == "proposals:steward"
    left = place.run("-c", LEFT, plugins="")
    assert left.split() == []


LEFT = """
import sqlalchemy as sa
from portal import create_app
from portal.db import db
app = create_app()
with app.app_context():
    names = sa.inspect(db.engine).get_table_names()
    print(*(name for name in names if name.startswith("proposals")))
    with db.engine.connect() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            # The record of actions says for good who did what.
            for column in () if table.name == "audit_entry" else table.columns:
                if isinstance(column.type, sa.String):
                    rows = connection.scalars(sa.select(column).where(column.startswith("proposals")))
                    print(*(f"{column}={row}" for row in rows))
"""
