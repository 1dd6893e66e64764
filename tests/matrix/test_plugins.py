"""Every bundled plugin stands the trials of the core: a role taken away, words that are for some alone.

Who may read which of a plugin's words stands in its `tests/readers.py`, written by people.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import pytest

from portal.plugin_api import trials
from portal.plugin_api.testing import Lab
from tests.plugins import bundled, samples_of

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


# The trials find what is wrong


def some(monkeypatch: pytest.MonkeyPatch, *endpoints: str) -> None:
    """Only the samples of these pages."""
    found = [one for one in samples_of("proposals") if one.endpoint.partition(".")[2] in endpoints]
    monkeypatch.setattr(trials, "samples_of", lambda *_: found)


def test_a_role_that_stays_is_found(portal_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    app = portal_lab.app("sqlite", [("proposals", None)])
    some(monkeypatch, "to_review", "declare")
    monkeypatch.setattr("portal.accounts.testing.take_roles", lambda *_: None)

    said = trials.after_a_role_is_taken(app, "proposals", "contributor")

    assert "GET /proposals/to-look-at answered 200" in said
    assert any("has changed" in one for one in said)


def test_a_word_that_others_read_is_found(portal_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    app = portal_lab.app("sqlite", [("proposals", None)])
    some(monkeypatch, "said", "decide")
    monkeypatch.setattr("plugins.proposals.queries.pages.Shown.makes_it", True)

    read = trials.words_read(app, "proposals")

    assert read["proposals_review.answers"] == trials.SIGNED_IN
    assert read["proposals_declaration.interests"] == {"board_member", "co_chair"}
