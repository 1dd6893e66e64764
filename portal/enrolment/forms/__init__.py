"""The questions of this room, one file for each part."""
