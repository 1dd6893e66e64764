"""Messages to people: an outbox written with the change it tells of, and delivery that loses nothing.

One recipient per message. Subjects are neutral: somebody else may see them on a locked phone, so they name
no topic, no course and no part of the portal.
"""

from portal.messages.setup import init_app

__all__ = ["init_app"]
