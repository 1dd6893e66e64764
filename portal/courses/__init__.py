"""Courses, terms, runs, sessions, venues: the college's offer, in public and for those who plan it."""
