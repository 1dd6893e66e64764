"""Looking for words where nobody should find them: in every table, the files of a college, a dump of it."""

from __future__ import annotations

import subprocess

import sqlalchemy as sa

from portal.app import Portal
from portal.db import db


def everything_stored(app: Portal) -> str:
    """Every value of every table as text, and bytes as they are."""
    with app.app_context(), db.engine.connect() as connection:
        parts = []
        for table in sa.inspect(connection).get_table_names():
            for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')):
                parts += [
                    bytes(value).decode("latin-1")
                    if isinstance(value, bytes | memoryview)
                    else str(value)
                    for value in row
                ]
    return "\n".join(parts)


def files_of(app: Portal) -> dict[str, bytes]:
    """Every file of the college; where PostgreSQL holds its database, a dump of that too."""
    folder = app.settings.data_dir
    found = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    url = sa.make_url(app.settings.sqlalchemy_url)
    if url.get_backend_name() == "sqlite":
        return found
    server = url.set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(["pg_dump", server], check=True, capture_output=True)
    return found | {"dump": done.stdout}
