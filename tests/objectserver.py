"""A small S3-compatible store on this machine, for the tests of what talks to one a college would rent."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

KEY_ID, SECRET = "college-key", "college-secret"


class ObjectServer:
    """One bucket in memory. `down`: it answers nothing but that it is out of order."""

    def __init__(self, bucket: str = "college") -> None:
        self.bucket = bucket
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.asked: list[tuple[str, str, str]] = []  # method, path, who
        self.down = False
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"store": self})
        )
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()

    def deleting(self, asked: str) -> bytes:
        """The answer to DeleteObjects, once it is done."""
        names = re.findall(r"<Key>(.*?)</Key>", asked)
        for name in names:
            self.objects.pop(name, None)
        items = "".join(f"<Deleted><Key>{escape(name)}</Key></Deleted>" for name in names)
        return f'<?xml version="1.0"?><DeleteResult>{items}</DeleteResult>'.encode()

    def listing(self, prefix: str) -> bytes:
        """The answer to ListObjectsV2."""
        items = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(body)}</Size><ETag>{escape(_tag(body))}</ETag>"
            f"<LastModified>{at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
            for name, (body, at) in sorted(self.objects.items())
            if name.startswith(prefix)
        )
        head = '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        return f"{head}<IsTruncated>false</IsTruncated>{items}</ListBucketResult>".encode()


def _tag(body: bytes) -> str:
    return f'"{md5(body, usedforsecurity=False).hexdigest()}"'


class _Handler(BaseHTTPRequestHandler):
    """What the store answers; it is of one `ObjectServer`."""

    store: ObjectServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        return

    def handle_one(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        who = self.headers.get("Authorization", "")
        self.store.asked.append((self.command, address.path, who))
        name = unquote(address.path).removeprefix(f"/{self.store.bucket}").lstrip("/")
        if self.store.down:
            self.answer(400, b"<Error><Code>OutOfOrder</Code></Error>")
        elif self.command == "PUT":
            self.store.objects[name] = (body, datetime.now(UTC))
            self.answer(200, b"", ETag=_tag(body))
        elif self.command == "POST":
            self.answer(200, self.store.deleting(body.decode()))
        elif name:
            self.give(name)
        else:
            prefix = parse_qs(address.query).get("prefix", [""])[0]
            self.answer(200, self.store.listing(prefix))

    do_GET = do_PUT = do_POST = handle_one  # noqa: N815 - the module's own names

    def give(self, name: str) -> None:
        if name not in self.store.objects:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        content, at = self.store.objects[name]
        modified = {"Last-Modified": format_datetime(at, usegmt=True)}
        self.answer(200, content, ETag=_tag(content), **modified)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
