"""What changes the outbox: `outbox` is the life of any message, `notices` what is told by its meaning,
`routing` which way a notice leaves. Nothing here talks to a mail server.
"""
