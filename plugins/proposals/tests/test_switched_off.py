"""Off: pages, navigation and cards are gone, data stays. On again: all back. Purged: nothing left."""

from __future__ import annotations

import json
from pathlib import Path

from plugins.proposals import models
from portal.plugin_api.trials import from_outside

BEGIN = """
import sys
from portal.accounts.testing import signed_in_client
from portal import cli, create_app

cli.main(["db", "upgrade"], standalone_mode=False)
cli.main(["proposals", "ideas", "import", sys.argv[1]], standalone_mode=False)
student = signed_in_client(create_app(), ["student"])
part = {"perspective": "lived", "credit": "none", "agreed": "y", "words": "Singing"}
assert student.post("/proposals/start/part", data=part).status_code == 303
print("person", student.person_id)
"""
# A second process, where nothing of the plugin is there until it is on again: "off" is as a host has it.
THEN = """
import json, os, sys
import sqlalchemy as sa
from portal.accounts.testing import signed_in_client
from portal import cli, create_app
from portal.db import db

def asked():
    app = create_app()
    visitor, student = app.test_client(), signed_in_client(app, person_id=int(sys.argv[1]))
    mine = student.get("/me")
    ideas = visitor.get("/proposals/").status_code, "/proposals/" in visitor.get("/").text
    return *ideas, mine.status_code, "Ideas you are making" in mine.text

def left():
    with create_app().app_context(), db.engine.connect() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        yield from (name for name in tables.tables if name.startswith("proposals"))
        for table in tables.sorted_tables:
            # The record of actions says for good who did what.
            for column in () if table.name == "audit_entry" else table.columns:
                if isinstance(column.type, sa.String):
                    rows = connection.scalars(sa.select(column).where(column.startswith("proposals")))
                    yield from (f"{column}={row}" for row in rows)

os.environ["PORTAL_PLUGINS"] = ""
off = asked()
assert not [name for name in sys.modules if name.startswith("plugins.proposals.models")]
del os.environ["PORTAL_PLUGINS"]
on = asked()
os.environ["PORTAL_PLUGINS"] = ""
purge = ["plugins", "purge", "proposals", "--yes", "--export-to", sys.argv[2]]
cli.main(purge, standalone_mode=False)
print(json.dumps({"off": off, "on": on, "left": list(left())}))
"""


def test_off_on_and_purged(tmp_path: Path) -> None:
    box, kept = tmp_path / "box.csv", tmp_path / "kept.json"
    box.write_text("More walks\n", encoding="utf-8")
    begun = from_outside(tmp_path, BEGIN, box)
    assert "1 ideas added" in begun
    person = begun.rpartition("person ")[2].strip()
    found = json.loads(from_outside(tmp_path, THEN, person, kept).splitlines()[-1])

    # The list's page, its link on the first page, My page, the card on it.
    assert found["off"] == [404, False, 200, False]
    assert found["on"] == [200, True, 200, True]
    tables = {table.name for table in models.Proposal.metadata.sorted_tables}
    assert kept.stat().st_mode & 0o777 == 0o600, "people’s own words are in it"
    exported = json.loads(kept.read_text(encoding="utf-8"))
    assert exported["proposals_proposal"][0]["title"] == "More walks"
    assert {name for name in tables if name.startswith("proposals_")} <= set(exported)
    assert exported["desk_task"][0]["kind"] == "proposals:steward"
    assert found["left"] == []
