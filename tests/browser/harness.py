"""What browser tests share: a served app, a page that keeps watch, and the assertions on a page.

A `Watched` page fails its test at the end when the browser reported a breach of the content policy or an
error in a script, so no test has to remember to ask.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.serving import make_server

from tests.browser import axe

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

PHONE, OLD_PHONE, DESK = (390, 844), (320, 568), (1280, 900)
Size = tuple[int, int]
MOST_TABS = 400


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the app from threads on a free port; the value is its address without a final slash."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)


@dataclass
class Watched:
    """A browser's page on one site, and what the browser complained of meanwhile."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the site and return the page."""
        self.page.goto(self.base + path)
        return self.page


@contextmanager
def watched(
    browser: Browser,
    base: str,
    *,
    size: tuple[int, int] = PHONE,
    scripts: bool = True,
    display: str = "",
    **options: Any,
) -> Iterator[Watched]:
    """A fresh page in a context of its own; `display` is the display cookie's value.

    Raises:
        AssertionError: at the end, when the browser reported a policy breach or a script's error.
    """
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts, **options
    )
    if display:
        context.add_cookies([{"name": "display", "value": display, "url": base}])
    page = context.new_page()
    watch = Watched(page, base)
    page.on("pageerror", lambda error: watch.complaints.append(f"script: {error}"))
    page.on(
        "console",
        lambda message: (
            watch.complaints.append(message.text)
            if "Content Security Policy" in message.text
            else None
        ),
    )
    try:
        yield watch
        assert watch.complaints == []
    finally:
        context.close()


@contextmanager
def next_page(page: Page) -> Iterator[None]:
    """What is done in the block leads to a page, be it the same one again: wait until that is there.

    A click waits for nothing: until the answer comes, the old page would answer what a test asks.
    """
    with page.expect_navigation():
        yield


def follow(way: Locator) -> None:
    """Click a link or a button that leads to a page, and wait until that is there."""
    with next_page(way.page):
        way.click()


def at_sizes(page: Page, sizes: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """`for size in at_sizes(page, …):` the page that is open, in a window of each size in turn.

    Opened once: its words are the same at every size, and only what the style sheet does is not.
    """
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        yield width, height


def assert_accessible(page: Page) -> None:
    """Axe finds nothing, neither in WCAG 2.2 AA nor in its best practices."""
    page.wait_for_load_state()  # a script may have led to a page that is only half here
    assert axe.faults(page) == []


FORM_FAULTS = """() => {
  const faults = []
  const say = (what, element) => faults.push(what + ': ' + element.outerHTML.slice(0, 160))
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id)
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) faults.push('id twice: ' + id)
  const focusable = 'input:not([type=hidden]), select, textarea, button, main'
  for (const link of document.querySelectorAll('.govuk-error-summary a')) {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)))
    if (!target || !target.matches(focusable)) say('error leads nowhere', link)
  }
  for (const control of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (!control.labels.length && !control.ariaLabel) say('no label', control)
    const described = (control.getAttribute('aria-describedby') || '').split(' ')
    for (const id of described.filter(Boolean)) {
      const text = document.getElementById(id)
      if (!text || !text.textContent.trim()) say('empty description ' + id, control)
    }
    if (control.required) say('the browser, not we, would complain', control)
    if (control.type === 'radio' && !control.closest('fieldset')?.querySelector('legend')) {
      say('radio outside a fieldset', control)
    }
    const wrong = control.closest('.govuk-form-group--error')
    if (wrong && !wrong.querySelector('.govuk-error-message')) say('error without words', control)
  }
  for (const form of document.querySelectorAll('form[method=post]')) {
    const asks = form.querySelector('input:not([type=hidden]), textarea, select')
    if (asks && !form.noValidate) say('no novalidate', form)
  }
  const inline = '[style], [onclick], style, script:not([src], [type="application/ld+json"])'
  for (const element of document.querySelectorAll(inline)) say('inline', element)
  return faults
}"""


def assert_forms_ok(page: Page) -> None:
    """Errors lead to controls, controls have labels, radios a fieldset; no id twice, nothing inline."""
    assert page.evaluate(FORM_FAULTS) == []


# What scrolls inside a frame of its own may be wider than the window.
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= room) return []
  const outside = (e) => e.getBoundingClientRect().right > room + 1 || e.getBoundingClientRect().left < -1
  return [...document.querySelectorAll('body *')]
    .filter((e) => outside(e) && !e.matches('.rc-scroll *'))
    .map((e) => e.outerHTML.slice(0, 120))
}"""


def assert_no_sideways_scroll(page: Page) -> None:
    """The page is no wider than the window."""
    wide = page.evaluate(TOO_WIDE)
    assert wide == []


STEP = """() => {
  const element = document.activeElement
  if (!element || element === document.body) return null
  const again = element.dataset.reached === 'yes'
  element.dataset.reached = 'yes'
  const drawn = [element, ...(element.labels || [])]
  const marks = drawn.flatMap((e) => [getComputedStyle(e), getComputedStyle(e, '::before')])
  const shown = marks.some((s) => s.boxShadow !== 'none' ||
    s.outlineStyle === 'auto' || (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2))
  return [shown, again, element.outerHTML.slice(0, 120)]
}"""
# Radios of one group are one stop; what is hidden, or in closed <details>, is none.
NOT_REACHED = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary')]
  .filter((e) => !e.dataset.reached && !e.disabled)
  .filter((e) => e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}))
  .filter((e) => e.type !== 'radio' ||
    ![...document.getElementsByName(e.name)].some((radio) => radio.dataset.reached))
  .map((e) => e.outerHTML.slice(0, 120))"""


def walk_by_keyboard(page: Page) -> list[str]:
    """Press Tab through the page; return the visible controls that got focus, first to last.

    Raises:
        AssertionError: a control was never reached, or had no visible sign of its focus.
    """
    page.evaluate("document.activeElement?.blur()")
    reached: list[str] = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        step = page.evaluate(STEP)
        if step is None:  # past the last control; the walk may have begun in the middle of the page
            continue
        shown, again, html = step
        assert shown, f"no visible focus: {html}"
        if again:
            break
        reached.append(html)
    assert page.evaluate(NOT_REACHED) == []
    return reached
