"""Run by Alembic for every migration command, on a connection that `portal.migrate` opened."""

from __future__ import annotations

from alembic import context

from portal.db import metadata
from portal.migrate import object_filter

config = context.config
branch = config.attributes.get("autogenerate_branch")
branches = frozenset({branch}) if branch else config.attributes["branches"]

context.configure(
    connection=config.attributes["connection"],
    target_metadata=metadata,
    include_object=object_filter(branches),
    render_as_batch=True,
    compare_type=True,
    compare_server_default=True,
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
