"""What the portal refuses to start with, each with a message that names the place."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import portal
from portal import create_app
from portal.app import Portal
from portal.config import load_settings
from portal.db import Base, metadata
from portal.plugin_api import (
    Event,
    Look,
    Manifest,
    Permission,
    Setting,
    plugin_base,
    public,
    requires,
)
from portal.plugin_api.access import AccessError
from portal.plugin_api.events import RunChanged
from portal.plugin_api.models import TablePrefixError
from portal.plugin_host.boot import host_of
from portal.plugin_host.registry import BootError
from tests.integration.privacy.conftest import source
from tests.plugins import Plugin, blueprint, make_plugin, returning

SECRET = "a secret of the tests that is long enough"


def boot(tmp_path: Path, *plugins: Plugin, environment: str = "test") -> Any:
    settings = load_settings(
        environment=environment,
        secret_key=SECRET,
        data_dir=tmp_path,
        plugins=[name for name, _ in plugins],
    )
    return create_app(settings, plugins=plugins)


def refusal(tmp_path: Path, *plugins: Plugin) -> str:
    with pytest.raises(BootError) as caught:
        boot(tmp_path, *plugins)
    return str(caught.value)


def models_module(name: str, define: Any) -> str:
    """A module that defines models when it is imported, as a plugin's would."""
    module = ModuleType(name)
    sys.modules[name] = module
    define(module)
    return name


@public
def open_page() -> str:
    return "open"


def bare_page() -> str:
    return "no rule"


@public
def half_ruled() -> str:
    return "GET is public, POST is nothing"


def test_boot_without_plugins_succeeds(tmp_path: Path) -> None:
    app = boot(tmp_path)

    assert app.test_client().get("/healthz").status_code == 200


def test_route_without_rule_is_refused(tmp_path: Path) -> None:
    message = refusal(
        tmp_path, make_plugin("alpha", blueprints=lambda: [blueprint("alpha", {"/x": bare_page})])
    )

    assert "alpha" in message
    assert "GET /alpha/x" in message
    assert "bare_page" in message


def test_post_does_not_inherit_the_rule_of_get(tmp_path: Path) -> None:
    def blueprints() -> list[Any]:
        made = blueprint("alpha", {})
        made.add_url_rule("/x", view_func=half_ruled, methods=["GET", "POST"])
        return [made]

    message = refusal(tmp_path, make_plugin("alpha", blueprints=blueprints))

    assert "POST /alpha/x" in message


def answering_options(view: Any) -> Any:
    def blueprints() -> list[Any]:
        made = blueprint("alpha", {})
        made.add_url_rule("/x", view_func=view, methods=["GET", "OPTIONS"])
        return [made]

    return make_plugin("alpha", blueprints=blueprints)


def test_view_that_answers_options_itself_needs_a_rule_for_it(tmp_path: Path) -> None:
    @requires("portal:health:see")
    def page() -> str:
        return "for administrators"

    assert "OPTIONS /alpha/x" in refusal(tmp_path, answering_options(page))


def test_rule_for_options_is_enforced(tmp_path: Path) -> None:
    @requires("portal:health:see", "GET", "OPTIONS")
    def page() -> str:
        return "for administrators"

    client = boot(tmp_path, answering_options(page)).test_client()

    assert "for administrators" not in client.options("/alpha/x").text
    assert set(client.options("/courses").allow) == {"GET", "HEAD", "OPTIONS"}


def test_no_route_is_taken_out_of_the_protection_against_forgery(tmp_path: Path) -> None:
    app = boot(tmp_path)

    with pytest.raises(TypeError, match="forgery"):
        app.extensions["csrf"].exempt(half_ruled)


def test_two_rules_for_one_method_are_refused() -> None:
    with pytest.raises(AccessError, match=r"twice_ruled.*GET"):

        @requires("a:b:c")
        @public
        def twice_ruled() -> str:
            return ""


def test_rule_with_unknown_permission_is_refused(tmp_path: Path) -> None:
    @requires("alpha:thing:see")
    def page() -> str:
        return ""

    message = refusal(
        tmp_path, make_plugin("alpha", blueprints=lambda: [blueprint("alpha", {"/x": page})])
    )

    assert "alpha:thing:see" in message


def test_two_plugins_with_one_name_are_refused(tmp_path: Path) -> None:
    first, second = make_plugin("alpha"), make_plugin("alpha")
    second[1].__name__ = "another_alpha"

    message = refusal(tmp_path, first, second)

    assert "made_up_alpha" in message
    assert "another_alpha" in message


