"""The questions of this room. Nothing here reads the database."""
