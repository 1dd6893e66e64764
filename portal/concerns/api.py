"""The front door of concerns: an emergency contact, for whoever leads a session today."""

from portal.concerns.services.emergency import look_up_contact

__all__ = ["look_up_contact"]
