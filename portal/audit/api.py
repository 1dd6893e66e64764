"""The audit's front door."""

from portal.audit.queries import Looked, looked_at
from portal.audit.services import erase_payloads, record

__all__ = ["Looked", "erase_payloads", "looked_at", "record"]
