"""What is owed, as plain functions: integer pence, tenths of a mile, whole minutes.

Nothing here reads the database or the time. Where a fact has dates, it says so in its arguments.
"""
