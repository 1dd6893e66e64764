"""Migrations with rows present: up, down, up; with no plugin, one alone, all but one, all."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa

from portal import create_app, migrate
from portal.app import Portal
from portal.config import load_settings
from portal.db import db, metadata, unit_of_work
from portal.plugin_api import MigrationBranch
from portal.plugin_api.testing import Database, Lab
from portal.plugin_host.discover import BootError
from tests.factories.courses import make_course
from tests.plugins import Plugin, make_plugin

NOTICEBOARD = Path(__file__).parents[2] / "docs" / "noticeboard"
SECRET = "a secret of the tests that is long enough"

# A parent and a child that goes with it: the second revision rebuilds the parent.
FIRST = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{name}_0001", None
branch_labels, depends_on = ("{name}",), "core_0001"


def upgrade():
    op.create_table("{name}_parent", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "{name}_child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("{name}_parent.id", ondelete="CASCADE")),
    )


def downgrade():
    op.drop_table("{name}_child")
    op.drop_table("{name}_parent")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{name}_0002", "{name}_0001"
branch_labels, depends_on = None, None


def rebuild():
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"


def upgrade():
    with op.batch_alter_table("{name}_parent", recreate=rebuild()) as batch:
        batch.add_column(sa.Column("title", sa.String(20)))
    {after}


def downgrade():
    with op.batch_alter_table("{name}_parent", recreate=rebuild()) as batch:
        batch.drop_column("title")
"""


def family(folder: Path, name: str, *, after: str = "") -> Plugin:
    """A plugin with a parent and a child table, made by two revisions."""
    place = folder / f"{name}_migrations"
    place.mkdir(exist_ok=True)
    (place / "one.py").write_text(FIRST.format(name=name))
    (place / "two.py").write_text(SECOND.format(name=name, after=after))
    return make_plugin(name, migrations=lambda: [MigrationBranch(name, place)])


def noticeboard() -> Plugin:
    sys.path.insert(0, str(NOTICEBOARD))
    import noticeboard

    return "noticeboard", noticeboard


@pytest.fixture
def database(engine_name: str, tmp_path: Path) -> Iterator[Database]:
    made = Database(engine_name, tmp_path, f"portal_migrations_{id(tmp_path)}")
    yield made
    made.drop()


@pytest.fixture
def migrated(portal_lab: Lab, engine_name: str, tmp_path: Path) -> Iterator[Database]:
    """One that every revision has made already."""
    made = portal_lab.migrated(engine_name, tmp_path, f"portal_migrated_{id(tmp_path)}")
    yield made
    made.drop()


def portal(database: Database, *plugins: Plugin, enabled: list[str] | None = None) -> Portal:
    names = [name for name, _ in plugins] if enabled is None else enabled
    settings = load_settings(
        environment="test",
        secret_key=SECRET,
        database_url=database.url,
        data_dir=database.folder,
        plugins=names,
    )
    return create_app(settings, plugins=plugins)


def execute(app: Portal, *statements: str) -> Any:
    with app.app_context(), unit_of_work() as session:
        results = [session.execute(sa.text(statement)) for statement in statements]
        return results[-1].scalars().all() if results[-1].returns_rows else None


def tables(app: Portal) -> set[str]:
    with app.app_context():
        try:
            return set(sa.inspect(db.engine).get_table_names())
        finally:
            db.engine.dispose()


def test_fresh_database_agrees_with_the_models(database: Database) -> None:
    app = portal(database, noticeboard())

    migrate.upgrade(app)

    assert migrate.faults(app) == []
    assert migrate.is_current(app)


def test_no_migration_loses_what_keeps_the_search(migrated: Database) -> None:
    app = portal(migrated)
    asked = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'course'"
        if migrated.engine_name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE tgrelid = 'course'::regclass AND NOT tgisinternal"
    )

    assert len(execute(app, asked)) == 3


def test_models_that_changed_are_reported(migrated: Database) -> None:
    app = portal(migrated)

    execute(app, "DROP TABLE pair_waiver")
    with app.app_context():
        db.engine.dispose()

    assert any("pair_waiver" in line for line in migrate.faults(app))


