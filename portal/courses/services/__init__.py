"""What changes in this room, one module per thing that changes.

Every function takes the session and the actor, flushes and never commits. What it changes it also
writes into the history and the audit record, in the same transaction.
"""
