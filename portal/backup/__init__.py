"""Backups of a whole college: its database and its files in one sealed file, checked row by row.

What belongs here: taking a backup, checking one, putting one back, and the key that seals them. What does
not: where backups are carried to and how long they are kept, which is the host's own business.
"""
