"""The questions of `/display`."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask_babel import lazy_gettext as _l

from portal.ui import display
from portal.ui.forms import Form, HiddenField, RadioField, SubmitField


class DisplayForm(Form):
    """How pages should look. Every question has an answer from the start, so none can be wrong."""

    next = HiddenField()
    text = RadioField(
        _l("Text size"),
        choices=[
            ("s", _l("A− smaller")),
            ("m", _l("A usual")),
            ("l", _l("A+ larger")),
            ("xl", _l("A++ largest")),
        ],
    )
    spacing = RadioField(
        _l("Space between lines and words"),
        choices=[("usual", _l("Usual")), ("roomy", _l("More space"))],
    )
    contrast = RadioField(
        _l("Colours"),
        choices=[
            ("usual", _l("The college's colours")),
            ("high", _l("High contrast")),
            ("dark", _l("Dark")),
        ],
        choice_hints={"dark": _l("Light words on a dark page")},
    )
    calm = RadioField(
        _l("Calm mode"),
        description=_l("Nothing moves, and the colours are quiet."),
        choices=[("no", _l("Off")), ("yes", _l("On"))],
    )
    language = RadioField(_l("Language"))
    save = SubmitField(_l("Save these settings"))

    def __init__(self, *, languages: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if len(languages) < 2:
            del self.language
        else:
            # Each language by its own name, because its readers know that one.
            names = [
                (code, (Locale.parse(code, sep="-" if "-" in code else "_").display_name or code))
                for code in languages
            ]
            self.language.choices = [("", _l("The same as this phone or computer")), *names]

    def chosen(self) -> display.Display:
        """The answers, once valid."""
        return display.Display(
            text=str(self.text.data),
            spacing=str(self.spacing.data),
            contrast=str(self.contrast.data),
            calm=str(self.calm.data),
            language=str(self.language.data or "") if "language" in self else "",
        )
