"""Whatever reads what people type does so within a tenth of a second, whatever it is."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

import plugins
import portal
from portal.accounts import limits, passwords
from portal.accounts.browser_session import device_label
from portal.accounts.held import read_held
from portal.accounts.services import logins, people
from portal.app import Portal
from portal.courses.forms.runs import read_date
from portal.courses.queries import search
from portal.courses.services import courses, slugs
from portal.courses.services.prospectus import phrases
from portal.courses.services.prospectus.comparing import plain_name
from portal.courses.views import asking
from portal.desk.several import read_picks
from portal.home.services import clean_query
from portal.messages import texts
from portal.ui import filters, phones
from portal.ui.display import parse as parse_display
from portal.ui.fields import clean
from portal.ui.parsed_fields import parse_time
from portal.ui.sheets import harmless
from portal.ui.views import safe_next
from tests.hostile.kinds import KINDS
from tests.hostile.timing import LIMIT, seconds

Reader = Callable[[str], Any]
# A reader may say that it cannot read: with this, and nothing else.
REFUSALS: tuple[type[Exception], ...] = (ValueError, phrases.NotUnderstoodError)
READERS: Mapping[str, Reader] = {
    "an e-mail address": logins.normalise_email,
    "a key for an address": limits.account_key,
    "a name": people._checked_name,
    "a password": passwords.weakness,
    "a password that is tried": lambda text: passwords.verify_password(text, None),
    "a form that was held": read_held,
    "a browser's name for itself": device_label,
    "a phone number": phones.dialled,
    "a phone number to be shown": phones.written,
    "whether a number takes texts": phones.takes_text,
    "typed text": clean,
    "a time": parse_time,
    "a date": read_date,
    "a day of an address": lambda text: asking.read_day(MultiDict({"from": text})),
    "a place in a list": asking.read_cursor,
    "display settings": parse_display,
    "where to go next": safe_next,
    "a search of courses": search.parse,
    "a search of everything": clean_query,
    "a web address": courses._is_web_address,
    "a name in an address": slugs.slugify,
    "Markdown": filters.markdown.__wrapped__,
    "a text message": texts.measure,
    "a text message to be fitted": texts.fitted,
    "choices of the desk": read_picks,
    "a topic of a file": plain_name,
    "a count of a file": phrases.read_sessions,
    "a length of a file": phrases.read_hours,
    "a way to take part of a file": phrases.read_mode,
    "a start of a file": phrases.read_start,
    "a cell of a report": harmless,
}


@pytest.fixture
def engine_name() -> str:
    """Reading asks no database."""
    return "sqlite"


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_a_reader_is_quick(app: Portal, reader: Reader) -> None:
    slow = []
    with app.test_request_context():
        ask(reader, "something usual")  # what is loaded once is no part of it
        for name, text in KINDS.items():
            taken = seconds(lambda text=text: ask(reader, text))
            if taken >= LIMIT:
                slow.append(f"{name}: {taken:.3f} s")

    assert not slow, "\n".join(slow)


def ask(reader: Reader, text: str) -> None:
    try:
        reader(text)
    except REFUSALS:
        return


def patterns() -> Iterator[tuple[str, re.Pattern[str], frozenset[str]]]:
    """Every regular expression for text that a module of the portal or a bundled plugin keeps.

    With its name, and the ways it is asked in there: one for whole words may be slow to search with.
    """
    for package in (portal, plugins):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "testing" in info.name or ".tests" in info.name or info.name.endswith("__main__"):
                continue
            module = importlib.import_module(info.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    used = re.findall(rf"\b{name}\.(\w+)\(", inspect.getsource(module))
                    yield f"{info.name}.{name}", value, frozenset(used)


PATTERNS = {name: (pattern, used) for name, pattern, used in patterns()}
WHOLE = frozenset({"fullmatch", "match"})


@pytest.mark.parametrize(("pattern", "used"), PATTERNS.values(), ids=PATTERNS.keys())
def test_a_regular_expression_never_goes_back_and_forth(
    pattern: re.Pattern[str], used: frozenset[str]
) -> None:
    ways = [pattern.match, pattern.fullmatch]
    if not used or used - WHOLE:  # a split, a replacement: each looks as a search does
        ways.append(pattern.search)
    slow = []
    for name, text in KINDS.items():
        for way in ways:
            taken = seconds(lambda way=way, text=text: way(text))
            if taken >= LIMIT:
                slow.append(f"{way.__name__} of {name}: {taken:.3f} s")

    assert not slow, "\n".join(slow)


def test_the_clock_sees_one_that_does() -> None:
    spaces_at_the_end = re.compile(r"\s+$")

    assert seconds(lambda: spaces_at_the_end.search(KINDS["spaces inside"][-15_000:])) >= LIMIT
    assert seconds(lambda: None) < LIMIT


def test_a_text_of_many_signs_is_shown_as_it_was_typed() -> None:
    lists = "- [Ask us](https://college.example/ask), *please*\n" * 100
    assert filters.markdown(lists).count("<li>") == 100

    shown = filters.markdown("*<b>\n" * 1_000)
    assert shown.count("*&lt;b&gt;<br>") == 999


def test_a_password_too_long_to_be_looked_at_is_nobodys() -> None:
    known = passwords.hash_password("")

    assert passwords.verify_password("", known), "the empty one would open this"
    assert not passwords.verify_password("a" * (passwords.LONGEST_TYPED + 1), None)
    assert passwords.weakness("a" * (passwords.LONGEST_TYPED + 1)) is passwords.Weakness.LONG
