"""State changes of the accounts room: people, logins, sessions, roles.

Plain functions with an explicit session and actor. They flush and never commit.
"""
