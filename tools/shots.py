"""Screenshots of the main pages at a phone's and a desk's width: `python tools/shots.py [NAME …]`.

Fills a throw-away data folder with the demo college, serves it, and writes `var/shots/NAME-390.png` and
`NAME-1280.png`. Without names it takes every shot and makes `docs/screenshot.png`, the README's picture,
from the front page.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.devtools.system import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
SHOTS = ROOT / "var" / "shots"
README_PICTURE = ROOT / "docs" / "screenshot.png"
PHONE, DESK = 390, 1280
HEIGHTS = {PHONE: 844, DESK: 860}


@dataclass(frozen=True)
class Shot:
    """A page to take: its name, its path, and the role that looks at it (empty: a visitor).

    `follow` is a selector of a link on that page to go on to, where the address is not known beforehand.
    """

    name: str
    path: str
    role: str = ""
    follow: str = ""


SHOTS_TO_TAKE = (
    Shot("front", "/"),
    Shot("courses", "/courses"),
    Shot("course", "/courses", follow="main .rc-card h2 a, main .rc-card h3 a"),
    Shot("about", "/about"),
    Shot("sign-in", "/sign-in"),
    Shot("register", "/register"),
    Shot("display", "/display"),
    Shot("not-found", "/nowhere"),
    Shot("me", "/me", role="student"),
    Shot("my-courses", "/me/courses", role="student"),
    Shot(
        "my-place", "/me/courses", role="student", follow="main section a.govuk-button--secondary"
    ),
    Shot("leading", "/leading", role="facilitator"),
    Shot(
        "leading-session",
        "/leading",
        role="facilitator",
        follow="main a[href*='/leading/sessions/']",
    ),
    Shot("leading-times", "/leading/times", role="facilitator"),
    Shot("leading-away", "/leading/away", role="facilitator"),
    Shot("who-leads", "/manage/leading", role="coordinator"),
    Shot(
        "who-leads-one",
        "/manage/leading",
        role="coordinator",
        follow="main a[href*='/manage/leading/sessions/']",
    ),
    Shot("facilitators", "/manage/leading/people", role="coordinator"),
    Shot(
        "facilitator",
        "/manage/leading/people",
        role="coordinator",
        follow="main a[href*='/manage/leading/people/']",
    ),
    Shot("my-calendar", "/me/calendar", role="student"),
    Shot("my-record", "/me/courses/record", role="student"),
    Shot("me-coordinator", "/me", role="coordinator"),
    Shot("style", "/style"),
)


@contextmanager
def demo_college() -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """Serve the demo college; the value is its address, and each role's e-mail and password."""
    from werkzeug.serving import make_server

    with tempfile.TemporaryDirectory(prefix="portal-shots-") as folder:
        os.environ.update(PORTAL_ENVIRONMENT="development", PORTAL_DATA_DIR=folder)
        for command in (["db", "upgrade"], ["demo", "seed"]):
            program = [sys.executable, "-m", "portal", *command]
            if subprocess.run(program, cwd=ROOT, check=False).returncode:
                raise SystemExit(f"No screenshots: `portal {' '.join(command)}` failed, see above")
        from portal import create_app
        from portal.accounts.api import demo_sign_ins

        app = create_app()
        with app.app_context():
            roles = {role: (email, password) for role, email, password in demo_sign_ins()}
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_quiet_handler())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", roles
        finally:
            server.shutdown()


def _quiet_handler() -> Any:
    from werkzeug.serving import WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - Werkzeug's name
            """Say nothing of a request."""

    return Quiet


def _sign_in(page: Page, base: str, email: str, password: str) -> None:
    page.goto(f"{base}/sign-in")
    page.locator("main input[type=email]").first.fill(email)
    page.locator("main input[type=password]").first.fill(password)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").last.click()


def take(
    browser: Browser, base: str, shot: Shot, width: int, roles: dict[str, tuple[str, str]]
) -> Path:
    """Take one shot; return the file.

    Raises:
        KeyError: the demo college has nobody in that role.
    """
    size: Any = {"width": width, "height": HEIGHTS[width]}
    context = browser.new_context(viewport=size, reduced_motion="reduce")
    try:
        page = context.new_page()
        if shot.role:
            _sign_in(page, base, *roles[shot.role])
        page.goto(base + shot.path)
        if shot.follow:
            with page.expect_navigation():
                page.locator(shot.follow).first.click()
        target = SHOTS / f"{shot.name}-{width}.png"
        page.screenshot(path=target, full_page=True)
        if shot.name == "front" and width == DESK:
            page.screenshot(path=README_PICTURE)
        return target
    finally:
        context.close()


def main(names: list[str], say: Callable[[str], None] = print) -> int:
    """Take the named shots, or all. Returns the exit status."""
    wanted = [shot for shot in SHOTS_TO_TAKE if not names or shot.name in names]
    if not wanted:
        say(f"No such shot; there are: {', '.join(shot.name for shot in SHOTS_TO_TAKE)}")
        return 2
    path = chromium()
    if path is None:
        raise SystemExit("Screenshots need Chromium; on Debian: apt-get install chromium")
    SHOTS.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import Error, sync_playwright

    failed = 0
    with demo_college() as (base, roles), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for shot in wanted:
            for width in (PHONE, DESK):
                try:
                    say(str(take(browser, base, shot, width, roles).relative_to(ROOT)))
                except (Error, KeyError) as error:
                    failed += 1
                    say(f"{shot.name} at {width}: {str(error).splitlines()[0]}")
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
