"""What can go wrong with a backup, as one line for the person at the keyboard."""

from __future__ import annotations


class BackupError(Exception):
    """A backup was not taken or not put back. The message is one line that a person can act on."""
