"""The files that a bank takes in: plain values become text. Nothing here reads the database or the time."""
