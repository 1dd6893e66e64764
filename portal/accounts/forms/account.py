"""Signing in, a person's name, and roles."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.accounts import passwords
from portal.accounts.models import LONGEST_EMAIL, LONGEST_NAME
from portal.accounts.policies import GRANTABLE
from portal.accounts.words import ROLE_NAMES
from portal.plugin_api import COLLEGE
from portal.ui.forms import (
    DateField,
    EmailField,
    Form,
    HiddenField,
    IntegerField,
    Needed,
    PasswordField,
    RadioField,
    SelectField,
    SubmitField,
    TextField,
)

CURRENT = {"autocomplete": "current-password"}
NEW = {"autocomplete": "new-password"}
PASSWORD_HELP = _l(
    "At least 15 characters. Three or four words that do not belong together are easy to remember "
    "and hard to guess. You can paste it from a password manager."
)


def _email() -> EmailField:
    return EmailField(
        _l("Email address"),
        [Needed(_l("Write your email address"))],
        longest=LONGEST_EMAIL,
        params={"autocomplete": "username"},
    )


def _new_password(label: Any) -> PasswordField:
    return PasswordField(
        label,
        [Needed(_l("Write a password"))],
        description=PASSWORD_HELP,
        params=NEW,
    )


def _judge(password: str, *about: str) -> None:
    college = current_app.settings.college.name  # type: ignore[attr-defined]  # a portal.app.Portal
    found = passwords.weakness(password, about=(*about, college))
    if found is passwords.Weakness.SHORT:
        raise ValidationError(
            _("Make your password at least %(number)d characters long", number=passwords.SHORTEST)
        )
    if found is passwords.Weakness.LONG:
        raise ValidationError(
            _("Make your password %(number)d characters or shorter", number=passwords.LONGEST)
        )
    if found is passwords.Weakness.COMMON:
        raise ValidationError(
            _(
                "This password is easy to guess. Use words that do not belong together, "
                "and not your name or email address"
            )
        )


class SignInForm(Form):
    """E-mail address and password. `next` and `held` say how to go on."""

    email = _email()
    password = PasswordField(_l("Password"), [Needed(_l("Write your password"))], params=CURRENT)
    next = HiddenField()
    held = HiddenField()
    submit = SubmitField(_l("Sign in"))


class RegisterForm(Form):
    """What a new account needs, and no more."""

    name = TextField(
        _l("What would you like to be called?"),
        [Needed(_l("Write the name you would like us to use"))],
        description=_l("A first name is enough."),
        longest=LONGEST_NAME,
        params={"autocomplete": "name"},
    )
    email = _email()
    password = _new_password(_l("Choose a password"))
    submit = SubmitField(_l("Make my account"))

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that others would guess."""
        _judge(field.data, self.name.data or "", self.email.data or "")


class AskForLinkForm(Form):
    """An address to send a link to."""

    email = _email()
    submit = SubmitField(_l("Send me the link"))


class ConfirmForm(Form):
    """A button: opening the link alone changes nothing."""

    submit = SubmitField(_l("Confirm my email address"))


class NewPasswordForm(Form):
    """A new password, chosen through a link."""

    password = _new_password(_l("New password"))
    submit = SubmitField(_l("Save my new password"))

    def __init__(self, *args: Any, about: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that others would guess."""
        _judge(field.data, *self.about)


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    current = PasswordField(
        _l("Your password now"), [Needed(_l("Write the password you use now"))], params=CURRENT
    )
    password = _new_password(_l("New password"))
    submit = SubmitField(_l("Save my new password"))


class DetailsForm(Form):
    """What a person wants to be called."""

    name = TextField(
        _l("Your name"),
        [Needed(_l("Write the name you would like us to use"))],
        description=_l("As you would like to be called."),
        longest=LONGEST_NAME,
        params={"autocomplete": "name"},
    )
    pronouns = TextField(
        _l("Your pronouns, if you like"),
        description=_l("For example she/her, he/him, they/them. You can leave this empty."),
        longest=40,
    )
    submit = SubmitField(_l("Save"))


class GrantForm(Form):
    """A role for a person: where, until when, and why."""

    role = SelectField(
        _l("Role"),
        [Needed(_l("Choose a role"))],
        choices=[("", _l("Choose a role")), *((role, ROLE_NAMES[role]) for role in GRANTABLE)],
    )
    where = RadioField(
        _l("Where does the role hold?"),
        [Needed(_l("Choose where the role holds"))],
        choices=[(COLLEGE, _l("In the whole college")), ("course", _l("In one course"))],
        default=COLLEGE,
    )
    course = IntegerField(
        _l("Number of the course, if it is one course"),
        least=1,
        description=_l("You find it in the address of the course’s staff page."),
    )
    last_day = DateField(
        _l("Last day, if it has one"),
        description=_l("Leave it empty when there is no end in sight."),
    )
    reason = TextField(
        _l("Why"),
        [Needed(_l("Write why this person gets the role"))],
        description=_l("The person, and whoever looks at the record, can read this."),
        longest=300,
    )
    submit = SubmitField(_l("Give the role"))

    def validate_course(self, field: IntegerField) -> None:
        """One course needs its number."""
        if self.where.data == "course" and not "".join(field.raw_data or ()).strip():
            raise ValidationError(_("Write the number of the course"))

    @property
    def scope(self) -> str:
        """The scope of the grant."""
        return f"course:{self.course.data}" if self.where.data == "course" else COLLEGE


class RevokeForm(Form):
    """The end of a role, and why."""

    reason = TextField(
        _l("Why"),
        [Needed(_l("Write why the role ends"))],
        description=_l("The person, and whoever looks at the record, can read this."),
        longest=300,
    )
    submit = SubmitField(_l("End the role now"))