@pytest.mark.parametrize("chosen", [[], ["alpha"], ["beta"], ["alpha", "beta"]])
def test_up_down_up_with_rows_present(
    database: Database, tmp_path: Path, chosen: list[str]
) -> None:
    plugins = [family(tmp_path, name) for name in chosen]
    app = portal(database, *plugins)
    migrate.upgrade(app)
    with app.app_context(), unit_of_work() as session:
        make_course(session, slug="kept")
    for name in chosen:
        execute(
            app,
            f"INSERT INTO {name}_parent (id, title) VALUES (1, 'kept')",
            f"INSERT INTO {name}_child (id, parent_id) VALUES (1, 1)",
        )
    for name in chosen:
        migrate.downgrade_branch(app, name)
        assert not {table for table in tables(app) if table.startswith(name)}
        assert execute(app, "SELECT slug FROM course") == ["kept"]

    migrate.upgrade(app)

    assert execute(app, "SELECT slug FROM course") == ["kept"]
    assert migrate.is_current(app)
    assert migrate.faults(app) == []


def test_core_goes_down_to_nothing_and_up_again(migrated: Database) -> None:
    app = portal(migrated)
    with app.app_context(), unit_of_work() as session:
        make_course(session)

    migrate.downgrade_branch(app, "core")

    assert tables(app) <= {"alembic_version"}
    migrate.upgrade(app)
    core = {
        name
        for name, table in metadata.tables.items()
        if table.info.get("branch", "core") == "core"
    }
    assert core - tables(app) == set()


def test_rebuilding_a_parent_keeps_its_children(database: Database, tmp_path: Path) -> None:
    plugin = family(tmp_path, "alpha")
    second = tmp_path / "alpha_migrations" / "two.py"
    text = second.read_text()
    second.unlink()
    app = portal(database, plugin)
    migrate.upgrade(app)
    execute(
        app,
        "INSERT INTO alpha_parent (id) VALUES (1)",
        "INSERT INTO alpha_child (id, parent_id) VALUES (1, 1)",
    )
    with app.app_context():
        db.engine.dispose()
    second.write_text(text)

    migrate.upgrade(app)

    assert execute(app, "SELECT parent_id FROM alpha_child") == [1]


def test_failed_migration_leaves_everything_as_it_was(database: Database, tmp_path: Path) -> None:
    plugin = family(tmp_path, "alpha", after="op.execute('SELECT * FROM nowhere')")
    app = portal(database, plugin)

    with pytest.raises(sa.exc.DBAPIError):
        migrate.upgrade(app)

    assert tables(app) <= {"alembic_version"}


def test_rows_that_would_point_at_nothing_stop_the_migration(
    database: Database, tmp_path: Path
) -> None:
    after = "op.execute('INSERT INTO alpha_child (id, parent_id) VALUES (1, 999)')"
    app = portal(database, family(tmp_path, "alpha", after=after))

    with pytest.raises((migrate.MigrationError, sa.exc.IntegrityError)):
        migrate.upgrade(app)

    assert "alpha_child" not in tables(app)


def test_switched_off_plugin_keeps_its_tables_and_rows(database: Database, tmp_path: Path) -> None:
    alpha, beta = family(tmp_path, "alpha"), family(tmp_path, "beta")
    app = portal(database, alpha, beta)
    migrate.upgrade(app)
    execute(app, "INSERT INTO alpha_parent (id) VALUES (1)")
    with app.app_context():
        db.engine.dispose()

    without = portal(database, alpha, beta, enabled=["beta"])
    migrate.upgrade(without)

    assert migrate.is_current(without)
    assert execute(without, "SELECT id FROM alpha_parent") == [1]


def test_migrations_of_a_switched_off_plugin_that_cannot_be_read_stop_everything(
    database: Database,
) -> None:
    module = ModuleType("unreadable")

    def migrations() -> list[MigrationBranch]:
        raise RuntimeError("boom")

    module.migrations = migrations  # type: ignore[attr-defined]
    app = portal(database, ("unreadable", module), enabled=[])

    with pytest.raises(BootError, match="unreadable"):
        migrate.upgrade(app)


def test_two_upgrades_at_once_both_succeed(database: Database) -> None:
    app = portal(database)
    faults: list[BaseException] = []

    def upgrade() -> None:
        try:
            migrate.upgrade(app)
        except BaseException as error:  # noqa: BLE001 - whatever it was is the finding
            faults.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert migrate.is_current(app)
