"""The widgets of govuk-frontend-wtf, with its faults mended. Fields in `forms.py` use these.

Mended here: words are translated; a field without a description has no empty hint; HTML's `required` is
left off, so that people meet our words and not the browser's; a date with a part missing is shown again
as typed, and its error leads to a part that can be typed in; a widget renders without building the whole
page's context again.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from flask import current_app
from flask_babel import gettext as _
from govuk_frontend_wtf import wtforms_widgets as govuk
from markupsafe import Markup

Params = dict[str, Any]
DATE_PARTS = 3


def _template(name: str, params: Params) -> Markup:
    template = current_app.jinja_env.get_template(f"govuk_frontend_wtf/{name}")
    return Markup(template.render(params=params))  # noqa: S704 - the template escapes


class Mended:
    """Mixed in before a govuk-frontend-wtf widget."""

    # What every use of the widget passes to the macro, beside what the field says.
    defaults: ClassVar[Params] = {}
    template: str

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """The HTML of the field: label, hint, error and control."""
        params = {**self.defaults, **getattr(field, "params", {}), **kwargs.pop("params", {})}
        kwargs.setdefault("required", False)
        return cast("Markup", super().__call__(field, params=params, **kwargs))  # type: ignore[misc]

    def map_gov_params(self, field: Any, **kwargs: Any) -> Params:
        """The parameters of the GOV.UK macro, as the mended widget wants them."""
        kwargs.pop("required", None)
        params: Params = super().map_gov_params(field, **kwargs)  # type: ignore[misc]
        if not field.description:
            params["hint"] = None
        if field.errors:
            params["errorMessage"]["visuallyHiddenText"] = _("Error")
        return params

    def render(self, params: Params) -> Markup:
        """The macro's HTML for these parameters."""
        return _template(self.template.removeprefix("govuk_frontend_wtf/"), params)


class Input(Mended, govuk.GovTextInput):  # type: ignore[misc]
    """One line of text; subclasses only name another type."""


class EmailInput(Input):
    """An e-mail address: the phone shows the keyboard for one."""

    input_type = "email"
    defaults: ClassVar[Params] = {"autocomplete": "email", "spellcheck": False}


class TelInput(Input):
    """A telephone number: the phone shows the number keys."""

    input_type = "tel"
    defaults: ClassVar[Params] = {"autocomplete": "tel", "classes": "govuk-input--width-20"}


class SearchInput(Input):
    """A search box."""

    input_type = "search"


class FileInput(Mended, govuk.GovFileInput):  # type: ignore[misc]
    """Choose a file."""


class PasswordInput(Mended, govuk.GovPasswordInput):  # type: ignore[misc]
    """A password that can be pasted and shown; what was typed is never sent back."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> Params:
        """Add the words of the show and hide button."""
        params = super().map_gov_params(field, **kwargs)
        params.pop("value", None)
        return params | {
            "showPasswordText": _("Show"),
            "hidePasswordText": _("Hide"),
            "showPasswordAriaLabelText": _("Show password"),
            "hidePasswordAriaLabelText": _("Hide password"),
            "passwordShownAnnouncementText": _("Your password can be seen"),
            "passwordHiddenAnnouncementText": _("Your password is hidden"),
        }


class TextArea(Mended, govuk.GovTextArea):  # type: ignore[misc]
    """Several lines of text."""


class CountedTextArea(Mended, govuk.GovCharacterCount):  # type: ignore[misc]
    """Several lines of text with a limit, which is counted down where scripts run."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> Params:
        """Add the words of the countdown."""
        params = super().map_gov_params(field, **kwargs)
        return params | {
            "textareaDescriptionText": _("You can write up to %(count)s letters", count="%{count}"),
            "charactersUnderLimitText": {
                "one": _("You have %(count)s letter left", count="%{count}"),
                "other": _("You have %(count)s letters left", count="%{count}"),
            },
            "charactersAtLimitText": _("You have no letters left"),
            "charactersOverLimitText": {
                "one": _("You have %(count)s letter too many", count="%{count}"),
                "other": _("You have %(count)s letters too many", count="%{count}"),
            },
        }


class Select(Mended, govuk.GovSelect):  # type: ignore[misc]
    """A drop-down list."""


class _Choices(Mended):
    """Radios and checkboxes: one fieldset, a hint for each choice, the first control carries the id."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> Params:
        """Add each choice's own hint, and the legend's size when the question is the page's heading."""
        params = super().map_gov_params(field, **kwargs)
        params["idPrefix"] = field.id
        hints = getattr(field, "choice_hints", {})
        for item in params["items"]:
            hint = hints.get(item["value"])
            if hint:
                item["hint"] = {"text": str(hint)}
        return params


class Radios(_Choices, govuk.GovRadioInput):  # type: ignore[misc]
    """Choose one."""


class Checkboxes(_Choices, govuk.GovCheckboxesInput):  # type: ignore[misc]
    """Choose any number."""


class Checkbox(_Choices, govuk.GovCheckboxInput):  # type: ignore[misc]
    """Tick, or do not; the label stands beside the box."""


class DateInput(Mended, govuk.GovDateInput):  # type: ignore[misc]
    """A date in three parts, shown again exactly as typed, whatever was typed."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> Params:
        """Build the three parts ourselves: theirs fails on two, and speaks only English."""
        kwargs["params"] = {**kwargs.get("params", {}), "items": self._items(field)}
        # Theirs unpacks what was typed into exactly three; hand it three.
        typed, field.raw_data = field.raw_data, ["", "", ""]
        try:
            return super().map_gov_params(field, **kwargs)
        finally:
            field.raw_data = typed

    @staticmethod
    def _items(field: Any) -> list[Params]:
        words = (("day", _("Day"), 2), ("month", _("Month"), 5), ("year", _("Year"), 4))
        return [
            {
                "label": word,
                "id": f"{field.id}-{part}",
                "name": field.name,
                "value": value,
                "classes": f"govuk-input--width-{width}"
                + (" govuk-input--error" if part in field.faulty_parts else ""),
                # Month names are welcome, so the letters must be within reach.
                "inputmode": "text" if part == "month" else "numeric",
                "autocomplete": f"bday-{part}" if field.birthday else None,
            }
            for (part, word, width), value in zip(words, field.typed_parts(), strict=True)
        ]


class SubmitInput(Mended, govuk.GovSubmitInput):  # type: ignore[misc]
    """The button at the end; a second press within a second is not sent."""

    defaults: ClassVar[Params] = {"preventDoubleClick": True}