def test_plugin_named_like_a_room_is_refused(tmp_path: Path) -> None:
    assert "portal.courses" in refusal(tmp_path, make_plugin("courses"))


def test_manifest_with_another_name_is_refused(tmp_path: Path) -> None:
    plugin = make_plugin("alpha", manifest=lambda: Manifest("beta", "Beta", "1"))

    assert "'beta'" in refusal(tmp_path, plugin)


def test_manifest_of_another_contract_is_refused(tmp_path: Path) -> None:
    plugin = make_plugin("alpha", manifest=lambda: Manifest("alpha", "Alpha", "1", contract=99))

    assert "contract 99" in refusal(tmp_path, plugin)


def test_permission_declared_twice_is_refused(tmp_path: Path) -> None:
    doubled = [Permission("alpha:thing:see", "See"), Permission("alpha:thing:see", "See again")]

    message = refusal(tmp_path, make_plugin("alpha", permissions=returning(doubled)))

    assert "'alpha:thing:see' is declared twice" in message


def test_two_handlers_of_one_name_for_one_event_are_refused(tmp_path: Path) -> None:
    """Deliveries are stored by that name: the second handler would stand in for the first, silently."""

    def handlers(many: int) -> list[Any]:
        def on_change(*_: object) -> None:
            """One of many."""

        return [(RunChanged, on_change) for _ in range(many)]

    twice = [*handlers(1), *handlers(1)]

    message = refusal(tmp_path, make_plugin("alpha", event_handlers=returning(twice)))

    assert "event handler" in message
    assert "on_change' is declared twice" in message


def test_permission_in_another_plugins_name_is_refused(tmp_path: Path) -> None:
    stolen = [Permission("courses:course:edit", "Edit everything")]

    assert "courses:course:edit" in refusal(
        tmp_path, make_plugin("alpha", permissions=returning(stolen))
    )


def test_two_views_behind_one_address_are_refused(tmp_path: Path) -> None:
    made = [
        blueprint("alpha", {"/x": open_page}),
        blueprint("more", {"/x": public(lambda: "other")}),
    ]

    message = refusal(tmp_path, make_plugin("alpha", blueprints=lambda: made))

    assert "/alpha/x is claimed twice" in message


def test_template_outside_the_plugins_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "templates" / "ui").mkdir(parents=True)
    made = blueprint("alpha", {"/x": open_page}, template_folder=str(tmp_path / "templates"))

    message = refusal(tmp_path, make_plugin("alpha", blueprints=lambda: [made]))

    assert str(tmp_path / "templates" / "ui") in message


def test_misspelt_hook_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    message = refusal(tmp_path, make_plugin("alpha", nav_item=lambda actor: []))

    assert "'nav_item'" in message
    assert "'nav_items'" in message


def test_hook_with_a_misspelt_argument_is_refused(tmp_path: Path) -> None:
    assert "acter" in refusal(tmp_path, make_plugin("alpha", nav_items=lambda acter: []))


def test_table_outside_the_prefix_is_refused_by_plugin_base() -> None:
    with pytest.raises(TablePrefixError, match="stray_alpha") as caught:

        class StrayAlpha(plugin_base("alpha")):  # type: ignore[misc]
            __tablename__ = "stray_alpha"

    assert "must start with 'alpha_'" in str(caught.value)


def test_table_outside_the_prefix_is_refused_on_any_base(tmp_path: Path) -> None:
    def define(module: ModuleType) -> None:
        module.Stray = type(  # type: ignore[attr-defined]
            "Stray",
            (Base,),
            {
                "__tablename__": "stray_thing",
                "__annotations__": {"id": Mapped[int]},
                "id": mapped_column(primary_key=True),
            },
        )

    plugin = make_plugin(
        "prefixless", model_modules=lambda: [models_module("prefixless_models", define)]
    )

    message = refusal(tmp_path, plugin)

    assert "stray_thing" in message
    assert "stray_thing" not in metadata.tables


def test_foreign_key_to_a_person_without_privacy_source_is_refused(tmp_path: Path) -> None:
    def define(module: ModuleType) -> None:
        class Secretive(plugin_base("secretive")):  # type: ignore[misc]
            __tablename__ = "secretive_note"
            id: Mapped[int] = mapped_column(primary_key=True)
            about: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

        module.Secretive = Secretive  # type: ignore[attr-defined]

    plugin = make_plugin(
        "secretive", model_modules=lambda: [models_module("secretive_models", define)]
    )
    forgetful = make_plugin(
        "secretive",
        model_modules=lambda: ["secretive_models"],
        privacy_sources=lambda: [source("secretive_note")],
    )
    try:
        messages = [refusal(tmp_path, one) for one in (plugin, forgetful)]
    finally:
        metadata.remove(metadata.tables["secretive_note"])

    assert "secretive_note.about" in messages[0]
    assert "no privacy_sources() entry" in messages[0]
    assert "secretive_note.about" in messages[1]
    assert "has no `merge`" in messages[1]


