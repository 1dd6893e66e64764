"""Every import contract of pyproject.toml is kept, and breaks when a bad import is planted.

The plants go into a copy of the tree, so a room that is not built yet can be planted in too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = frozenset({"views", "forms", "services", "policies", "queries", "models"})

# contract, the module that gets the import, what it imports
PLANTS = [
    ("rooms", "portal.accounts.services", "portal.courses.api"),
    ("rooms", "portal.audit.services", "portal.messages.api"),
    ("rooms", "portal.messages.services.outbox", "portal.privacy.api"),
    ("rooms", "portal.privacy.services.kept", "portal.accounts.api"),
    ("rooms", "portal.messages.services.outbox", "portal.desk.api"),
    ("rooms", "portal.accounts.services.people", "portal.desk.api"),
    ("rooms", "portal.ui.widgets", "portal.accounts.api"),
    ("rooms", "portal.plugin_api.types", "portal.ui"),
    ("rooms", "portal.config", "portal.plugin_api.types"),
    ("rooms", "portal.vault", "portal.plugin_api.types"),
    ("rooms", "portal.enrolment.services", "portal.facilitators.services.day"),
    ("rooms", "portal.facilitators.queries.mine", "portal.home.api"),
    ("rooms", "portal.greenhouse.services", ""),  # a room that is in no layer
    ("in-a-room", "portal.courses.queries", "portal.courses.services"),
    ("in-a-room", "portal.courses.services", "portal.courses.forms"),
    ("in-a-room", "portal.accounts.policies", "portal.accounts.views"),
    ("in-a-room", "portal.facilitators.queries.pool", "portal.facilitators.policies"),
    ("in-a-room", "plugins.claims.models", "plugins.claims.queries"),
    ("in-a-room", "plugins.proposals.queries.lists", "plugins.proposals.services.store"),
    ("front-doors", "portal.home.views", "portal.courses.services"),
    ("front-doors", "portal.courses.services", "portal.accounts.models"),
    ("front-doors", "portal.courses.services", "portal.privacy.services.kept"),
    ("front-doors", "portal.courses.views", "portal.accounts.plugin"),
    ("front-doors", "portal.plugin_host.guard", "portal.courses.queries"),
    ("front-doors", "portal.desk.services", "portal.rotation"),
    ("front-doors", "portal.facilitators.services.day", "portal.courses.services.leaders"),
    ("front-doors", "portal.home.views", "portal.facilitators.services.day"),
    ("plugins-see", "plugins.claims.services", "portal.courses.services"),
    ("plugins-see", "plugins.claims.models", "portal.db"),
    ("plugins-see", "plugins.claims.plugin", "portal.plugin_host"),
    ("plugins-see", "plugins.proposals.services.store", "portal.courses.services.courses"),
    ("plugins-see", "plugins.proposals.models", "portal.db"),
    ("plugins-apart", "plugins.claims.services", "plugins.proposals.api"),
    ("plugins-apart", "plugins.proposals.services.store", "plugins.claims.api"),
    ("core-alone", "portal.home.views", "plugins.claims.api"),
    ("core-alone", "portal.courses.api", "plugins.proposals.states"),
    ("rules-without-flask", "portal.courses.services", "flask"),
    ("rules-without-flask", "plugins.claims.policies", "flask_login"),
    ("rules-without-flask", "plugins.proposals.services.judging", "flask"),
]

LEGAL = [
    ("portal.home.views", "portal.courses.api"),
    ("portal.courses.views", "portal.ui.widgets"),
    ("portal.courses.views", "portal.courses.services"),
    ("portal.courses.services", "portal.accounts.api"),
    ("portal.accounts.services", "portal.audit.api"),
    ("portal.desk.services", "portal.messages.api"),
    ("portal.privacy.services.kept", "portal.audit.api"),
    ("portal.enrolment.services", "portal.desk.api"),
    ("portal.facilitators.services.day", "portal.enrolment.api"),
    ("portal.accounts.models", "portal.db"),
    ("portal.accounts.plugin", "portal.plugin_api.hookspecs"),
    ("portal.plugin_host.core_rooms", "portal.accounts.plugin"),
    ("plugins.claims.services", "portal.courses.api"),
    ("plugins.claims.views", "portal.ui.widgets"),
    ("plugins.claims.plugin", "portal.plugin_api"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the code and its contracts."""
    for package in ("portal", "plugins"):
        for source in (ROOT / package).rglob("*.py"):
            if "node_modules" in source.parts:
                continue
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def module_file(tree: Path, dotted: str) -> Path:
    """The file of a module of the tree, made where it is missing, with its packages."""
    place = tree.joinpath(*dotted.split("."))
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    for parent in file.relative_to(tree).parents[:-1]:
        (tree / parent).mkdir(exist_ok=True)
        (tree / parent / "__init__.py").touch()
    file.touch()
    return file


def plant(tree: Path, importer: str, imported: str) -> None:
    if imported.split(".")[0] in {"portal", "plugins"}:
        module_file(tree, imported)
    with module_file(tree, importer).open("a") as file:
        file.write(f"\nimport {imported}\n" if imported else "")


def lint(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache", *options],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


def contracts() -> dict[str, str]:
    """Name by id."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {row["id"]: row["name"] for row in settings["tool"]["importlinter"]["contracts"]}


def test_import_contracts_kept_by_the_tree(tree: Path) -> None:
    result = lint(tree)
    assert result.returncode == 0, result.stdout


def test_import_contracts_kept_by_legal_imports(tree: Path) -> None:
    for importer, imported in LEGAL:
        plant(tree, importer, imported)
    result = lint(tree)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTS)
def test_import_contract_broken_by_plant(
    tree: Path, contract: str, importer: str, imported: str
) -> None:
    plant(tree, importer, imported)
    result = lint(tree, "--contract", contract)
    assert result.returncode == 1, result.stdout
    assert f"{contracts()[contract]} BROKEN" in result.stdout
    assert importer in result.stdout or importer.rsplit(".", 1)[0] in result.stdout


def test_import_contracts_all_have_a_plant() -> None:
    assert {contract for contract, _, _ in PLANTS} == set(contracts())


def hides(name: str) -> bool:
    parts = name.split("_")
    return len(parts) > 1 and not LAYERS.isdisjoint(parts)


def test_no_file_of_a_layer_hides_from_its_contract() -> None:
    """`models_of_pay.py` would be in no layer: a file that is too long becomes a folder of the same name."""
    rooms = [*ROOT.glob("portal/*/"), *ROOT.glob("plugins/*/")]
    names = {str(file.relative_to(ROOT)): file.stem for room in rooms for file in room.glob("*.py")}
    hidden = [path for path, name in names.items() if hides(name)]

    assert set(names.values()) >= LAYERS
    assert [hides(name) for name in ("models", "asking_models", "models_paying", "model")] == [
        False,
        True,
        True,
        False,
    ]
    assert hidden == []
