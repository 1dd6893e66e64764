"""Standard 18, the form of file that Bacs takes in: labels of 80 letters and digits, records of 100.

Sources: Bank of Ireland, "BACS File Specification" (VOL1 and HDR1, place by place); FinDock, "Bacs Direct
Debit collection file" (which lines there are, and how long); IBM, "Example for the UK" (records of 100).
HDR2, UHL1, UTL1 and the contra are as public programs write them that send such files (uzERP, for HSBC). A
college tries a file with its bank before the first payment.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from plugins.claims.bankfiles.values import Account, Payer, Run, Transfer

LABEL, RECORD = 80, 100  # letters
_NEVER = re.compile(r"[^A-Z0-9.&/\- ]")  # all that Bacs knows
_CREDIT, _CONTRA = "99", "17"  # transaction codes
_ENDED = "\r\n"


def written(run: Run, payer: Payer) -> str:
    """The file's text: labels, a line for each payment, one that takes the sum from the college, labels."""
    lines = [
        *_labels("VOL1", "HDR", run, payer),
        _label(
            "UHL1", _julian(run.pays_on), "999999".ljust(10), "00", "000000", "1 DAILY  ", "001"
        ),
        *(_record(one, payer) for one in run.transfers),
        _contra(run, payer),
        *_labels("", "EOF", run, payer),
        _totals(run),
    ]
    return "".join(f"{line}{_ENDED}" for line in lines)


def plain(text: str, width: int) -> str:
    """A text in the letters that Bacs knows, exactly so long: accents go, what is unknown is a space."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    return _NEVER.sub(" ", bare)[:width].ljust(width)


def _label(*parts: str) -> str:
    return "".join(parts).ljust(LABEL)


def _julian(day: date) -> str:
    """A space, the year's last two digits, the day of the year in three."""
    return f" {day:%y%j}"


def _labels(volume: str, kind: str, run: Run, payer: Payer) -> list[str]:
    serial, user = plain(run.serial, 6), payer.user_number.ljust(6)
    found = []
    if volume:
        # The label ends with its level in the 80th place.
        owner = _at(_at(f"{volume}{serial}", 42, user), 80, "1")
        found.append(_label(owner))
    name = f"A{user}S  1{user}"
    later = _julian(date.fromordinal(run.pays_on.toordinal() + 3))  # kept for three days
    found += [
        _label(
            f"{kind}1{name}",
            serial,
            "00010001",
            " " * 6,
            _julian(run.made_on),
            later,
            " 000000",
        ),
        _label(f"{kind}2F0200000100", " " * 35, "00"),
    ]
    return found


def _at(line: str, place: int, text: str) -> str:
    """The line with a text from a place on, which is counted from one."""
    return line.ljust(place - 1) + text


def _record(one: Transfer, payer: Payer) -> str:
    return _line(one.to, _CREDIT, payer.account, one.pence, one.reference, one.to.name)


def _contra(run: Run, payer: Payer) -> str:
    return _line(payer.account, _CONTRA, payer.account, run.total, "CONTRA", payer.account.name)


def _line(to: Account, code: str, of: Account, pence: int, reference: str, name: str) -> str:
    parts = (
        to.sort_code,
        to.number,
        "0",
        code,
        of.sort_code,
        of.number,
        " " * 4,
        f"{pence:011d}",
        plain(of.name, 18),
        plain(reference, 18),
        plain(name, 18),
    )
    return "".join(parts).ljust(RECORD)


def _totals(run: Run) -> str:
    """What is taken and what is given, in pence and in lines: as much as each other."""
    return _label(f"UTL1{run.total:013d}{run.total:013d}", f"{1:07d}{len(run.transfers):07d}")
