"""What the style guide at `/style` shows: every component, in every state, with invented people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from portal.ui import charts
from portal.ui.forms import (
    CheckboxesField,
    CheckboxField,
    DateField,
    EmailField,
    FileField,
    Form,
    IntegerField,
    LongTextField,
    MoneyField,
    Needed,
    PasswordField,
    PhoneField,
    RadioField,
    SelectField,
    SubmitField,
    TextField,
    TimeField,
)

LONG_NAME = "Oluwaseun Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"
WHEN = datetime(2027, 3, 2, 10, 0, tzinfo=UTC)


class SampleForm(Form):
    """One field of every kind."""

    name = TextField(
        _l("What should we call you?"),
        [Needed(_l("Write the name you like to be called"))],
        params={"autocomplete": "name"},
    )
    email = EmailField(_l("Email"), description=_l("We only use it for your courses."))
    phone = PhoneField(_l("Phone"))
    password = PasswordField(
        _l("New password"),
        description=_l("15 letters or more. Three words are easy to remember."),
        params={"autocomplete": "new-password"},
    )
    idea = LongTextField(_l("What would you like to learn?"), counted=True, longest=300)
    way = RadioField(
        _l("How would you like to join?"),
        [Needed(_l("Choose how you would like to join"))],
        choices=[("room", _l("In the room")), ("online", _l("Online"))],
        choice_hints={"online": _l("You can keep your camera off.")},
    )
    needs = CheckboxesField(
        _l("What would help you on the day?"),
        choices=[
            ("step", _l("Step-free way in")),
            ("quiet", _l("A quiet room nearby")),
            ("loop", _l("Hearing loop")),
        ],
    )
    term = SelectField(_l("Term"), choices=[("s", _l("Spring 2027")), ("u", _l("Summer 2027"))])
    first = DateField(
        _l("First day"),
        [Needed(_l("Write the first day"))],
        description=_l("For example, 2 3 2027"),
    )
    at = TimeField(_l("Starts at"), description=_l("For example, 10am or 14:30"))
    fare = MoneyField(_l("Bus fare"))
    people = IntegerField(_l("How many people?"), least=1, most=30)
    photo = FileField(_l("Receipt"))
    agree = CheckboxField(_l("I have read what happens next"))
    send = SubmitField(_l("Send my idea"))


def examples() -> dict[str, Any]:
    """The context of `ui/style.html`."""
    wrong = MultiDict(
        [
            ("s-name", ""),
            ("s-email", "not an address"),
            ("s-phone", "12"),
            ("s-first", "31"),
            ("s-first", "February"),
            ("s-first", "2027"),
            ("s-at", "half past nine"),
            ("s-fare", "a fiver"),
            ("s-people", "lots"),
            ("s-idea", "x" * 320),
        ]
    )
    faulty = SampleForm(formdata=wrong, prefix="s-", meta={"csrf": False})
    faulty.validate()
    return {
        "blank": SampleForm(formdata=None, meta={"csrf": False}),
        "faulty": faulty,
        "long_name": LONG_NAME,
        "when": WHEN,
        "bars": charts.bars(
            "Places taken this term",
            "Course",
            "Places",
            [("Understanding sleep", 11), ("Singing for fun", 24), (LONG_NAME, 6), ("Anger", None)],
        ),
        "line": charts.line(
            "Students each term",
            "Term",
            "Students",
            [("Spring", 84), ("Summer", 112), ("Autumn", None), ("Winter", 97), ("Next", 130)],
        ),
        "over_time": charts.over_time(
            "The spring term by week",
            "Forty-one sessions, of which five lack a pair.",
            [(f"{8 + week} Mar", 6 + week % 3, week % 2) for week in range(6)],
            [("Ama, at most 2", [(week % 4, week % 4) for week in range(6)])],
        ),
        "matrix": charts.matrix(
            "Who decides what",
            "Decision",
            ("Students", "Staff", "Board"),
            [
                ("What we teach", (8, 5, 2)),
                ("How money is spent", (3, 4, 9)),
                ("Opening hours", (1, 7, None)),
            ],
        ),
    }
