"""A real mail server in a thread, for tests of delivery: takes letters, refuses them, goes away, stalls."""

from __future__ import annotations

import email
import email.policy
import socket
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

Answer = Callable[[str], str]  # a recipient's address → what the server says


@dataclass(frozen=True)
class Received:
    """A letter as it came in, with the address on its envelope."""

    recipient: str
    message: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class MailServer:
    """Listens on a port of its own, the same one each time it is started."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self._server: socketserver.ThreadingTCPServer | None = None
        self.port = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything and behave well."""
        self.received.clear()
        self.connections = 0
        self.at_recipient: Answer = lambda _address: "250 ok"
        self.after_data: Answer = lambda _address: "250 taken"
        self.taken = threading.Event()  # set when a letter has come in
        self.start()

    def start(self) -> None:
        """Take connections (again)."""
        if self._server is None:
            self._server = _Server(("127.0.0.1", self.port), _Conversation)
            self._server.mail = self
            self.port = self._server.server_address[1]
            threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def ids(self) -> list[str]:
        """The Message-IDs that came in, in order."""
        return [letter.message_id for letter in self.received]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mail: MailServer


class HangUp(Exception):  # noqa: N818 - an order, not a fault
    """Raised by an answer: close the connection without a word."""


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.server.mail.connections += 1
        try:
            self._talk()
        except (HangUp, OSError):
            self.request.shutdown(socket.SHUT_RDWR)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _talk(self) -> None:
        mail, recipient = self.server.mail, ""
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
                self._say(mail.at_recipient(recipient))
            elif verb == "DATA":
                self._say("354 go on")
                message = email.message_from_bytes(self._letter(), policy=email.policy.default)
                mail.received.append(Received(recipient, message))
                mail.taken.set()
                self._say(mail.after_data(recipient))
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)
