"""What a plugin's declarative base gives its models."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Mapped, configure_mappers, mapped_column, relationship

from portal.courses.models import Course
from portal.db import Base, UTCDateTime, metadata
from portal.plugin_api import plugin_base


def test_models_share_the_metadata_and_keep_a_registry_of_their_own() -> None:
    class Note(plugin_base("gamma")):  # type: ignore[misc]
        __tablename__ = "gamma_note"
        id: Mapped[int] = mapped_column(primary_key=True)
        at: Mapped[datetime]

    try:
        assert metadata.tables["gamma_note"].info["branch"] == "gamma"
        assert isinstance(metadata.tables["gamma_note"].c.at.type, UTCDateTime)
        assert Note.registry is not Base.registry
        assert plugin_base("gamma").registry is not Note.registry
    finally:
        metadata.remove(metadata.tables["gamma_note"])


def test_broken_mapper_of_a_plugin_leaves_the_core_whole() -> None:
    class Broken(plugin_base("delta")):  # type: ignore[misc]
        __tablename__ = "delta_thing"
        id: Mapped[int] = mapped_column(primary_key=True)
        nothing: Mapped[object] = relationship("NoSuchModel")

    try:
        with pytest.raises(Exception, match="NoSuchModel"):
            Broken.registry.configure()
        Base.registry.configure()
        assert Course(slug="a", title="A").title == "A"
    finally:
        Broken.registry.dispose()
        metadata.remove(metadata.tables["delta_thing"])
        configure_mappers()
