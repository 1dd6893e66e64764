"""Making an account, passwords, a person's name, and roles."""

from __future__ import annotations

from collections.abc import Sequence
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
from portal.plugin_api.types import Words
from portal.ui.forms import (
    DateField,
    EmailField,
    Form,
    Needed,
    PasswordField,
    RadioField,
    SelectField,
    SubmitField,
    TextField,
)

CURRENT = {"autocomplete": "current-password"}
NEW = {"autocomplete": "new-password"}
EMAIL_ADDRESS = _l("Email address")
MOST_COURSES = 20  # to choose from at once
PASSWORD_HELP = _l(
    "At least 15 characters. Three or four words that do not belong together are easy to remember "
    "and hard to guess. You can paste it from a password manager."
)
PASSWORD_BESIDE_APP_HELP = _l(
    "At least 8 characters, as we also ask for the number in your authenticator app. Longer is safer: "
    "three or four words that do not belong together. You can paste it from a password manager."
)


def email_field(label: Words = EMAIL_ADDRESS) -> EmailField:
    """The address of a login."""
    return EmailField(
        label,
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


def too_short(shortest: int = passwords.SHORTEST) -> str:
    """What to do about a password that is shorter."""
    words: str = _("Make your password at least %(number)d characters long", number=shortest)
    return words


def _judge(password: str, *about: str, shortest: int = passwords.SHORTEST) -> None:
    college = current_app.settings.college.name  # type: ignore[attr-defined]  # a portal.app.Portal
    found = passwords.weakness(password, about=(*about, college), shortest=shortest)
    if found is passwords.Weakness.SHORT:
        raise ValidationError(too_short(shortest))
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


class RegisterForm(Form):
    """What a new account needs, and no more."""

    name = TextField(
        _l("What would you like to be called?"),
        [Needed(_l("Write the name you would like us to use"))],
        description=_l("A first name is enough."),
        longest=LONGEST_NAME,
        params={"autocomplete": "name"},
    )
    email = email_field()
    password = _new_password(_l("Choose a password"))
    submit = SubmitField(_l("Make my account"))

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that others would guess."""
        _judge(field.data, self.name.data or "", self.email.data or "")


class AskForLinkForm(Form):
    """An address to send a link to."""

    email = email_field()
    submit = SubmitField(_l("Send me the link"))


class ConfirmForm(Form):
    """The password with which the account was made: opening the link alone changes nothing."""

    password = PasswordField(
        _l("The password you chose"),
        [Needed(_l("Write the password you chose when you made the account"))],
        params=CURRENT,
    )
    submit = SubmitField(_l("Confirm my email address"))


class NewPasswordForm(Form):
    """A new password, chosen through a link. Beside an authenticator app a shorter one will do."""

    password = _new_password(_l("New password"))
    submit = SubmitField(_l("Save my new password"))

    def __init__(
        self, *args: Any, about: tuple[str, ...] = (), beside_app: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        self.shortest = passwords.SHORTEST_WITH_APP if beside_app else passwords.SHORTEST
        if beside_app:
            self.password.description = PASSWORD_BESIDE_APP_HELP

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that others would guess."""
        _judge(field.data, *self.about, shortest=self.shortest)


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    current_password = PasswordField(
        _l("Your password now"), [Needed(_l("Write the password you use now"))], params=CURRENT
    )
    password = _new_password(_l("New password"))
    submit = SubmitField(_l("Save my new password"))


class LongerPasswordForm(NewPasswordForm):
    """A longer password, as the authenticator app beside it goes."""

    submit = SubmitField(_l("Save it, and switch the app off"))


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
    course_words = TextField(
        _l("Which course, if it is one course"),
        description=_l("A word or two of its title. You choose from the courses that have them."),
        longest=100,
    )
    course = RadioField(_l("Which of these courses do you mean?"), choices=[])
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

    @property
    def asks_for_course(self) -> str:
        """The words of a title to look for; empty when the role holds in the whole college."""
        return (self.course_words.data or "") if self.where.data == "course" else ""

    def offer(self, courses: Sequence[tuple[int, str]]) -> None:
        """Let one of these courses be chosen. One whose whole title was written is chosen already."""
        self.more = len(courses) > MOST_COURSES
        if not courses or not self.asks_for_course:
            # What was chosen before belongs to other words, or to nothing any more.
            del self.course
            return
        self.course.choices = [(str(number), title) for number, title in courses[:MOST_COURSES]]
        exact = [
            str(number)
            for number, title in courses
            if title.casefold() == self.asks_for_course.casefold()
        ]
        if not self.course.data and len(exact) == 1:
            self.course.data = exact[0]

    def validate_course_words(self, _field: TextField) -> None:
        """One course has to be found."""
        if self.where.data != "course":
            return
        if not self.asks_for_course:
            raise ValidationError(_("Write a word or two of the course’s title"))
        if self.course is None:
            raise ValidationError(_("No course has these words in its title. Try fewer of them"))

    def validate_course(self, field: RadioField) -> None:
        """One course has to be chosen."""
        if field.data:
            return
        if self.more:
            raise ValidationError(
                _("Choose the course you mean, or write more of its title: there are others")
            )
        raise ValidationError(_("Choose the course you mean"))

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
