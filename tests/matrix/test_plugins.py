"""Every bundled plugin stands the trials of the core: a role taken away, words that are for some alone.

Who may read which of a plugin's words stands in its `tests/readers.py`, written by people.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import pytest

from portal.plugin_api import trials
from portal.plugin_api.testing import Lab
from tests.plugins import bundled

PLUGINS = bundled()


def test_plugins_are_found() -> None:
    assert "proposals" in PLUGINS


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_role_that_is_taken_away_opens_nothing_from_the_next_click(
    portal_lab: Lab, plugin: str
) -> None:
    app = portal_lab.app("sqlite", [(plugin, None)])
    roles = trials.roles_of(app, plugin)

    assert roles
    wrong = {role: trials.after_a_role_is_taken(app, plugin, role) for role in roles}
    assert {role: said for role, said in wrong.items() if said} == {}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_words_are_read_by_those_alone_who_may(
    portal_lab: Lab, plugin: str, capfd: pytest.CaptureFixture[str]
) -> None:
    app = portal_lab.app("sqlite", [(plugin, None)])
    may: Mapping[str, frozenset[str]] = importlib.import_module(
        f"plugins.{plugin}.tests.readers"
    ).READERS
    capfd.readouterr()

    read = trials.words_read(app, plugin)

    logged = capfd.readouterr()
    empty = trials.columns_without_words(app, plugin)
    assert empty == [], "no sample fills these, so nobody looked for what stands there"
    assert read == may, "a word is read by others than those who may, or the hunt has become blind"
    assert trials.MARK not in logged.out + logged.err
