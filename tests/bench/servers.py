"""gunicorn with two synchronous workers, and wrk against it. Every process started here is ended here."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTICEBOARD = ROOT / "docs" / "noticeboard"
WORKERS, THREADS, CONNECTIONS = 2, 2, 16
PATIENCE = 30.0  # seconds for a server to answer
ANSWERED = 0.98  # of the forms sent; a connection may break as a synchronous worker closes it


class BenchError(Exception):
    """The measurement cannot be made at all; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int  # gunicorn's arbiter; the workers are its children

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def processor_seconds(self) -> float:
        """Processor time that the workers have used so far."""
        ticks = 0
        for pid in self.workers():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # utime and stime
        return ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole. `size` counts head and body, as wrk does."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk saw."""

    rate: float  # requests a second
    mean_size: float  # bytes of an answer
    failed: int  # broken connections and timeouts
    refused: int  # answers of 400 and above
    processor: float  # seconds of the workers' processor time per answer


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without any portal settings of its own, and `extra`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    path = os.pathsep.join([str(ROOT), str(NOTICEBOARD)])
    return {**clean, "PYTHONPATH": path, **extra}


@contextmanager
def serving(application: str, folder: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """`application` ("module:factory()") behind gunicorn on a free port, ready to answer.

    Raises:
        BenchError: it does not answer within `PATIENCE` seconds.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        port = listener.getsockname()[1]
        log = folder / f"gunicorn-{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", application),
                    *("--workers", str(WORKERS), "--worker-class", "sync"),
                    *("--bind", f"fd://{listener.fileno()}", "--no-control-socket"),
                    *("--log-level", "warning"),
                ],
                cwd=folder,
                env=environment(settings),
                stdout=output,
                stderr=output,
                pass_fds=[listener.fileno()],
            )
    try:
        server = Server(port, process.pid)
        _wait(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and process.poll() is None:
        try:
            # Both workers must be warm: enough requests that each gets some.
            for _ in range(4 * WORKERS):
                ask(server, "/robots.txt")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise BenchError(f"gunicorn did not answer:\n{log.read_text(errors='replace')[-3000:]}")


def ask(server: Server, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """GET one page."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        raw = b""
        while part := connection.recv(65536):
            raw += part
    return _parse(raw)


def _parse(raw: bytes) -> Answer:
    head, found, body = raw.partition(b"\r\n\r\n")
    if not found:
        raise http.client.BadStatusLine(raw[:80].decode(errors="replace"))
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return Answer(int(first.split()[1]), headers, body, len(raw))


def require_wrk() -> None:
    """Refuse to begin without wrk.

    Raises:
        BenchError: it is not installed.
    """
    if not shutil.which("wrk"):
        raise BenchError("wrk is not installed: apt-get install wrk")


def press(server: Server, path: str, seconds: float, headers: Mapping[str, str]) -> Load:
    """Ask for one page as fast as the server can, for some seconds."""
    before = server.processor_seconds()
    flags = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    done = subprocess.run(
        [
            *("wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds:g}s"),
            *("-s", str(Path(__file__).with_name("done.lua")), *flags),
            f"http://127.0.0.1:{server.port}{path}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + PATIENCE,
    )
    if done.returncode:
        raise BenchError(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    return Load(
        rate=seen["requests"] / (seen["microseconds"] / 1e6),
        mean_size=seen["bytes"] / max(seen["requests"], 1),
        failed=seen["failed"],
        refused=seen["refused"],
        processor=(server.processor_seconds() - before) / max(seen["requests"], 1),
    )


@dataclass(frozen=True, slots=True)
class Form:
    """A form to send once: its address, who sends it, what it says (urlencoded)."""

    path: str
    cookie: str
    body: str


def post_all(server: Server, forms: Sequence[Form], folder: Path) -> tuple[float, float]:
    """Send each form once, as fast as the server takes them; (forms a second, the worst wait in seconds).

    Raises:
        BenchError: one was not answered with the way on (303).
    """
    for mark in folder.glob("forms-*"):
        mark.unlink()
    file = folder / f"forms-{server.port}.txt"
    file.write_text("".join(f"{one.path}\t{one.cookie}\t{one.body}\n" for one in forms))
    done = subprocess.run(
        [
            *(
                "wrk",
                f"-t{THREADS}",
                f"-c{CONNECTIONS}",
                f"-d{PATIENCE * 4:g}s",
                "--timeout",
                "30s",
            ),
            *("-s", str(Path(__file__).with_name("forms.lua"))),
            f"http://127.0.0.1:{server.port}/",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 5,
        env={**os.environ, "FORMS": str(file), "THREADS": str(THREADS)},
    )
    if done.returncode:
        raise BenchError(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    if seen["wrong"] or seen["requests"] < len(forms) * ANSWERED:
        raise BenchError(f"{seen['wrong']} of {seen['requests']} forms were not taken")
    return seen["requests"] / seen["seconds"], seen["worst"] / 1e6
