"""The portal as a college runs it (gunicorn, two workers of eight threads), and people who use it at once."""

from __future__ import annotations

import http.client
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from portal.accounts.testing import BrowserClient, signed_in_client
from portal.app import Portal

HOST = "127.0.0.1"
START, ANSWER = 60.0, 60.0  # seconds
_FORM_KEY = re.compile(r'name="form_key"[^>]*value="([0-9a-zA-Z]+)"')
_WISH = re.compile(r'name="wish"[^>]*value="(\w+)"')


class Server:
    """`portal serve` on a free port, over the database of an app of this process."""

    def __init__(
        self,
        app: Portal,
        folder: Path,
        *,
        workers: int = 2,
        threads: int = 8,
        arrive_within: float = 30,
        plugins: str = "",
    ) -> None:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        self._log = folder / f"server-{self.port}.log"
        self._command = [
            *(sys.executable, "-m", "portal", "serve", "--port", str(self.port)),
            *("--workers", str(workers), "--threads", str(threads)),
        ]
        settings = app.settings
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PORTAL_")}
        self._environment = clean | {
            "PORTAL_ENVIRONMENT": settings.environment,
            "PORTAL_SECRET_KEY": settings.secret,
            "PORTAL_DATA_DIR": str(settings.data_dir),
            "PORTAL_DATABASE_URL": settings.sqlalchemy_url,
            "PORTAL_MAIL_URL": "",
            "PORTAL_SMS_URL": "",
            "PORTAL_PLUGINS": plugins,
            "PORTAL_FILES__ARRIVE_WITHIN": str(arrive_within),
            "PORTAL_METRICS_TOKEN": settings.metrics_token.get_secret_value(),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that it can be killed with all its workers
            )
        self.wait()

    def wait(self) -> None:
        """Until it answers."""
        give_up = time.monotonic() + START
        while time.monotonic() < give_up:
            try:
                if ask(self.port, "GET", "/robots.txt").status == 200:
                    return
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
        raise AssertionError(f"the server did not start:\n{self.log()[-3000:]}")

    def kill(self) -> None:
        """End it with all its workers, without a moment to tidy up."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def kill_workers(self) -> None:
        """End the workers in the same way; their parent begins new ones."""
        if self._process is None:
            return
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)

    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text(errors="replace")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, and how long it took in seconds."""

    status: int
    location: str
    text: str
    seconds: float


def ask(
    port: int,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, str] | None = None,
) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER)
    sent = {"Connection": "close", **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    begun = time.perf_counter()
    try:
        connection.request(method, path, urlencode(body) if body is not None else None, sent)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        location = urlsplit(answer.headers.get("Location", "")).path
        return Answer(answer.status, location, text, time.perf_counter() - begun)
    finally:
        connection.close()


@dataclass
class Visitor:
    """Somebody signed in, with a browser that keeps what it was shown."""

    person_id: int
    headers: Mapping[str, str] = field(repr=False)
    token: str = field(repr=False)
    answers: list[Answer] = field(default_factory=list, repr=False)

    def get(self, port: int, path: str) -> Answer:
        """Look at a page."""
        self.answers.append(ask(port, "GET", path, self.headers))
        return self.answers[-1]

    def post(self, port: int, path: str, form: Mapping[str, str]) -> Answer:
        """Send a form."""
        body = {"csrf_token": self.token, **form}
        self.answers.append(ask(port, "POST", path, self.headers, body))
        return self.answers[-1]


def visitor(app: Portal, *roles: str) -> Visitor:
    """A new person with these roles, signed in, reached by e-mail."""
    client = signed_in_client(app, roles)
    assert isinstance(client, BrowserClient)
    token = client.csrf_token()
    cookie = client.get_cookie("session")
    assert cookie is not None
    who: int = client.person_id  # type: ignore[attr-defined]
    return Visitor(who, {"Cookie": f"session={cookie.value}"}, token)


def form_of(answer: Answer) -> dict[str, str]:
    """The hidden answers of the form on a page; a form of its own where the page has none any more."""
    key, wish = _FORM_KEY.search(answer.text), _WISH.search(answer.text)
    return {
        "form_key": key[1] if key else secrets.token_hex(16),
        **({"wish": wish[1]} if wish else {}),
    }
