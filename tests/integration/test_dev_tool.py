"""tools/dev.py: what a person sees when things are not as they should be, and that nothing is left."""

from __future__ import annotations

import ast
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tools import dev
from tools.devtools import environment, postgres, server, system
from tools.devtools.common import Failure

ROOT = Path(__file__).resolve().parents[2]
BEFORE_INSTALL = [ROOT / "tools/dev.py", *sorted((ROOT / "tools/devtools").glob("*.py"))]
WAITS = "import time\ntime.sleep(600)\n"  # a child that only ends when it is told to


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((server.HOST, 0))
        holder.listen()
        yield holder.getsockname()[1]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_dev_parses_on_python_3_6() -> None:
    ast.parse((ROOT / "tools/dev.py").read_text(), feature_version=(3, 6))


def test_dev_gives_one_line_on_old_python(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 10, "final", 0))
    assert dev.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "needs Python 3.11 or newer; this is Python 3.8" in line


@pytest.mark.parametrize("path", BEFORE_INSTALL, ids=lambda path: path.name)
def test_dev_imports_only_the_standard_library(path: Path) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert imported - sys.stdlib_module_names <= {"tools"}


def test_run_gives_one_line_on_taken_port(taken_port: int) -> None:
    result = subprocess.run(
        [sys.executable, "tools/dev.py", "run"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(taken_port)},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert str(taken_port) in line
    assert f"PORT={taken_port + 1} make run" in line


@pytest.mark.parametrize("port", ["eight", "0", "70000", "-1"])
def test_run_refuses_port_that_is_none(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(Failure, match=f"PORT={port} is not a port"):
        server.chosen_port()


def test_supervise_ends_the_others_when_one_dies(
    tmp_path: Path, taken_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    note = tmp_path / "pid"
    lives = f"import os, pathlib\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))\n{WAITS}"
    # Dies only when the other has started, whatever the machine is doing.
    dies = f"import pathlib\nnote = pathlib.Path({str(note)!r})\n"
    dies += "while not (note.exists() and note.read_text()):\n    pass\nraise SystemExit(3)\n"
    announced: list[int] = []
    code = server.supervise(
        {
            "web server": [sys.executable, "-c", lives],
            "job worker": [sys.executable, "-c", dies],
        },
        {},
        taken_port,
        lambda: announced.append(taken_port),
    )
    assert code == 3
    assert announced == [taken_port]
    assert "The job worker ended by itself (exit code 3)" in capsys.readouterr().err
    assert not is_alive(int(note.read_text()))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_supervise_leaves_no_process_when_interrupted(taken_port: int, how: signal.Signals) -> None:
    # One write for each line: both children write into the same pipe.
    child = f"import os\nos.write(1, b'%d\\n' % os.getpid())\n{WAITS}"
    driver = textwrap.dedent(f"""
        import signal
        import sys
        from tools.devtools.common import terminate_as_interrupt
        from tools.devtools.server import supervise
        # A shell's background job begins with SIGINT ignored, and so would this.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        terminate_as_interrupt()
        commands = {{name: [sys.executable, "-c", {child!r}] for name in ("one", "two")}}
        try:
            supervise(commands, {{}}, {taken_port}, lambda: None)
        except KeyboardInterrupt:
            print("ended")
    """)
    with subprocess.Popen(
        [sys.executable, "-c", driver], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(2)]
            process.send_signal(how)
            rest, _ = process.communicate(timeout=30)
        finally:
            process.kill()  # one that does not end would be waited for without end
    pids = [int(line) for line in lines]
    assert rest == "ended\n"
    assert [pid for pid in pids if is_alive(pid)] == []


@pytest.fixture
def stamps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "stamps.json"
    monkeypatch.setattr(environment, "_STAMPS", path)
    return path


def test_step_does_nothing_when_its_inputs_are_the_same(stamps: Path) -> None:
    done: list[str] = []
    for wanted in ("a", "a", "b", "b"):
        environment._step("packages", wanted, lambda: done.append("done"))
    assert done == ["done", "done"]


def test_step_is_done_again_when_it_stopped_half_way(stamps: Path) -> None:
    def stops() -> None:
        raise Failure("no network")

    done: list[str] = []
    environment._step("packages", "a", lambda: done.append("first"))
    with pytest.raises(Failure):
        environment._step("packages", "b", stops)
    environment._step("packages", "a", lambda: done.append("again"))
    assert done == ["first", "again"]


def test_step_is_done_again_when_stamps_are_unreadable(stamps: Path) -> None:
    stamps.write_text("{half")
    done: list[str] = []
    environment._step("packages", "a", lambda: done.append("done"))
    assert done == ["done"]


def test_pip_without_network_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:  # bound but not listening: refuses
        closed.bind((server.HOST, 0))
        address = f"http://{server.HOST}:{closed.getsockname()[1]}"
        result = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--no-cache-dir", "nothing-of-this-name"],
            env={
                **os.environ,
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_INDEX_URL": address,
                "PIP_RETRIES": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode
    assert environment._looks_offline(result.stdout + result.stderr)


def use_postgres_until_interrupted(seen: dict[str, Any]) -> None:
    with postgres.throwaway_postgres() as url:
        home = seen["home"] = Path(url.partition("?host=")[2])
        with psycopg.connect(f"host={home} user=portal dbname=postgres") as connection:
            row = connection.execute("SELECT current_user, lower('ÄÉ')").fetchone()
        seen["row"] = row
        seen["pid"] = int((home / "data/postmaster.pid").read_text().split()[0])
        raise KeyboardInterrupt


def test_throwaway_postgres_is_gone_when_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    if system.postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    monkeypatch.delenv("PORTAL_TEST_POSTGRES_URL", raising=False)
    seen: dict[str, Any] = {}
    with pytest.raises(KeyboardInterrupt):
        use_postgres_until_interrupted(seen)
    assert seen["row"] == ("portal", "äé")
    assert not seen["home"].exists()
    assert not is_alive(seen["pid"])


def test_throwaway_postgres_is_the_given_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TEST_POSTGRES_URL", "postgresql+psycopg://elsewhere/db")
    with postgres.throwaway_postgres() as url:
        assert url == "postgresql+psycopg://elsewhere/db"
