"""The audit's front door."""

from portal.audit.services import erase_payloads, record

__all__ = ["erase_payloads", "record"]
