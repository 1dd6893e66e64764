"""The plugin contract: every hook is documented and tried, and the documentation's list is whole."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from portal import plugin_api
from portal.plugin_api import hookspecs

ROOT = Path(__file__).parents[2]
HOOKS = sorted(
    name
    for name, value in vars(hookspecs).items()
    if callable(value) and hasattr(value, f"{hookspecs.PROJECT}_spec")
)


def test_there_are_hooks_to_look_at() -> None:
    assert {"manifest", "nav_items", "veto"} <= set(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_says_what_it_returns_and_what_happens_when_it_fails(hook: str) -> None:
    text = inspect.getdoc(getattr(hookspecs, hook)) or ""

    assert len(text.split()) > 10, f"{hook} is not documented"
    assert re.search(r"fail|missing|refused|Read for every", text), (
        f"{hook} does not say what happens when it goes wrong"
    )


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_is_tried_by_a_test(hook: str) -> None:
    """A made-up plugin implements it (`hook=…`), a table of hooks names it, or a test calls it."""
    here = Path(__file__)
    tried = re.compile(rf'\b{hook}=|"{hook}"|\.{hook}\(')

    assert any(
        tried.search(file.read_text()) for file in (ROOT / "tests").rglob("*.py") if file != here
    ), f"no test implements {hook}"


def test_contract_exports_what_its_list_says() -> None:
    missing = [name for name in plugin_api.__all__ if not hasattr(plugin_api, name)]

    assert missing == []
    assert sorted(plugin_api.__all__) == sorted(set(plugin_api.__all__))
