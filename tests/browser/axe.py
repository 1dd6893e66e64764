"""Axe in the pages of the browser tests, brought there cheaply."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "portal" / "ui" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_IS_HERE = "typeof axe === 'object' || (typeof readAxe === 'function' && (readAxe(), true))"
# What is found is shown by its HTML: paths of selectors to all that was looked at cost a sixth of the time.
_ASK = """async (rules) => {
  const {violations} = await axe.run({runOnly: rules, resultTypes: ['violations'], selectors: false})
  return violations.map((v) =>
    [v.id, v.help, v.nodes.slice(0, 5).map((n) => n.html + ' :: ' + n.failureSummary)])
}"""
_know_axe: WeakSet[Page] = WeakSet()


def faults(page: Page) -> list[Any]:
    """What axe finds against WCAG 2.2 AA or its best practices: (rule, help, up to five elements) each."""
    _bring(page)
    found: list[Any] = page.evaluate(_ASK, list(RULES))
    return found


@cache
def _script() -> str:
    """A script that only gives axe a name: it is read where it is asked for."""
    return f"globalThis.readAxe = () => {{ {AXE.read_text('utf-8')} }}"


def _bring(page: Page) -> None:
    """Through the debugging protocol, so the page's own content policy stays in force.

    Half a megabyte goes to the browser once, for whatever is opened in this page from here on; and what
    was compiled of it for one page serves the next.
    """
    if page.evaluate(_IS_HERE):
        return
    page.evaluate(_script())
    page.evaluate(_IS_HERE)
    if page not in _know_axe:
        page.add_init_script(_script())
        _know_axe.add(page)
