"""Whether a sort code and an account number fit together, by the rules and the table that banks publish.

The rules are those of "Validating account numbers – uniform modulus checking" (Vocalink, for Pay.UK): three
ways of adding up, and exceptions. The table is data, from the publisher. What no row speaks of, and an
exception that is not known here, counts as right: nobody is told that a good account is wrong. Exception 5
is not known: it needs the publisher's second table, of sort codes that stand for others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

SORT_CODE, ACCOUNT = 6, 8  # digits
DIGITS = SORT_CODE + ACCOUNT
_A, _B, _C, _G, _H = 6, 7, 8, 12, 13  # the account's digits as the rules name them, a to h
_APART = re.compile(r"[\s\-‐‑–]+")
_FOREIGN = range(4, 9)  # where an account begins that is not in pounds
_OTHER_CODES = {8: "090126", 9: "309634"}  # where these exceptions look
# The weights of exception 2 where the account does not begin with a nought.
_OF_TWO = (0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1)


class Method(StrEnum):
    """How digits times weights are added up."""

    MOD10 = "MOD10"
    MOD11 = "MOD11"
    DBLAL = "DBLAL"


@dataclass(frozen=True, slots=True)
class Row:
    """From one sort code to another: how it is checked, with 14 weights."""

    first: int
    last: int
    method: Method
    weights: tuple[int, ...]
    exception: int | None = None


class TableError(ValueError):
    """A line of the table cannot be read. `line` counts from one."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} of the table cannot be read")
        self.line = line


def digits_of(text: str, count: int) -> str | None:
    """So many digits in what somebody wrote ("12-34-56", "1234 5678"); None where it is none."""
    bare = _APART.sub("", text)
    return bare if bare.isascii() and bare.isdigit() and len(bare) == count else None


def read_table(text: str) -> list[Row]:
    """The rows of the publisher's file: first, last, method, 14 weights, an exception or none.

    Raises:
        TableError: a line is no row.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        try:
            first, last, method = int(parts[0]), int(parts[1]), Method(parts[2])
            numbers = [int(part) for part in parts[3:]]
        except (ValueError, IndexError):
            raise TableError(number) from None
        if not (len(parts[0]) == len(parts[1]) == SORT_CODE and first <= last):
            raise TableError(number)
        if len(numbers) not in {DIGITS, DIGITS + 1}:
            raise TableError(number)
        exception = numbers[DIGITS] if len(numbers) > DIGITS else None
        found.append(Row(first, last, method, tuple(numbers[:DIGITS]), exception))
    return found


def fits(rows: Sequence[Row], sort_code: str, account: str) -> bool:
    """Whether they fit together by the rows of this sort code, none to two of them, in the table's order."""
    digits = [int(digit) for digit in sort_code + account]
    known = {row.exception for row in rows} <= _KNOWN
    if not rows or not known or _in_another_currency(rows, digits):
        return True
    first = _passes(rows[0], digits)
    if len(rows) == 1:
        return first
    if {rows[0].exception, rows[1].exception} in _EITHER:
        return first or _passes(rows[1], digits)
    if rows[1].exception == 3 and digits[_C] in {6, 9}:
        return first
    return first and _passes(rows[1], digits)


_KNOWN = frozenset({None, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14})
_EITHER = ({2, 9}, {10, 11}, {12, 13})


def _in_another_currency(rows: Sequence[Row], digits: Sequence[int]) -> bool:
    six = any(row.exception == 6 for row in rows)
    return six and digits[_A] in _FOREIGN and digits[_G] == digits[_H]


def _passes(row: Row, digits: Sequence[int]) -> bool:
    special = _SPECIAL.get(row.exception or 0)
    return special(row, digits) if special else _plain(row, digits)


def _plain(row: Row, digits: Sequence[int], more: int = 0) -> bool:
    total = _total(row, digits) + more
    return total % (11 if row.method is Method.MOD11 else 10) == 0


def _total(row: Row, digits: Sequence[int]) -> int:
    products = [digit * weight for digit, weight in zip(digits, row.weights, strict=True)]
    if row.method is Method.DBLAL:
        return sum(int(figure) for product in products for figure in str(product))
    return sum(products)


def _add_27(row: Row, digits: Sequence[int]) -> bool:
    return _plain(row, digits, 27)


def _two_check_digits(row: Row, digits: Sequence[int]) -> bool:
    return _total(row, digits) % 11 == digits[_G] * 10 + digits[_H]


def _without_the_first_eight(row: Row) -> Row:
    return replace(row, weights=(0,) * (_B + 1) + row.weights[_B + 1 :])


def _nine_at_g(row: Row, digits: Sequence[int]) -> bool:
    return _plain(_without_the_first_eight(row) if digits[_G] == 9 else row, digits)


def _nine_at_g_of_some(row: Row, digits: Sequence[int]) -> bool:
    some = digits[_A : _B + 1] in ([0, 9], [9, 9])
    return _nine_at_g(row, digits) if some else _plain(row, digits)


def _with_another_code(row: Row, digits: Sequence[int]) -> bool:
    code = _OTHER_CODES[row.exception or 0]
    return _plain(row, [*map(int, code), *digits[SORT_CODE:]])


def _other_weights(row: Row, digits: Sequence[int]) -> bool:
    if digits[_A] == 0:
        return _plain(row, digits)
    return _nine_at_g(replace(row, weights=_OF_TWO), digits)


def _or_moved_by_one(row: Row, digits: Sequence[int]) -> bool:
    if _plain(row, digits):
        return True
    moved = [*digits[:SORT_CODE], 0, *digits[SORT_CODE:-1]]
    return digits[_H] in {0, 1, 9} and _plain(row, moved)


_SPECIAL: Mapping[int, Callable[[Row, Sequence[int]], bool]] = {
    1: _add_27,
    2: _other_weights,
    4: _two_check_digits,
    7: _nine_at_g,
    8: _with_another_code,
    9: _with_another_code,
    10: _nine_at_g_of_some,
    14: _or_moved_by_one,
}