def test_look_under_the_name_of_another_plugin_is_refused(tmp_path: Path) -> None:
    look = Look("peas:jar:read", "How many peas you have")
    message = refusal(tmp_path, make_plugin("beans", looks=lambda: [look]))
    assert "'beans:thing:verb'" in message


@pytest.mark.parametrize(
    ("hook", "value"),
    [
        ("permissions", "not a list"),
        ("permissions", [object()]),
        ("blueprints", [open_page]),
        ("event_types", [1]),
        ("event_handlers", [(1, 2)]),
        ("settings", [None]),
        ("jobs", ["job"]),
        ("commands", [print]),
        ("privacy_sources", {"a": 1}),
        ("migrations", ["folder"]),
        ("translations", [Path("x")]),
        ("checks", [print]),
    ],
)
def test_registration_hook_with_a_wrong_answer_is_refused(
    tmp_path: Path, hook: str, value: Any
) -> None:
    message = refusal(tmp_path, make_plugin("alpha", **{hook: returning(value)}))

    assert "alpha" in message
    assert hook in message


def test_setting_and_event_of_another_plugin_are_refused(tmp_path: Path) -> None:
    class Stolen(Event):
        event_type = "courses:course_changed"

    assert "beta:x" in refusal(
        tmp_path, make_plugin("alpha", settings=returning([Setting("beta:x", 1, "X", "Why")]))
    )
    assert "Stolen" in refusal(tmp_path, make_plugin("alpha", event_types=returning([Stolen])))


def test_faulty_plugin_is_quarantined_in_production(tmp_path: Path) -> None:
    def explode() -> list[Any]:
        raise RuntimeError("boom")

    app = boot(
        tmp_path,
        make_plugin("alpha", permissions=explode),
        make_plugin("beta"),
        environment="production",
    )

    plugins = host_of(app).registry.plugins
    assert plugins["alpha"].state == "quarantined"
    assert "boom" in plugins["alpha"].error
    assert plugins["beta"].state == "active"
    assert app.test_client().get("/healthz").status_code == 200


def test_faulty_required_plugin_stops_production(tmp_path: Path) -> None:
    plugin = make_plugin(
        "alpha",
        required=True,
        blueprints=lambda: [blueprint("alpha", {"/x": bare_page})],
    )

    with pytest.raises(BootError, match="alpha"):
        boot(tmp_path, plugin, environment="production")


def test_unknown_plugin_in_the_settings_is_refused(tmp_path: Path) -> None:
    settings = load_settings(
        environment="test", secret_key=SECRET, data_dir=tmp_path, plugins=["nowhere"]
    )

    with pytest.raises(BootError, match="nowhere"):
        create_app(settings)


def test_plugin_blueprint_gets_its_forced_name_and_prefix(tmp_path: Path) -> None:
    made = blueprint("greedy_name", {"/x": open_page}, url_prefix="/somewhere/else")

    app = boot(tmp_path, make_plugin("alpha", blueprints=lambda: [made]))

    rules = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
    assert rules["alpha_greedy_name.x"] == "/alpha/x"


def test_files_of_a_plugins_static_folder_are_open_to_everybody(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "tea.txt").write_text("milk first")
    made = blueprint("alpha", {"/x": open_page}, static_folder=str(folder))

    app = boot(tmp_path, make_plugin("alpha", blueprints=lambda: [made]))

    assert app.test_client().get("/alpha/files/tea.txt").text == "milk first"


def test_jobs_of_every_room_are_handed_to_the_worker(app: Portal) -> None:
    """A list of jobs that no hook answers with would never run, and nobody would notice."""
    registered = {
        job.run
        for plugin in host_of(app).registry.active()
        if plugin.registration is not None
        for job in plugin.registration.jobs
    }
    rooms = {file.parent.name for file in Path(portal.__path__[0]).glob("*/jobs.py")}

    assert len(rooms) > 5
    for room in sorted(rooms):
        found = import_module(f"portal.{room}.jobs")
        assert {job.run for job in getattr(found, "JOBS", ())} <= registered, room
