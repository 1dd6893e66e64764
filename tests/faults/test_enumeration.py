"""Nobody learns from an answer, or from how long it took, whether somebody has an account here.

Known and unknown addresses are tried in turn on every form that takes one, with the mail server there and
gone. Each answer must be the same bytes once its tokens are masked, and a classifier that learns from the
times must guess no better than a coin. Under SOAK=1 there are two thousand requests; otherwise some of them.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from portal.accounts import evenly, passwords
from portal.accounts.testing import BrowserClient
from portal.db import unit_of_work
from portal.plugin_api.testing import watched
from tests.factories.accounts import make_login, password_hash

if TYPE_CHECKING:
    from portal.app import Portal
    from portal.plugin_api.testing import Lab
    from tests.mailserver import MailServer

pytestmark = pytest.mark.true_costs
SOAK = os.environ.get("SOAK") == "1"
REQUESTS = 2_000 if SOAK else 96  # on each of two databases
FOLDS = 10  # of the cross-validation
NO_BETTER_THAN = 0.55  # of all guesses, where there are enough for that to mean something
# How seldom somebody who guesses with a coin may look as if they knew.
BY_CHANCE = 1e-6
TYPED = "marmalade piano under gentle rain"
FORMS: Mapping[str, tuple[str, dict[str, str]]] = {
    "sign in": ("/sign-in", {"password": TYPED}),
    "forgotten password": ("/reset", {}),
    "register": ("/register", {"name": "Sam", "password": TYPED}),
    "confirm again": ("/confirm", {}),
    "ask for a code": ("/sign-in/email", {}),
    "type a code": ("/sign-in/code", {"code": "12345678"}),
}


@dataclass(frozen=True)
class Seen:
    """What a stranger sees of one answer."""

    form: str
    known: bool
    seconds: float
    bytes: tuple[Any, ...]


@pytest.fixture
def apps(
    request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str, server: MailServer
) -> Iterator[list[Portal]]:
    """Two portals: one whose mail server is there, one whose server is not."""
    nobody = "smtp://127.0.0.1:9"  # the port for what is thrown away
    both = [
        portal_lab.app(engine_name, [], mail_url=url)
        for url in (f"smtp://127.0.0.1:{server.port}", nobody)
    ]
    password_hash.cache_clear()  # other tests' hashes cost nothing
    for _ in watched(request, both[0]):
        yield both
    password_hash.cache_clear()


def address() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def people(app: Portal, count: int) -> Iterator[str]:
    """Addresses of people of every kind that a stranger may ask about."""
    emails = []
    with app.app_context(), unit_of_work() as session:
        for number in range(count):
            kind = number % 8
            login = make_login(session, email=address(), confirmed=kind != 1)
            login.active = kind != 2
            if kind == 3:
                login.password = None  # with a passkey alone
            emails.append(login.email)
    return iter(emails)


def masked(answer: Any, email: str) -> tuple[Any, ...]:
    """The answer without what differs from each request to the next."""
    text = re.sub(r'name="csrf_token"[^>]*>', "", answer.text).replace(email, "ADDRESS")
    headers = [(name, re.sub(r"=[\w.-]+;", "=…;", value)) for name, value in answer.headers]
    lengths = [len(value) for name, value in answer.headers if name == "Set-Cookie"]
    return answer.status_code, text, headers, lengths


def ask(app: Portal, form: str, email: str, *, known: bool) -> Seen:
    client = BrowserClient(app, app.response_class, use_cookies=True)
    where = {"REMOTE_ADDR": f"2001:db8::{secrets.token_hex(2)}"}  # nobody floods
    if form == "type a code":
        client.post("/sign-in/email", data={"email": email}, environ_base=where)
    path, values = FORMS[form]
    data = {"email": email, "csrf_token": client.csrf_token(), **values}
    begun = time.perf_counter()
    answer = client.post(path, data=data, csrf=False, environ_base=where)
    seconds = time.perf_counter() - begun
    return Seen(form, known, seconds, masked(answer, email))


def interleaved(apps: Sequence[Portal], requests: int, forms: Sequence[str]) -> list[Seen]:
    """In pairs, known and unknown in an order that nobody foresees, form after form, portal after portal."""
    rounds = -(-requests // 2 // len(forms))
    known = {id(app): people(app, rounds) for app in apps}
    for app, form in itertools.product(apps, forms):  # the first of each loads what it needs
        ask(app, form, address(), known=False)
    seen = []
    for _round, app in zip(range(rounds), itertools.cycle(apps), strict=False):
        here = next(known[id(app)])
        for form in forms:
            pair = [(here, True), (address(), False)]
            random.shuffle(pair)
            seen += [ask(app, form, email, known=who) for email, who in pair]
    return seen


def right_guesses(seen: Sequence[Seen]) -> int:
    """How many a classifier guesses right that learnt from the others: cross-validated, of one form.

    It learns the time that parts known from unknown best, and on which side the known ones are.
    """
    mixed = random.sample(seen, len(seen))
    right = 0
    for fold in range(FOLDS):
        lessons = sorted(
            (one.seconds, one.known) for at, one in enumerate(mixed) if at % FOLDS != fold
        )
        border, known_above = _best_border(lessons)
        right += sum(
            ((one.seconds > border) == known_above) == one.known for one in mixed[fold::FOLDS]
        )
    return right


def _best_border(lessons: Sequence[tuple[float, bool]]) -> tuple[float, bool]:
    above = sum(known for _, known in lessons)  # right, when all are taken for known
    best, found = 0, (-math.inf, True)
    for at, (seconds, known) in enumerate([(-math.inf, False), *lessons]):
        if at:
            above += -1 if known else 1
        for right, known_above in ((above, True), (len(lessons) - above, False)):
            if right > best:
                best, found = right, (seconds, known_above)
    return found


def most_by_chance(tries: int) -> int:
    """How many of so many a coin may guess right: more would happen less often than `BY_CHANCE`."""
    chance, most = 0.0, tries
    while most and chance + math.comb(tries, most) / 2**tries < BY_CHANCE:
        chance += math.comb(tries, most) / 2**tries
        most -= 1
    return most


def by_form(seen: Sequence[Seen]) -> dict[str, list[Seen]]:
    return {form: found for form in FORMS if (found := [one for one in seen if one.form == form])}


@pytest.mark.soak
def test_answers_are_the_same_bytes_after_the_same_time(apps: list[Portal]) -> None:
    seen = interleaved(apps, REQUESTS, list(FORMS))

    for form, answers in by_form(seen).items():
        assert len({repr(one.bytes) for one in answers}) == 1, form
    right = {form: right_guesses(answers) for form, answers in by_form(seen).items()}
    for form, answers in by_form(seen).items():
        assert right[form] <= most_by_chance(len(answers)), (form, right[form], len(answers))
    allowed = max(NO_BETTER_THAN * len(seen), most_by_chance(len(seen)) if not SOAK else 0)
    assert sum(right.values()) <= allowed, right


def test_classifier_notices_a_hash_that_is_left_out(
    apps: list[Portal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both defences off: answers that wait for nothing, and no hash where nobody is known."""
    verify = passwords.verify_password

    def only_known(password: str, password_hash: str | None) -> bool:
        return bool(password_hash) and verify(password, password_hash)

    monkeypatch.setattr(passwords, "verify_password", only_known)
    monkeypatch.setattr(evenly, "STROKE", 1e-6)
    # One in sixteen has no password and looks unknown; of forty a coin may guess as many right.
    seen = interleaved(apps, 120, ["sign in"])
    assert right_guesses(seen) > most_by_chance(len(seen))
