"""Signing in, and showing again that it is you."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.accounts.forms.account import CURRENT, email_field
from portal.accounts.models import LONGEST_KEY_NAME
from portal.plugin_api.types import Words
from portal.ui.forms import Form, HiddenField, Needed, PasswordField, SubmitField, TextField

ONE_TIME = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": False}


def _number(label: Words, validators: list[Needed]) -> TextField:
    return TextField(
        label,
        validators,
        description=_l("6 digits. If you do not have your phone, type a recovery code instead."),
        longest=30,
        # Not a numeric keyboard: recovery codes have letters.
        params={"autocomplete": "one-time-code", "spellcheck": False},
    )


class SignInForm(Form):
    """E-mail address and password. `next` and `held` say how to go on."""

    email = email_field()
    password = PasswordField(_l("Password"), [Needed(_l("Write your password"))], params=CURRENT)
    next = HiddenField()
    held = HiddenField()
    submit = SubmitField(_l("Sign in"))


class AskForCodeForm(Form):
    """An address to send a code to. `next` and `held` say how to go on."""

    email = email_field()
    next = HiddenField()
    held = HiddenField()
    submit = SubmitField(_l("Email me a code"))


class CodeForm(Form):
    """The code that came by e-mail, spaces and all."""

    code = TextField(
        _l("The code in the message"),
        [Needed(_l("Write the code from the message"))],
        description=_l("It has 8 digits, such as 1234 5678."),
        longest=30,
        params=ONE_TIME,
    )
    held = HiddenField()
    submit = SubmitField(_l("Sign in"))

    @property
    def digits(self) -> str:
        """What was typed, without spaces and hyphens."""
        return "".join(letter for letter in self.code.data if letter.isalnum())


class NumberForm(Form):
    """The number that an authenticator app shows, or a recovery code. `held` says how to go on."""

    number = _number(_l("The number in your authenticator app"), [Needed(_l("Write the number"))])
    held = HiddenField()
    submit = SubmitField(_l("Sign in"))


class NewAuthenticatorForm(Form):
    """The first number that a new app shows."""

    number = TextField(
        _l("The number that the app shows now"),
        [Needed(_l("Write the number that the app shows"))],
        description=_l("It has 6 digits, and changes every half minute."),
        longest=30,
        params=ONE_TIME,
    )
    submit = SubmitField(_l("Switch it on"))

    @property
    def digits(self) -> str:
        """What was typed, without spaces."""
        return "".join(letter for letter in self.number.data if letter.isalnum())


class RemoveAuthenticatorForm(Form):
    """A button."""

    submit = SubmitField(_l("Switch it off"))


class ProveForm(Form):
    """The password once more, or the number of the app. `next` and `held` say how to go on."""

    number = _number(_l("The number in your authenticator app"), [])
    password = PasswordField(_l("Your password"), params=CURRENT)
    next = HiddenField()
    held = HiddenField()
    submit = SubmitField(_l("Go on"))

    def validate_password(self, field: PasswordField) -> None:
        """One of the two is needed."""
        if not field.data and not self.number.data:
            raise ValidationError(_("Write your password"))


class PasskeyForm(Form):
    """What a script lets a browser answer. `next` and `held` say how to go on."""

    credential = HiddenField()
    next = HiddenField()
    held = HiddenField()


class PasskeyNameForm(Form):
    """What its owner calls a passkey."""

    name = TextField(
        _l("A name for this passkey"),
        [Needed(_l("Write a name for it"))],
        description=_l("So that you know it again, such as “My phone”. Only you see it."),
        longest=LONGEST_KEY_NAME,
    )
    submit = SubmitField(_l("Save"))


class NewPasskeyForm(PasskeyNameForm):
    """A passkey that a script lets a device make."""

    credential = HiddenField()
    submit = SubmitField(_l("Make a passkey"))


class RemovePasskeyForm(Form):
    """A button."""

    submit = SubmitField(_l("Remove this passkey"))


class FollowLinkForm(Form):
    """A button: opening the link alone signs nobody in."""

    submit = SubmitField(_l("Sign in"))


class NewEmailForm(Form):
    """Another address to sign in with."""

    email = email_field(_l("Your new email address"))
    submit = SubmitField(_l("Change my email address"))


class ButtonForm(Form):
    """A button: opening a link alone changes nothing."""

    submit = SubmitField(_l("Yes"))
