"""One thing that somebody gave: to claim for, or not."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.ui.forms import HiddenField, OnceForm, SubmitField


class PrefillForm(OnceForm):
    """Which one it is, and two buttons."""

    gift = HiddenField()
    yes = SubmitField(_l("Claim for it"))
    no = SubmitField(_l("No, thank you"))
