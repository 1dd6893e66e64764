"""How somebody can be reached: the ways, what they agreed to, and their language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal import clock
from portal.accounts.models import LONGEST_VALUE, AgreedHow, ContactRoute, RouteKind
from portal.accounts.services.routes import Consent, RouteInput, agreed
from portal.accounts.words import (
    HOW_CHOICES,
    NOT_YET,
    ROUTE_NAMES,
    THEIR_ROUTE_NAMES,
    as_before,
    language_name,
)
from portal.plugin_api.types import Words
from portal.ui.forms import (
    CheckboxField,
    DateField,
    Form,
    HiddenField,
    Needed,
    RadioField,
    SubmitField,
    TextField,
)
from portal.ui.phones import dialled, written

AS_BEFORE = "before"
OTHERWISE = "-"  # no language in particular: an answer that was given, not one that is missing
LONGEST_COUNT = 9  # digits


def _kinds(names: Mapping[RouteKind, Words]) -> list[tuple[str, Words]]:
    return [(kind.value, label) for kind, label in names.items()]


def _route_value() -> TextField:
    return TextField(
        _l("Number or address"),
        [Needed(_l("Write the number or address"))],
        description=_l("If it goes through somebody else, write their name too."),
        longest=LONGEST_VALUE,
        params={"autocomplete": "off"},
    )


class _RouteForm(Form):
    """What the forms about a way to reach somebody share. `kept` is the way that is changed, as it stands."""

    version = HiddenField()
    clash = False  # whether somebody else saved while this one was being filled in

    def __init__(self, *, kept: ContactRoute | None = None, **kwargs: Any) -> None:
        super().__init__(data=None if kept is None else _shown(kept), **kwargs)
        self.kept = kept
        if kept is not None:
            del self.preferred

    @property
    def seen(self) -> int:
        """The version that the person looked at; 0, which none has, when it was lost on the way."""
        text = str(self.version.data or "")
        return int(text) if text.isdecimal() and len(text) < LONGEST_COUNT else 0

    @property
    def is_first(self) -> bool:
        """Whether this way is to be used before all others."""
        return bool("preferred" in self and self.preferred.data)

    def validate_value(self, field: TextField) -> None:
        """An e-mail address must look like one, a number must be one."""
        if not field.data:
            return
        if self.kind.data == RouteKind.EMAIL:
            from portal.accounts.services.logins import normalise_email

            try:
                field.data = normalise_email(field.data)
            except ValueError:
                raise ValidationError(_("Write an email address like name@example.com")) from None
        elif self.kind.data in {RouteKind.MOBILE, RouteKind.LANDLINE} and not dialled(field.data):
            raise ValidationError(_("Write a phone number like 07700 900123"))

    def _given(self, consent: Consent | None) -> RouteInput:
        kind = RouteKind(self.kind.data)
        return RouteInput(kind, self.value.data, self.safe_to_leave_message.data, consent)

    def _is_as_before(self) -> bool:
        """Whether it is the number or address that they agreed to."""
        if self.kept is None or self.kind.data not in {kind.value for kind in RouteKind}:
            return False
        return (self.kind.data, self._given(None).kept_value) == (self.kept.kind, self.kept.value)


def _shown(route: ContactRoute) -> dict[str, Any]:
    phone = route.kind in {RouteKind.MOBILE, RouteKind.LANDLINE}
    return {
        "kind": route.kind.value,
        "value": written(route.value) if phone else route.value,
        "safe_to_leave_message": route.safe_to_leave_message,
        "version": str(route.version),
        "how": AS_BEFORE if route.consent_at else NOT_YET,
    }


def consent_of(route: ContactRoute) -> Consent | None:
    """What the person agreed to; None when they did not, or it is not known."""
    return Consent(route.consent_at, route.consent_how) if route.consent_at else None


class RouteForm(_RouteForm):
    """A way to reach oneself. Saving it is the consent to use it."""

    kind = RadioField(
        _l("How can we reach you?"),
        [Needed(_l("Choose how we can reach you"))],
        choices=_kinds(ROUTE_NAMES),
    )
    value = _route_value()
    safe_to_leave_message = CheckboxField(_l("It is safe to leave a message here"))
    preferred = CheckboxField(_l("Use this way first"))
    submit = SubmitField(_l("Save"))

    def given(self) -> RouteInput:
        """The answers, once valid. What they agreed to before stays as it was noted."""
        before = consent_of(self.kept) if self.kept is not None and self._is_as_before() else None
        return self._given(before or agreed(AgreedHow.THEMSELVES))


class TheirRouteForm(_RouteForm):
    """A way to reach somebody else, and how they agreed that it is used. `zone` is the college's."""

    kind = RadioField(
        _l("What is it?"), [Needed(_l("Choose what it is"))], choices=_kinds(THEIR_ROUTE_NAMES)
    )
    value = _route_value()
    safe_to_leave_message = CheckboxField(
        _l("They said that it is safe to leave a message here"),
        description=_l("Leave it empty if you do not know. Others may hear or read a message."),
    )
    how = RadioField(
        _l("How did they agree that we use it?"), [Needed(_l("Choose how they agreed"))]
    )
    agreed_on = DateField(
        _l("When did they agree?"),
        description=_l("Leave it empty if it was today."),
    )
    preferred = CheckboxField(_l("They want us to use this way first"))
    submit = SubmitField(_l("Save"))

    def __init__(self, *, zone: str, kept: ContactRoute | None = None, **kwargs: Any) -> None:
        super().__init__(kept=kept, **kwargs)
        self.zone = zone
        before = [] if kept is None or kept.consent_at is None else [(AS_BEFORE, as_before(kept))]
        self.how.choices = [*before, *HOW_CHOICES.items()]

    def validate_how(self, field: RadioField) -> None:
        """What they agreed to was the old number or address, not a new one."""
        if field.data == AS_BEFORE and self.value.data and not self._is_as_before():
            raise ValidationError(
                _("This is another number or address. Say how they agreed that we use it")
            )

    def validate_agreed_on(self, field: DateField) -> None:
        """Nobody has agreed tomorrow."""
        if field.data and field.data > clock.local_date(clock.now(), self.zone):
            raise ValidationError(_("Write a day that is not in the future"))

    def given(self) -> RouteInput:
        """The answers, once valid."""
        if self.how.data == NOT_YET:
            return self._given(None)
        if self.how.data == AS_BEFORE and self.kept is not None:
            return self._given(consent_of(self.kept))
        how = AgreedHow(self.how.data)
        return self._given(agreed(how, on=self.agreed_on.data or None, zone=self.zone))


class LanguageForm(Form):
    """The language that somebody wants to be written to in. `seen` is what stood there before."""

    language = RadioField(_l("Language"), [Needed(_l("Choose a language"))])
    seen = HiddenField()
    submit = SubmitField(_l("Save"))

    def __init__(
        self, *, languages: Sequence[str], now: str, otherwise: Words, **kwargs: Any
    ) -> None:
        super().__init__(data={"language": now or OTHERWISE, "seen": now}, **kwargs)
        self.language.choices = [
            *((code, language_name(code)) for code in languages),
            (OTHERWISE, otherwise),
        ]

    @property
    def chosen(self) -> str:
        """The language; empty for none in particular."""
        return "" if self.language.data == OTHERWISE else str(self.language.data)


class RemoveForm(Form):
    """A button: removing cannot be undone."""

    submit = SubmitField(_l("Remove it"), params={"classes": "govuk-button--warning"})
