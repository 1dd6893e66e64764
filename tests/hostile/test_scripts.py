"""A hundred payloads in every field that is kept, and every page opened in Chromium: nothing runs.

For each GET route: an empty college, what the route's own sample makes, payloads in all of it; then the page
as the person whose it is, or somebody with every role, or nobody. Each page is opened without the content
policy, so that only our own escaping stands between a payload and the page. Long fields hold all payloads at
once; a short one holds as many as fit. Under SOAK=1 pages are opened with the policy too, when one report of
the browser fails the test, and again as often as short fields make another page of it, until they have held
every payload that fits.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from flask import url_for

from portal.accounts.policies import GRANTABLE
from portal.accounts.testing import signed_in_client
from portal.db import db, metadata, unit_of_work
from portal.vault import sealed_columns
from tests.browser import harness
from tests.hostile.payloads import PAYLOADS
from tests.hostile.planting import (
    BRANCHES,
    CORE,
    FOR_MACHINES,
    LEFT_OUT,
    LONG,
    college_of,
    columns,
    furnish,
    plant,
    present_of,
    room_of,
)
from tests.matrix.access import PUBLIC

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, BrowserContext, Page

    from portal.app import Portal
    from portal.plugin_api import RouteSample
    from portal.plugin_api.testing import Lab

pytestmark = pytest.mark.browser
SOAK = os.environ.get("SOAK") == "1"
STEP = 2  # payloads that the shortest fields hold at once
FIRST = 40
OTHERS = [start % len(PAYLOADS) for start in range(FIRST + STEP, FIRST + len(PAYLOADS), STEP)]
ONCE = re.compile(r'name="(csrf_token|form_key)"[^>]*>')  # another in each answer
NO_CONTENT = 204
PAGES = [
    (branch, sample)
    for branch, samples in BRANCHES.items()
    for sample in samples
    if sample.method == "GET"
]
ROOMS = sorted({sample.endpoint.partition(".")[0] for _branch, sample in PAGES})
WATCH = """
window.ran = [];
window.x = () => { window.ran.push(document.currentScript?.outerHTML || 'x') };
addEventListener('securitypolicyviolation', (event) => window.ran.push('report: ' + event.violatedDirective));
"""
# Whatever our own pages never have: each of these is something that a payload made.
INJECTED = """() => {
  const own = 'script[src^="/assets/"], script[type="application/ld+json"]'
  const strange = [
    'script', 'style', 'iframe', 'object', 'embed', 'applet', 'base', 'marquee', 'video', 'audio', 'math',
    'xss', 'xmp', 'plaintext', 'noembed', 'bgsound', 'foreignObject', 'animate', 'set', 'isindex',
    'meta[http-equiv=refresh]', 'track', 'slot', 'mglyph', '[style]', '[srcdoc]'
  ].join(', ')
  const found = [...document.querySelectorAll(strange)].filter((e) => !e.matches(own))
  for (const element of document.querySelectorAll('*')) {
    const names = element.getAttributeNames()
    if (names.some((name) => name.startsWith('on'))) found.push(element)
    for (const name of ['href', 'src', 'action', 'data', 'xlink:href', 'background', 'formaction']) {
      const target = (element.getAttribute(name) || '').replace(/[\\t\\n\\r ]/g, '').toLowerCase()
      const image = element.matches('img') && target.startsWith('data:image/')
      if (/^(javascript|data|vbscript):|^(https?:)?\\/\\/q/.test(target) && !image) found.push(element)
    }
  }
  return [...found.map((e) => e.outerHTML.slice(0, 160)), ...window.ran]
}"""


def test_there_are_a_hundred_different_payloads() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 100


@pytest.mark.soak
@pytest.mark.parametrize("room", ROOMS)
def test_nothing_that_is_kept_becomes_a_script(
    portal_lab: Lab, browser: Browser, room: str
) -> None:
    wrong = []
    pages = [one for one in PAGES if one[1].endpoint.startswith(f"{room}.")]
    with (
        harness.served(college_of(portal_lab, pages[0][0])) as site,
        watching(browser, policy=False) as bare,
        watching(browser, policy=True) as guarded,
    ):
        for branch, sample in pages:
            college, address, client = arranged(portal_lab, branch, sample)
            is_page = shows_a_page(client, address)
            if not is_page and sample.endpoint not in FOR_MACHINES:
                wrong.append(f"{address} is no page, and test_formats.py does not know it")
            furnish(college, getattr(client, "person_id", 0), branch)
            plant(college, FIRST, branch)
            # A paper is a page instead where no typeface has the letters.
            if not is_page and not shows_a_page(client, address):
                continue
            wrong += faults(bare, site, address, client)
            if SOAK:
                wrong += faults(guarded, site, address, client)
                wrong += faults_of_others(bare, college, branch, address, client)

    assert not wrong, "\n".join(wrong)


def shows_a_page(client: FlaskClient, address: str) -> bool:
    """False where the answer is for a machine, or a file to take home."""
    answer = client.get(address)
    return answer.mimetype == "text/html" and answer.status_code != NO_CONTENT


def arranged(lab: Lab, branch: str, sample: RouteSample) -> tuple[Portal, str, FlaskClient]:
    """An empty college, the address of what the sample makes in it, and whoever may open it."""
    app = college_of(lab, branch)
    if (sample.endpoint, "GET") in PUBLIC or sample.public:
        client = app.test_client()
    else:
        client = signed_in_client(app, () if sample.arrange_own else GRANTABLE)
    with app.test_request_context():
        with unit_of_work() as session:
            own = sample.arrange_own
            person_id = getattr(client, "person_id", 0)
            values = own(session, person_id) if own else sample.arrange(session)
        return app, url_for(sample.endpoint, **values), client


@contextmanager
def watching(browser: Browser, *, policy: bool) -> Iterator[Page]:
    """A page that notes every script that runs, and every report of a policy."""
    # A worker would go on asking for pages while the next college is made.
    context: BrowserContext = browser.new_context(bypass_csp=not policy, service_workers="block")
    context.add_init_script(WATCH)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    yield page
    context.close()


def faults(page: Page, site: str, address: str, client: FlaskClient) -> list[str]:
    """What ran, was injected or was reported, each with the address."""
    page.context.clear_cookies()
    key = client.get_cookie("session")
    if key is not None:
        page.context.add_cookies([{"name": "session", "value": key.value, "url": site}])
    answer = page.goto(site + address)
    if answer is None or answer.status in {403, 404} or answer.status >= 500:
        return [f"{address}: answered {answer.status if answer else 'nothing'}"]
    if "/sign-in?" in page.url:
        return [f"{address}: asked to sign in"]
    return [f"{address}: {what}" for what in page.evaluate(INJECTED)]


def faults_of_others(
    page: Page, app: Portal, branch: str, address: str, client: FlaskClient
) -> list[str]:
    """The same of every other payload in short fields, in the page that is open already."""
    held_all = {str(one) for one in columns(set(metadata.tables)) if room_of(one) >= LONG}
    found, seen = [], set()
    for start in OTHERS:
        plant(app, start, branch, but=held_all)
        words = client.get(address).text
        shown = ONCE.sub("", words)
        if shown not in seen:
            seen.add(shown)
            page.evaluate("window.ran = []")
            page.set_content(words)
            found += [f"{address}: {what}" for what in page.evaluate(INJECTED)]
    return found


@pytest.mark.parametrize("branch", BRANCHES)
def test_every_field_that_is_kept_holds_payloads_somewhere(portal_lab: Lab, branch: str) -> None:
    """A column that no sample fills, and nobody has said why it is nobody's words, was not tried."""
    with college_of(portal_lab, branch).app_context(), db.engine.connect() as connection:
        present = present_of(connection, branch)
    wanted = {str(column) for column in columns(present)} | {
        str(column)
        for column, _row in sealed_columns(metadata)
        if column.table.name in present and str(column) not in LEFT_OUT
    }
    filled: set[str] = set()
    # Pages that make the same are tried once.
    makers = {(one.arrange, one.arrange_own): one for one in BRANCHES[branch]}
    for sample in makers.values():
        if not wanted - filled:
            break
        college, _address, client = arranged(portal_lab, branch, sample)
        furnish(college, getattr(client, "person_id", 0), branch)
        filled |= plant(college, 0, branch, but=filled)

    assert filled == wanted
    if branch == CORE:
        assert not LEFT_OUT - {str(one) for name in present for one in columns_of(name)}


def columns_of(name: str) -> Iterator[sa.Column[Any]]:
    yield from metadata.tables[name].columns if name in metadata.tables else ()
