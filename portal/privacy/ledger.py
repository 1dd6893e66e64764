"""The copy of the notes of erasures that lies beside the database.

A restored backup brings people back, and takes the notes of their erasure with it. So each note is also a
line of a file in the data folder, which `portal privacy replay` reads. A line says no more than the note: a
number, and what tells its person from another one with the same number.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

from portal.privacy.models import ErasureNote
from portal.privacy.services.erasing import Recognised

if TYPE_CHECKING:
    from portal.config import Settings

FILE = "erasures.jsonl"


def file_of_app() -> Path:
    """Where the file lies."""
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    return settings.data_dir / FILE


class LedgerError(Exception):
    """The file cannot be read; the message names the line."""


def read(file: Path) -> list[Recognised]:
    """The notes in a file, each once; empty when there is no file.

    A last line that a crash cut off is no note: it is written again from the database.

    Raises:
        LedgerError: another line is not a note.
    """
    if not file.exists():
        return []
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    found: dict[str, Recognised] = {}
    for number, line in enumerate(lines, start=1):
        try:
            note = _note(line)
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines) and not text.endswith("\n"):
                break
            raise LedgerError(f"line {number} of {file} is not a note of an erasure") from error
        found[note.uid] = note
    return list(found.values())


def _note(line: str) -> Recognised:
    values = json.loads(line)
    return Recognised(
        uid=str(values["uid"]),
        person_id=int(values["person_id"]),
        fingerprint=str(values["fingerprint"]),
        at=datetime.fromisoformat(values["at"]),
    )


def keep(file: Path, notes: Iterable[ErasureNote]) -> int:
    """Add what the file does not hold yet, and wait until it is on the disk; how many were added."""
    there = {note.uid for note in read(file)}
    new = [_line(note) for note in notes if note.uid not in there]
    if not new:
        return 0
    whole = not file.exists() or file.read_bytes()[-1:] in (b"", b"\n")
    if not whole:
        _cut_to_last_line(file)
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, "".join(new).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return len(new)


def _line(note: ErasureNote) -> str:
    values = {
        "uid": note.uid,
        "person_id": note.person_id,
        "fingerprint": note.fingerprint,
        "at": note.at.isoformat(),
    }
    return json.dumps(values) + "\n"


def _cut_to_last_line(file: Path) -> None:
    data = file.read_bytes()
    with file.open("r+b") as opened:
        opened.truncate(data.rfind(b"\n") + 1)


def recognised(notes: Sequence[ErasureNote]) -> list[Recognised]:
    """What the notes of the database recognise people by."""
    return [Recognised(one.uid, one.person_id, one.fingerprint, one.at) for one in notes]
