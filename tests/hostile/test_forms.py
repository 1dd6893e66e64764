"""Every form answers a hundred thousand letters of anything within a tenth of a second, and kindly.

Under SOAK=1 each meets every kind of letters; otherwise a quarter of them, each form another quarter.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import wtforms
from werkzeug.datastructures import MultiDict

import plugins
import portal
from portal.app import Portal
from portal.desk.words import OUTCOMES
from portal.facilitators.queries.steps import FIRST_STEPS
from portal.ui.fields import clean
from portal.ui.forms import Form
from portal.ui.parsed_fields import DateField
from tests.hostile.kinds import KINDS, LETTERS
from tests.hostile.timing import LIMIT, seconds

# What the view gives to a form beside what was typed.
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "plugins.proposals.forms.making.AuthorForm": {"known": False},
    "portal.accounts.forms.contact.LanguageForm": {
        "languages": ["en", "cy"],
        "now": "en",
        "otherwise": "The college’s",
    },
    "portal.accounts.forms.contact.TheirRouteForm": {"zone": "Europe/London"},
    "portal.concerns.forms.ConcernForm": {"signed_in": True},
    "portal.concerns.forms.HandOnForm": {"people": [(1, "Ann")]},
    "portal.desk.forms.LogForm": {"outcomes": list(OUTCOMES), "somebody": True},
    "portal.desk.forms.SeveralForm": {"tasks": [(1, "Ring Ann")]},
    "portal.facilitators.forms.opportunities.ChatForm": {"people": {1: "Ann"}},
    "portal.facilitators.forms.pathway.RecordStepForm": {"step": FIRST_STEPS[0]},
    "portal.facilitators.forms.support.AdjustmentsForm": {"people": {1: "Ann"}},
    "portal.facilitators.forms.support.SlotForm": {"people": {1: "Ann"}},
    "portal.ui.display_form.DisplayForm": {"languages": ("en", "cy")},
}
# Bases of forms: their questions are asked by the forms below them.
BASES = {"portal.accounts.forms.contact._RouteForm"}


def name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__name__}"


def below(kind: type[Form]) -> Iterator[type[Form]]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


def every_form() -> list[type[Form]]:
    """Of all rooms and all bundled plugins, whether a page shows it today or not."""
    for package in (portal, plugins):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not _is_test(module.name):
                importlib.import_module(module.name)
    ours = {kind for kind in below(Form) if kind.__module__.startswith(("portal.", "plugins."))}
    return sorted((kind for kind in ours if name_of(kind) not in BASES), key=name_of)


def _is_test(module: str) -> bool:
    return "testing" in module or ".tests" in module or module.endswith("__main__")


FORMS = every_form()
SOAK = os.environ.get("SOAK") == "1"
SHARE = 4
LONGEST_ERROR = 200  # letters of one sentence that says what to do


@pytest.fixture
def engine_name() -> str:
    """A form asks no database."""
    return "sqlite"


def filled(kind: type[Form], text: str) -> Form:
    """The form as the view makes it, with the text in every one of its fields."""
    parts = {name: 3 if issubclass(_field(kind, name), DateField) else 1 for name in _names(kind)}
    typed = MultiDict([(name, text) for name, times in parts.items() for _ in range(times)])
    form = kind(formdata=typed, meta={"csrf": False}, **GIVEN.get(name_of(kind), {}))
    for field in form:
        if isinstance(field, wtforms.SelectField) and field.choices is None:
            field.choices = [("1", "One")]  # the view's own, from the database
    return form


def _names(kind: type[Form]) -> list[str]:
    return [name for name in dir(kind) if hasattr(getattr(kind, name), "field_class")]


def _field(kind: type[Form], name: str) -> type:
    found: type = getattr(kind, name).field_class
    return found


def test_every_form_is_made_as_its_view_makes_it() -> None:
    assert len(FORMS) > 70
    names = {name_of(kind) for kind in FORMS}
    assert not GIVEN.keys() - names
    assert not {name for name in BASES if name in names}


@pytest.mark.soak
@pytest.mark.parametrize("kind", FORMS, ids=name_of)
def test_a_form_judges_anything_quickly_and_kindly(app: Portal, kind: type[Form]) -> None:
    wrong = []
    with app.test_request_context("/", method="POST"):
        for name, text in kinds_for(kind):
            judged: list[Form] = []

            def judge(text: str = text, judged: list[Form] = judged) -> None:
                judged.append(filled(kind, text))
                judged[-1].validate()

            taken = seconds(judge)
            if taken >= LIMIT:
                wrong.append(f"{name}: {taken:.3f} s")
            wrong += [f"{name}: {fault}" for fault in unkind(judged[-1], text)]

    assert not wrong, "\n".join(wrong)


def kinds_for(kind: type[Form]) -> list[tuple[str, str]]:
    every = list(KINDS.items())
    return every if SOAK else every[FORMS.index(kind) % SHARE :: SHARE]


def unkind(form: Form, text: str) -> Iterator[str]:
    """Fields that took all of it, and errors that are no short sentence or say again what was typed."""
    for field in form:
        asked = isinstance(field, wtforms.StringField) and not isinstance(
            field, wtforms.HiddenField | wtforms.PasswordField
        )
        if asked and not field.errors and len(str(clean(text))) == LETTERS:
            yield f"{field.name} took {LETTERS} letters"
        for error in field.errors:
            if len(str(error)) > LONGEST_ERROR or text[:20] in str(error):
                yield f"{field.name} says {str(error)[:LONGEST_ERROR]!r}"
