"""Off: pages, navigation and cards are gone, data stays. On again: all back. Purged: nothing left."""

from __future__ import annotations

import json
from pathlib import Path

from plugins.claims.models import claims as models
from portal.plugin_api.trials import from_outside

QUOTE = ("claims", "quote", "--category", "car", "--miles", "30", "--on", "2026-04-05")
COMMANDS = (("db", "upgrade"), (*QUOTE, "--json"), QUOTE, ("claims", "ledger", "verify"))
# One process for what is asked while the plugin is on; a mark between two commands.
BEGIN = """
import json, sys
from portal import cli, create_app

for command in json.loads(sys.argv[1]):
    cli.main(command, standalone_mode=False)
    print("---")
print(create_app().test_client().get("/claims/quote").status_code)
"""
# A second process, where nothing of the plugin is there until it is on again: "off" is as a host has it.
THEN = """
import json, os, sys
import sqlalchemy as sa
from portal import cli, create_app
from portal.db import db

def asked():
    answer = create_app().test_client().get("/claims/quote")
    return answer.status_code, "What a journey" in answer.text

def left():
    with create_app().app_context(), db.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        yield from (name for name in names if name.startswith("claims"))
        rows = connection.scalars(sa.text("SELECT version_num FROM alembic_version"))
        yield from (row for row in rows if row.startswith("claims"))

os.environ["PORTAL_PLUGINS"] = ""
off = asked()
assert not [name for name in sys.modules if name.startswith("plugins.claims.models")]
del os.environ["PORTAL_PLUGINS"]
on = asked()
os.environ["PORTAL_PLUGINS"] = ""
purge = ["plugins", "purge", "claims", "--yes", "--export-to", sys.argv[1]]
cli.main(purge, standalone_mode=False)
print(json.dumps({"off": off, "on": on, "left": list(left())}))
"""


def test_off_on_and_purged(tmp_path: Path) -> None:
    _upgraded, said, in_words, verified, on = from_outside(
        tmp_path, BEGIN, json.dumps(COMMANDS)
    ).split("---\n")
    assert json.loads(said)["pence"] == 1350
    assert in_words.endswith("£13.50\n")
    assert verified.startswith("0 entries")
    assert on == "200\n"

    kept = tmp_path / "kept.json"
    found = json.loads(from_outside(tmp_path, THEN, kept).splitlines()[-1])

    assert found["off"] == [404, False]
    assert found["on"] == [200, True]
    tables = {table.name for table in models.Claim.metadata.sorted_tables}
    exported = json.loads(kept.read_text(encoding="utf-8"))
    assert (len(exported["claims_rate"]), len(exported["claims_fact"])) == (7, 9)
    assert {name for name in tables if name.startswith("claims_")} <= set(exported)
    assert found["left"] == []
