"""Account numbers stand nowhere in plain words: not in the database, logs, messages, copies, errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.bankfiles.values import Account
from plugins.claims.models import CameBack
from plugins.claims.plugin import notices
from plugins.claims.privacy import SOURCES
from plugins.claims.services import bank, outcomes
from plugins.claims.tests.making_paying import Paying, key
from portal.plugin_api import Actor, Recipient, VaultError
from portal.plugin_api.dispatch import export_person

SignIn = Callable[..., FlaskClient]
CODE, NUMBER, NAME = "918273", "64738291", "Zebedee Quillfeather"
CANARIES = (CODE, "91-82-73", NUMBER, NAME)
FORM = {"name": NAME, "sort_code": "91-82-73", "account_number": NUMBER}


class Kept(logging.Handler):
    """All that is logged, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    kept, root = Kept(), logging.getLogger()
    before = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield kept.lines
    root.removeHandler(kept)
    root.setLevel(before)


def dump(session: Session) -> str:
    """Every row of every table, bytes as letters too."""
    session.commit()
    found = []
    for table in sa.inspect(session.get_bind()).get_table_names():
        rows = session.execute(sa.text(f'SELECT * FROM "{table}"')).all()
        for row in rows:
            for value in row:
                raw = bytes(value) if isinstance(value, bytes | memoryview) else value
                text = raw.decode("latin-1") if isinstance(raw, bytes) else str(raw)
                found.append(text)
    session.commit()
    return "\n".join(found)


def files(app: Any) -> str:
    """Every byte that the college keeps in its folder: on SQLite the database too, with its log."""
    found = [path for path in Path(app.settings.data_dir).rglob("*") if path.is_file()]
    return "\n".join(path.read_bytes().decode("latin-1") for path in found)


def hits(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


def test_account_numbers_are_nowhere(
    app: Any,
    session: Session,
    sign_in: SignIn,
    logged: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    paying = Paying(session)
    payee, payer = sign_in(), sign_in("treasurer")
    sam = Actor(payee.person_id)  # type: ignore[attr-defined]
    seen = [payee.post("/claims/bank/change", data={**FORM, "account_number": "1"}).text]
    assert hits(seen.pop()), "what they typed themselves comes back to them alone"
    assert payee.post("/claims/bank/change", data=FORM).status_code == 303
    claim = paying.owed(sam)
    session.commit()
    chosen = {"chosen": [f"claim-{key(claim)[1]}"], "submit": "y"}
    place = payer.post("/claims/pay/put", data=chosen).location
    for step in ("lock", "export"):
        assert payer.post(f"{place}/{step}", data={}).status_code == 303
    assert hits(payer.get(f"{place}/file").text) == [CODE, NUMBER, NAME]
    (payment_id,) = session.scalars(sa.text("SELECT id FROM claims_payment"))
    session.commit()
    detail_page = payer.get(f"{place}/payments/{payment_id}").text
    assert hits(detail_page) == ["91-82-73", NUMBER, NAME]
    made = session.scalars(sa.text("SELECT batch_id FROM claims_payment")).one()
    outcomes.answer(session, paying.person("Payer"), made, {payment_id: CameBack.CLOSED})
    session.commit()
    pages = [
        payee.get(page).text for page in ("/claims/bank", f"/claims/{claim.ref}", "/claims/", "/me")
    ]
    lists = (
        "/claims/pay",
        "/claims/pay/waiting",
        "/claims/pay/batches",
        "/claims/pay/put?all_of_it=y",
    )
    pages += [payer.get(page).text for page in (*lists, place, f"{place}/outcome")]
    copies = [str(source.export(session, sam.person_id or 0)) for source in SOURCES]
    copies += [
        str(export_person(session, sam.person_id or 0, whole_record=whole))
        for whole in (False, True)
    ]
    session.commit()
    assert f"'account_ends_in': '{NUMBER[-4:]}'" in "\n".join(copies), "the last four alone"

    found = {
        name: hits(text)
        for name, text in (
            ("database", dump(session)),
            ("files", files(app)),
            ("logs", "\n".join([*logged, *capfd.readouterr()])),
            ("pages", "\n".join(pages)),
            ("copies", "\n".join(copies)),
            ("messages", messages(app, session)),
        )
    }
    assert {name for name, there in found.items() if there} == set()


def test_the_search_finds_what_is_there(app: Any, session: Session, engine_name: str) -> None:
    """Else it would find nothing of accounts either: a name that is no secret stands where they must not."""
    Paying(session).person(f"{CODE} {NUMBER}")
    session.commit()

    assert hits(dump(session)) == [CODE, NUMBER]
    if engine_name == "sqlite":
        assert hits(files(app)) == [CODE, NUMBER]


def messages(app: Any, session: Session) -> str:
    """The words of every message that waits, as they would leave now, with where they lead."""
    by_purpose = {kind.purpose: kind for kind in notices()}
    rows = session.execute(sa.text("SELECT person_id, purpose, about FROM message")).all()
    with app.test_request_context():
        made = [
            by_purpose[purpose].compose(
                session,
                Recipient(person_id, "Sam", "en"),
                json.loads(about) if isinstance(about, str) else about,
            )
            for person_id, purpose, about in rows
            if purpose in by_purpose
        ]
    session.commit()
    assert len([one for one in made if one is not None]) > 1, "there are some"
    return str(made)


@pytest.mark.parametrize("fault", ["before", "within"])
def test_a_server_error_while_they_are_in_the_form_says_nothing_of_them(
    app: Any,
    session: Session,
    sign_in: SignIn,
    logged: list[str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    """Before anything is written; and within, where the database itself refuses the row that holds them."""
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as in a college
    if fault == "before":
        monkeypatch.setattr(bank, "numbers_fit", _breaks)
    else:
        monkeypatch.setattr(bank, "_hash", lambda *_: None)
    answer = sign_in().post("/claims/bank/change", data=FORM)

    written = "\n".join([*logged, *capfd.readouterr()])
    assert answer.status_code == 500
    assert "claims.change_bank" in written, "it was logged"
    for name, text in (
        ("page", answer.text.replace(NAME, "")),  # what they typed comes back, but for the digits
        ("logs", written),
        ("database", dump(session)),
        ("files", files(app)),
    ):
        assert hits(text) == [], name


def _breaks(*given: Any) -> Any:
    raise RuntimeError("broken on purpose")


def test_an_error_says_nothing_of_them(session: Session) -> None:
    paying = Paying(session)
    held = paying.gives(paying.payee(details=False), Account(CODE, NUMBER, NAME))
    sealed = held.sealed or b""
    held.sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    with pytest.raises(VaultError) as broken:
        bank.opened(session, held)

    assert hits(f"{broken.value!r} {Account(CODE, NUMBER, NAME)!r}") == []
