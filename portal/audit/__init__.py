"""Who did what, to which record, when and why: append-only, chained, never in the way.

A row is appended in the caller's transaction. The sealer chains committed rows afterwards, so the chain
is never a lock that everybody waits for. What a row says lies apart from the chain and can be erased.
"""
