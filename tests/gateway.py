"""A real gateway for text messages in a thread: takes them, refuses them, stalls, goes away."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gateway:
    """Listens on a port of its own, the same one each time it is started."""

    def __init__(self) -> None:
        self.port = 0
        self._server: Any = None
        self.reset()

    def reset(self) -> None:
        """Forget everything and behave well."""
        self.received: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[dict[str, Any]], int] = lambda _text: 200
        self.taken = threading.Event()
        self.start()

    def start(self) -> None:
        """Take connections (again)."""
        if self._server is None:
            self._server = _Server(("127.0.0.1", self.port), _Conversation)
            self._server.gateway = self
            self.port = self._server.server_address[1]
            threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    gateway: Gateway


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        gateway = self.server.gateway
        gateway.received.append(text)
        gateway.headers.append(dict(self.headers))
        gateway.taken.set()
        status = gateway.answer(text)
        if not status:  # hang up without a word
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: Any) -> None:
        """Quiet."""
