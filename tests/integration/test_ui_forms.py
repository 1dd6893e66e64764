"""Form fields: what people type is understood, kept and answered in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.app import Portal
from portal.ui import forms
from tests.browser.sample import make_sample


class Everything(forms.Form):
    name = forms.TextField("Name", [forms.Needed("Write your name")], longest=10)
    email = forms.EmailField("Email")
    phone = forms.PhoneField("Phone")
    password = forms.PasswordField("Password")
    idea = forms.LongTextField("Idea", counted=True)
    way = forms.RadioField("Way", choices=[("room", "Room"), ("online", "Online")])
    needs = forms.CheckboxesField("Needs", choices=[("step", "Step-free"), ("loop", "Loop")])
    term = forms.SelectField("Term", choices=[("", "Any"), ("s", "Spring")])
    day = forms.DateField("Day")
    at = forms.TimeField("At")
    fare = forms.MoneyField("Fare")
    people = forms.IntegerField("People", least=1, most=30)
    photo = forms.FileField("Photo")
    agree = forms.CheckboxField("Agree")
    send = forms.SubmitField("Send")


TYPED = [
    "name",
    "email",
    "phone",
    "idea",
    "way",
    "needs",
    "term",
    "day",
    "at",
    "fare",
    "people",
    "agree",
]


@lru_cache(maxsize=1)
def one_sample() -> Portal:
    return make_sample()


@pytest.fixture
def within() -> Iterator[None]:
    with one_sample().test_request_context("/", method="POST"):
        yield


def filled(*pairs: tuple[str, str]) -> Everything:
    answers = dict([("name", "Amina"), *[pair for pair in pairs if pair[0] != "day"]])
    days = [pair for pair in pairs if pair[0] == "day"]
    return Everything(formdata=MultiDict([*answers.items(), *days]), meta={"csrf": False})


def answer(name: str, text: str) -> tuple[Any, list[str]]:
    form = filled((name, text))
    form.validate()
    return form[name].data, [str(error) for error in form[name].errors]


@pytest.mark.parametrize(
    ("text", "pence"),
    [("12", 1200), ("£12.50", 1250), ("1,250", 125000), (" 0.5 ", 50), ("12.05", 1205), ("", None)],
)
def test_money_as_people_write_it_becomes_pence(within: None, text: str, pence: int | None) -> None:
    assert answer("fare", text) == (pence, [])


@pytest.mark.parametrize("text", ["a fiver", "1.234", "-3", "12,50", "1e3", "٣", "9" * 40])
def test_money_that_is_unclear_is_refused_and_kept(within: None, text: str) -> None:
    form = filled(("fare", text))
    assert not form.validate()
    assert f'value="{text}"' in form.fare()


@pytest.mark.parametrize(("text", "expected"), [("30", 30), ("0" * 40 + "7", 7), ("2 9", 29)])
def test_whole_number_is_understood(within: None, text: str, expected: int) -> None:
    assert answer("people", text) == (expected, [])


@pytest.mark.parametrize(
    "text", ["0", "31", "0" * 11 + "1999", "0" * 12 + "9" * 30, "1" * 100, "-1", "1.5", ",", "٣"]
)
def test_number_out_of_its_range_is_refused_however_it_is_written(within: None, text: str) -> None:
    assert answer("people", text)[1] == ["Write a whole number from 1 to 30"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10am", time(10)),
        ("2.30pm", time(14, 30)),
        ("12 am", time(0)),
        ("12pm", time(12)),
        ("14:30", time(14, 30)),
        ("midday", time(12)),
        ("9:05 a.m.", time(9, 5)),
    ],
)
def test_time_as_people_write_it_is_understood(within: None, text: str, expected: time) -> None:
    assert answer("at", text) == (expected, [])


@pytest.mark.parametrize("text", ["25:00", "13pm", "10", "half nine", "0am", "10:75"])
def test_time_that_is_unclear_is_refused(within: None, text: str) -> None:
    assert answer("at", text)[1] == ["Write a time like 10am or 14:30"]


@pytest.mark.parametrize(
    "parts", [("2", "3", "2027"), ("02", "March", "2027"), ("2", "mar", "2027")]
)
def test_date_in_three_parts_is_understood(within: None, parts: tuple[str, ...]) -> None:
    form = filled(*[("day", part) for part in parts])
    assert form.validate()
    assert form.day.data == date(2027, 3, 2)


@pytest.mark.parametrize(
    ("parts", "message", "target"),
    [
        (("2", "", "2027"), "The date must have a month", "#day-month"),
        (("", "3", ""), "The date must have a day and a year", "#day-day"),
        (("31", "2", "2027"), "That month has no such day. Check the date", "#day-day"),
        (("2", "Mars bar", "2027"), "Write a real date, like 27 3 2027", "#day-month"),
        (("2", "3", "27"), "Write a real date, like 27 3 2027", "#day-year"),
        (("2", "3"), "The date must have a year", "#day-year"),
        (("2", "3", "2027", "9"), None, ""),
    ],
)
def test_date_fault_leads_to_the_part_to_mend(
    within: None, parts: tuple[str, ...], message: str | None, target: str
) -> None:
    form = filled(*[("day", part) for part in parts])
    form.validate()
    expected = [forms.Fault(message, target)] if message else []
    assert form.faults() == expected
    shown = form.day()
    for part in parts[:3]:
        assert f'value="{part}"' in shown or part == ""
    assert f'id="{target[1:] or "day-day"}"' in shown


def test_choice_that_was_not_offered_is_refused(within: None) -> None:
    for name in ("way", "needs", "term"):
        assert answer(name, "forged")[1] == ["Choose one of the answers below"]


def test_email_and_phone_are_checked_and_put_in_one_form(within: None) -> None:
    assert answer("email", " Amina@EXAMPLE.com ") == ("Amina@example.com", [])
    assert answer("email", "not an address")[1] == ["Write an email address like name@example.com"]
    assert answer("phone", "07700 900123") == ("+447700900123", [])
    assert answer("phone", "12")[1] == ["Write a phone number like 07700 900123"]


def test_text_loses_what_no_keyboard_makes_and_outer_spaces(within: None) -> None:
    assert answer("idea", "  a\x00b\r\nc  ") == ("ab\nc", [])


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200d\u2060 \u00ad", "\u202e\ufeff", "\u00a0\u2028"]
)
def test_text_of_which_nothing_would_be_seen_is_none(within: None, unseen: str) -> None:
    assert answer("name", unseen) == ("", ["Write your name"])
    kept = f"Clay{unseen}ink"
    assert answer("idea", kept) == (kept, [])


def test_needed_field_left_empty_or_blank_says_what_to_write(within: None) -> None:
    assert answer("name", "   ")[1] == ["Write your name"]
    assert answer("name", "x" * 11)[1] == ["Use 10 letters or fewer"]


def test_password_is_taken_as_typed_and_never_shown_again(within: None) -> None:
    form = filled(("password", "  three small words "))
    form.validate()
    assert form.password.data == "  three small words "
    assert "three small words" not in form.password()


def test_field_without_a_hint_has_none_and_none_is_required_by_the_browser(within: None) -> None:
    html = "".join(str(field()) for field in Everything(formdata=None, meta={"csrf": False}))
    assert '-hint"' not in html
    assert "required" not in html.replace("aria-required", "")
    assert "<legend" in html


def test_error_from_a_service_is_shown_at_its_field_or_at_the_form(within: None) -> None:
    form = filled()
    assert form.validate()
    form.refuse("way", "That run is full")
    form.refuse("", "Two people pressed at once. Try again")
    assert form.faults() == [
        forms.Fault("Two people pressed at once. Try again", "#main"),
        forms.Fault("That run is full", "#way"),
    ]


@settings(deadline=None)  # how long one example takes depends on who else uses the machine
@given(st.lists(st.tuples(st.sampled_from(TYPED), st.text(max_size=60)), max_size=30))
def test_no_typed_text_breaks_a_form(answers: list[tuple[str, str]]) -> None:
    with one_sample().test_request_context("/", method="POST"):
        form = Everything(formdata=MultiDict(answers), meta={"csrf": False})
        form.validate()
        for field in form:
            str(field())
        form.faults()


@pytest.mark.usefixtures("within")
def test_the_same_fault_of_two_fields_says_which() -> None:
    class Twice(forms.Form):
        first = forms.TextField("The first one", [forms.Needed("Write it")])
        second = forms.TextField("The second one", [forms.Needed("Write it")])
        third = forms.TextField("The third one", [forms.Needed("Write this")])

    form = Twice(formdata=MultiDict(), meta={"csrf": False})
    form.validate()
    assert [(fault.text, fault.href) for fault in form.faults()] == [
        ("Write it (The first one)", "#first"),
        ("Write it (The second one)", "#second"),
        ("Write this", "#third"),
    ]
    assert form.first.errors == ["Write it"], "at the field it needs no more words"
