"""Settings that people change at run time: read with a default, written with a check and a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask_babel import gettext as _

from portal import clock
from portal.audit import api as audit
from portal.db import table_of
from portal.one_of import one_of
from portal.plugin_host.models import SettingValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.plugin_api.types import Actor, Setting

Value = bool | int | str
_VALUE = table_of(SettingValue)
_STORED = sa.select(_VALUE.c.value).where(_VALUE.c.key == sa.bindparam("wanted"))
_SEVERAL = sa.select(_VALUE.c.key, _VALUE.c.value).where(one_of(_VALUE.c.key, "wanted"))
LONGEST_NUMBER = 9  # digits: beyond it, a slip of the finger


class SettingRefusedError(ValueError):
    """The typed value does not fit; the message is for the person who typed it."""


def setting_value(session: Session, setting: Setting) -> Value:
    """The stored value, or the default while nobody has changed it."""
    stored = session.scalars(_STORED, {"wanted": setting.key}).first()
    if stored is None:
        return setting.default
    value: Value = stored["value"]
    return value


def setting_values(session: Session, settings: Sequence[Setting]) -> dict[str, Value]:
    """Several at once, by key. One query."""
    keys = [setting.key for setting in settings]
    rows = session.execute(_SEVERAL, {"wanted": keys})
    stored = {key: value["value"] for key, value in rows}
    return {setting.key: stored.get(setting.key, setting.default) for setting in settings}


def change_setting(session: Session, actor: Actor, setting: Setting, text: str) -> Value:
    """Store what was typed, as the type of the default; returns the value.

    Raises:
        SettingRefusedError: no whole number, or out of bounds; not one of the choices, not yes or no.
    """
    value = _parse(setting, text.strip())
    row = session.get(SettingValue, setting.key)
    if row is None:
        row = SettingValue(key=setting.key)
        session.add(row)
    row.value = {"value": value}
    row.changed_at = clock.now()
    session.flush()
    audit.record(
        session,
        actor,
        "plugin_host:setting:change",
        ("setting", setting.key),
        details={"value": str(value)},
    )
    return value


def _parse(setting: Setting, text: str) -> Value:
    if isinstance(setting.default, bool):
        if text not in {"yes", "no"}:
            raise SettingRefusedError(_("%(label)s: choose yes or no", label=setting.label))
        return text == "yes"
    if isinstance(setting.default, int):
        if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
            raise SettingRefusedError(
                _("%(label)s: type a whole number, such as 5", label=setting.label)
            )
        return _within(setting, int(text))
    if setting.choices and text not in setting.choices:
        choices = ", ".join(setting.choices)
        raise SettingRefusedError(
            _("%(label)s: choose one of %(choices)s", label=setting.label, choices=choices)
        )
    return text


def _within(setting: Setting, number: int) -> int:
    if not setting.least <= number <= setting.most:
        raise SettingRefusedError(
            _(
                "%(label)s: type a whole number from %(least)d to %(most)d",
                label=setting.label,
                least=setting.least,
                most=setting.most,
            )
        )
    return number
