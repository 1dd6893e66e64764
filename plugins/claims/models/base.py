"""What all tables of the plugin are built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.plugin_api import plugin_base

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = plugin_base("claims")

__all__ = ["Base"]
