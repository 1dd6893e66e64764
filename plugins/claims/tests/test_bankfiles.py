"""The files for a bank, letter by letter."""

from __future__ import annotations

from datetime import date

import pytest

from plugins.claims.bankfiles import columns, standard18
from plugins.claims.bankfiles.values import (
    USUAL,
    Account,
    Columns,
    Dates,
    Field,
    Payer,
    Run,
    Transfer,
)

DAY = date(2026, 11, 30)
SAM = Transfer(Account("089999", "00374958", "Sam Person"), 6875, "ABCD234567")
ASH = Transfer(Account("107999", "88837491", "Ash O’Neill-Ünal, B."), 100, "WXYZ234567")
RUN = Run((SAM, ASH), "ABC234", DAY, date(2026, 12, 1))
COLLEGE = Payer(Account("202959", "63748472", "RECOVERY COLLEGE"), "123456")


def test_the_usual_columns() -> None:
    assert columns.written(RUN, USUAL) == (
        '"Name","Sort code","Account number","Amount","Reference","Date"\r\n'
        '"Sam Person","089999","00374958","68.75","ABCD234567","30/11/2026"\r\n'
        '"Ash O’Neill-Ünal, B.","107999","88837491","1.00","WXYZ234567","30/11/2026"\r\n'
    )


def test_columns_are_the_banks_own() -> None:
    own = Columns(
        ((Field.ACCOUNT, "A/C"), (Field.SORT_CODE, "S/C"), (Field.PENCE, "p"), (Field.DATE, "d")),
        Dates.DIGITS,
        headings=False,
        hyphens=True,
    )

    assert columns.written(Run((SAM,), "ABC234", DAY, DAY), own) == (
        '"00374958","08-99-99","6875","20261130"\r\n'
    )


@pytest.mark.parametrize("name", ["=1+1", "+44", "-2", "@SUM(A1)", "\t=1", "＝1", " =1"])
def test_no_name_becomes_a_formula(name: str) -> None:
    made = Run((Transfer(Account("089999", "00374958", name), 1, "R"),), "ABC234", DAY, DAY)

    assert columns.written(made, Columns(USUAL.fields, headings=False)).startswith(f'"\'{name}"')


def test_labels_of_a_bacs_file_have_eighty_letters_and_records_a_hundred() -> None:
    """Sources: Bank of Ireland, "BACS File Specification"; FinDock, "Bacs Direct Debit collection file"."""
    lines = standard18.written(RUN, COLLEGE).split("\r\n")

    assert lines.pop() == ""
    assert [len(line) for line in lines] == [80] * 4 + [100] * 3 + [80] * 3
    assert [line[:4] for line in lines[:4]] == ["VOL1", "HDR1", "HDR2", "UHL1"]
    assert [line[:4] for line in lines[-3:]] == ["EOF1", "EOF2", "UTL1"]
    assert len(lines) == 4 + 2 + 1 + 3
    assert all(line.isascii() for line in lines)


def test_a_bacs_payment_letter_by_letter() -> None:
    lines = standard18.written(RUN, COLLEGE).split("\r\n")

    assert lines[4] == (
        "089999" "00374958" "0" "99" "202959" "63748472" "    " "00000006875"
        "RECOVERY COLLEGE  " "ABCD234567        " "SAM PERSON        "
    )  # fmt: skip
    assert lines[5].endswith("WXYZ234567        ASH ONEILL-UNAL  B")
    assert lines[6] == (
        "202959" "63748472" "0" "17" "202959" "63748472" "    " "00000006975"
        "RECOVERY COLLEGE  " "CONTRA            " "RECOVERY COLLEGE  "
    )  # fmt: skip


def test_labels_of_a_bacs_file() -> None:
    volume, first, second, user, *_rest, total = standard18.written(RUN, COLLEGE).split("\r\n")[:-1]

    assert (volume[4:10], volume[41:47], volume[79]) == ("ABC234", "123456", "1")
    assert volume[10:41] == " " * 31
    assert volume[47:79] == " " * 32
    assert first[4:21] == "A123456S  1123456"
    assert first[21:53] == "ABC23400010001       26334 26338"
    assert first[53:].rstrip() == " 000000"
    assert second.rstrip() == "HDR2F0200000100" + " " * 35 + "00"
    assert user.rstrip() == "UHL1 26335999999    000000001 DAILY  001"
    assert total[4:44] == "0000000006975000000000697500000010000002"


def test_an_account_says_nothing_of_itself() -> None:
    assert "00374958" not in repr(SAM)
