"""Processes of their own, for tests of races and of what is killed.

They are forked from one that has imported the portal and does nothing else, so none costs a second of the
processor to begin. It has no thread, no connection and no app: what a process holds is made by itself.
"""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import portal

_ROOMS = sorted(path.parent.name for path in Path(portal.__file__).parent.glob("*/plugin.py"))

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(
    ["portal.app", "portal.accounts.testing", *(f"portal.{room}.plugin" for room in _ROOMS)]
)
