from __future__ import annotations

import time
from typing import Any

import pytest

from portal.accounts.passwords import (
    LONGEST,
    SHORTEST_WITH_APP,
    Weakness,
    hash_password,
    needs_rehash,
    verify_password,
    weakness,
)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "password12345678",
        "Password1234567!",
        "p4ssw0rdp4ssw0rd",
        "qwertyuiopasdfgh",
        "123456789012345678",
        "aaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "abcdefghijklmnopq",
        "iloveyouiloveyou1",
        "xk4xk4xk4xk4xk4xk4",
        "liverpoolliverpool",
    ],
)
def test_common_password_is_refused(password: str) -> None:
    assert weakness(password) is Weakness.COMMON


@pytest.mark.parametrize(
    "password",
    [
        "gravel lantern seventeen otters",
        "correct horse battery staple",
        "Rhowch y gath ar y bwrdd",
        "猫が窓から飛び出して空へ昇っていった",
        "zQ8!vB2#nM5$kL9",
        "sunflower tractor mild Tuesday",
        "x" * 3 + " gentle marmalade piano",
    ],
)
def test_password_that_is_hard_to_guess_is_taken(password: str) -> None:
    assert weakness(password) is None


@pytest.mark.parametrize("length", [0, 1, 14])
def test_password_below_fifteen_characters_is_short(length: int) -> None:
    assert weakness("gravel lantern seventeen"[:length]) is Weakness.SHORT


def test_long_password_is_taken_up_to_a_limit() -> None:
    text = "otters sing by gravel lanterns " * 40
    assert weakness(text[:64]) is None
    assert weakness(text[:LONGEST]) is None
    assert weakness(text[: LONGEST + 1]) is Weakness.LONG


def test_password_made_of_what_strangers_know_is_refused() -> None:
    about = ("Alexandra Okonkwo", "alex.okonkwo@harbour.example", "Harbour Recovery College")
    for password in (
        "AlexandraOkonkwo",
        "alexandra-okonkwo",
        "harbourcollege12",
        "okonkwo.okonkwo.",
        "alex.okonkwo@harbour.example",
        "Alex.Okonkwo@Harbour.example1",
        "Alexandra Okonkwo, Harbour Recovery College",
    ):
        assert weakness(password, about=about) is Weakness.COMMON
        assert weakness(password) in {None, Weakness.COMMON}


@pytest.mark.parametrize("about", [("", ""), ("-", ".@."), ("Jo", "jo@x.example", "")])
def test_a_name_of_which_nothing_is_left_guesses_nothing(about: tuple[str, ...]) -> None:
    assert weakness("gravel lantern seventeen otters", about=about) is None
    assert weakness("aaaaaaaaaaaaaaaa", about=about) is Weakness.COMMON


def test_verify_takes_only_the_right_password() -> None:
    hashed = hash_password("gravel lantern seventeen otters")
    assert verify_password("gravel lantern seventeen otters", hashed)
    assert not verify_password("gravel lantern seventeen otter", hashed)
    assert not verify_password("gravel lantern seventeen otters", None)
    assert not verify_password("gravel lantern seventeen otters", "not a hash")
    assert not needs_rehash(hashed)


def test_verify_takes_other_spellings_of_the_same_letters() -> None:
    hashed = hash_password("cafe\u0301 au lait at midnight")
    assert verify_password("caf\u00e9 au lait at midnight", hashed)


def test_length_that_will_do_depends_on_what_stands_beside_it() -> None:
    beside: dict[str, Any] = {"shortest": SHORTEST_WITH_APP}
    assert weakness("k7Rw!pQ", **beside) is Weakness.SHORT
    assert weakness("k7Rw!pQz", **beside) is None
    assert weakness("k7Rw!pQz") is Weakness.SHORT
    assert weakness("password", **beside) is Weakness.COMMON


def test_book_as_a_password_is_judged_and_checked_at_once() -> None:
    known = hash_password("k7Rw!pQz")
    for book in ("x" * 500_000, "\ufdfa" * 100_000, "a\u0301" * 200_000):
        begun = time.thread_time()
        assert weakness(book) is Weakness.LONG
        assert not verify_password(book, known)
        assert time.thread_time() - begun < 0.5  # of which the hash is the most


@pytest.mark.true_costs
def test_a_hash_costs_what_owasp_asks_for() -> None:
    assert hash_password("gravel lantern").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_costs_next_to_nothing_in_other_tests() -> None:
    assert hash_password("gravel lantern").startswith("$argon2id$v=19$m=8,t=1,p=1$")
