"""Reads of this room: `catalogue` and `search` for everybody, `manage` for those who plan."""
