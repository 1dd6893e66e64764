"""Reads of places: `mine` for the person, `waiting` for the list, `runs` for those who run the college."""
