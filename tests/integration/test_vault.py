"""Sealed values: they open in their own place only, differ each time, and follow a change of key."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import rotation
from portal.app import Portal
from portal.cli import main
from portal.config import Settings, load_settings
from portal.db import db, run_unit
from portal.plugin_api import fingerprint, hookimpl, plugin_base, seal, sealed_by, unseal
from portal.plugin_api.testing import SECRET, Lab
from portal.plugin_api.types import Manifest
from portal.vault import (
    SHORTEST,
    VAULT,
    Place,
    Vault,
    VaultError,
    add_key,
    key_file,
    place_of,
    read_keys,
)

MANY = 2_000


class Letter(plugin_base("lockbox")):
    """A plugin's table with two sealed columns, and a key of two columns."""

    __tablename__ = "lockbox_letter"

    shelf: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    words: Mapped[bytes | None] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    note: Mapped[bytes | None] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    plain: Mapped[str] = mapped_column(sa.String(20), default="")


def _plugin() -> ModuleType:
    plugin = ModuleType("lockbox")

    @hookimpl
    def manifest() -> Manifest:
        return Manifest("lockbox", "Lockbox", "1.0")

    plugin.manifest = manifest  # type: ignore[attr-defined]
    return plugin


PLUGIN = ("lockbox", _plugin())


@pytest.fixture
def college(portal_lab: Lab, engine_name: str, tmp_path: Path) -> Iterator[Portal]:
    """A portal with a file of keys, and letters that the plugin sealed."""
    app = portal_lab.app(engine_name, [PLUGIN], value_key_file=portal_lab.folder / "values.key")
    path = key_file(app.settings)
    path.unlink(missing_ok=True)
    add_key(path)
    with app.app_context():
        Letter.__table__.create(db.engine, checkfirst=True)  # type: ignore[attr-defined]
        yield app
        with db.engine.begin() as connection:
            Letter.__table__.drop(connection)  # type: ignore[attr-defined]


def _write(count: int) -> None:
    def work(session: Session) -> None:
        for number in range(count):
            uid = f"letter-{number}"
            words = seal(session, Letter.words, uid, f"dear {number}")
            session.add(Letter(shelf=number % 7, number=number, uid=uid, words=words))

    run_unit(work)


def _read() -> dict[str, str]:
    with db.sessionmaker() as session:
        return {
            letter.uid: unseal(session, Letter.words, letter.uid, letter.words or b"")
            for letter in session.scalars(sa.select(Letter))
        }


def _key_ids() -> set[bytes]:
    with db.sessionmaker() as session:
        return {words[1:9] for words in session.scalars(sa.select(Letter.words)) if words}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        environment="production", secret_key=SECRET, data_dir=tmp_path, mail_url="", sms_url=""
    )


@pytest.fixture
def vault(settings: Settings) -> Vault:
    add_key(key_file(settings))
    return Vault(settings)


HERE = Place("concern", "words", "12")


class TestEnvelope:
    @given(text=st.text(), table=st.text(), column=st.text(), row=st.text())
    def test_comes_back_and_tells_nothing(
        self, text: str, table: str, column: str, row: str
    ) -> None:
        vault, place = DEVELOPMENT, Place(table, column, row)

        sealed = vault.seal(place, text)

        assert vault.unseal(place, sealed) == text
        assert vault.unseal(place, vault.rewrap(place, sealed)) == text
        assert len(sealed) == SHORTEST + len(text.encode())
        assert len(text) < 8 or text.encode() not in sealed

    def test_differs_each_time(self, vault: Vault) -> None:
        assert len({vault.seal(HERE, "the same") for _ in range(50)}) == 50

    @pytest.mark.parametrize(
        "elsewhere",
        [
            Place("concern", "words", "13"),
            Place("concern", "note", "12"),
            Place("letter", "words", "12"),
            Place("concern", "word", "s12"),
            Place("concernwords", "", "12"),
        ],
    )
    def test_copied_to_another_place_stays_shut(self, vault: Vault, elsewhere: Place) -> None:
        sealed = vault.seal(HERE, "private")

        with pytest.raises(VaultError, match="does not open") as refused:
            vault.unseal(elsewhere, sealed)
        with pytest.raises(VaultError, match="does not open"):
            vault.rewrap(elsewhere, sealed)

        assert "private" not in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_every_changed_byte_is_noticed(self, vault: Vault) -> None:
        sealed = vault.seal(HERE, "private")
        for index in range(len(sealed)):
            broken = bytearray(sealed)
            broken[index] ^= 1
            with pytest.raises(VaultError):
                vault.unseal(HERE, bytes(broken))

    @pytest.mark.parametrize("length", [0, 1, 20, SHORTEST - 1, SHORTEST + 2])
    def test_cut_short_is_broken(self, vault: Vault, length: int) -> None:
        sealed = vault.seal(HERE, "private")

        with pytest.raises(VaultError, match=r"concern\.words of 12"):
            vault.unseal(HERE, sealed[:length])

    def test_body_of_one_value_does_not_fit_the_head_of_another(self, vault: Vault) -> None:
        one, two = vault.seal(HERE, "one"), vault.seal(HERE, "two")
        cut = SHORTEST - 28

        with pytest.raises(VaultError, match="does not open"):
            vault.unseal(HERE, one[:cut] + two[cut:])


class TestKeys:
    def test_file_is_for_its_owner_only(self, settings: Settings, vault: Vault) -> None:
        assert stat.S_IMODE(key_file(settings).stat().st_mode) == 0o600

    def test_older_key_still_opens(self, settings: Settings, vault: Vault) -> None:
        sealed = vault.seal(HERE, "from before")

        name = add_key(key_file(settings))

        assert vault.unseal(HERE, sealed) == "from before"
        assert vault.seal(HERE, "anew")[1:9].hex() == name
        assert vault.rewrap(HERE, sealed)[1:9].hex() == name

    def test_unknown_key_is_named(self, settings: Settings, vault: Vault) -> None:
        sealed = vault.seal(HERE, "private")
        key_file(settings).unlink()
        add_key(key_file(settings))

        with pytest.raises(VaultError, match=sealed[1:9].hex()):
            vault.unseal(HERE, sealed)

    def test_production_needs_a_key(self, settings: Settings) -> None:
        with pytest.raises(VaultError, match="portal keys new --values"):
            Vault(settings).seal(HERE, "private")

    def test_line_that_is_no_key_is_named(self, settings: Settings, vault: Vault) -> None:
        with key_file(settings).open("a") as file:
            file.write("value-key-1:aGVsbG8=\n")

        with pytest.raises(VaultError, match="Line 3 of"):
            vault.seal(HERE, "private")

    def test_file_without_a_key_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "values.key").write_text("# none\n")

        with pytest.raises(VaultError, match="no key for sealed values in"):
            read_keys(tmp_path / "values.key")

    def test_development_needs_no_file(self, tmp_path: Path) -> None:
        one = load_settings(environment="test", secret_key=SECRET, data_dir=tmp_path)
        other = load_settings(environment="test", secret_key=SECRET + "!", data_dir=tmp_path)

        sealed = Vault(one).seal(HERE, "private")

        assert Vault(one).unseal(HERE, sealed) == "private"
        with pytest.raises(VaultError, match="was sealed with the key"):
            Vault(other).unseal(HERE, sealed)


class TestSession:
    def test_finds_its_keys(self, session: Session) -> None:
        sealed = seal(session, Letter.words, "a", "private")

        assert unseal(session, Letter.words, "a", sealed) == "private"
        with pytest.raises(VaultError):
            unseal(session, Letter.note, "a", sealed)

    def test_bare_session_has_none(self) -> None:
        with Session() as session, pytest.raises(VaultError, match="has no keys"):
            seal(session, Letter.words, "a", "private")

    def test_column_must_declare_itself(self) -> None:
        with pytest.raises(ValueError, match="sealed_by"):
            place_of(Letter.plain, "a")


class TestRotation:
    def test_wraps_everything_and_reads_nothing(
        self, college: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rotation, "BATCH", 7)
        _write(50)
        before = _read()
        add_key(key_file(college.settings))
        vault = Vault(college.settings)
        seen: list[tuple[int, int]] = []
        with monkeypatch.context() as patch:
            patch.setattr(Vault, "unseal", None)
            outcome = rotation.rotate(vault, lambda done, total: seen.append((done, total)))

        assert (outcome.done, outcome.refused) == (50, [])
        assert seen[-1] == (50, 50)
        assert _key_ids() == {vault.current()[0]}
        assert _read() == before
        assert rotation.rotate(vault).done == 0

    def test_broken_value_is_named_and_the_others_go_on(
        self, college: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rotation, "BATCH", 3)
        _write(10)
        with db.engine.begin() as connection:
            where = Letter.uid == "letter-4"
            connection.execute(sa.update(Letter).where(where).values(words=b"\x01" + b"?" * 200))
        add_key(key_file(college.settings))

        outcome = rotation.rotate(Vault(college.settings))

        assert outcome.done == 9
        assert [line[:40] for line in outcome.refused] == [
            "The value at lockbox_letter.words of let"
        ]

    def test_killed_midway_it_is_taken_up_again(self, college: Portal, tmp_path: Path) -> None:
        _write(MANY)
        before = _read()
        (old,) = _key_ids()
        add_key(key_file(college.settings))
        program = tmp_path / "rotating.py"
        program.write_text(PROGRAM)
        environment = {
            **os.environ,
            "PORTAL_DATABASE_URL": college.settings.sqlalchemy_url,
            "PORTAL_DATA_DIR": str(college.settings.data_dir),
            "PORTAL_VALUE_KEY_FILE": str(key_file(college.settings)),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        with subprocess.Popen(
            [sys.executable, str(program)],
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as rotating:
            assert rotating.stdout is not None
            assert rotating.stdout.readline() == f"600 of {MANY}\n"
            rotating.send_signal(signal.SIGKILL)
        vault = Vault(college.settings)
        assert _key_ids() == {old, vault.current()[0]}
        assert _read() == before

        outcome = rotation.rotate(vault)

        assert (outcome.done, outcome.refused) == (MANY - 600, [])
        assert _key_ids() == {vault.current()[0]}
        assert _read() == before


PROGRAM = f"""
import sys
from portal import create_app, rotation
from portal.config import load_settings
from portal.vault import Vault
from tests.integration import test_vault

def tell(done, total):
    if done >= 600:
        print(f"{{done}} of {{total}}", flush=True)
        sys.stdin.read()

app = create_app(
    load_settings(environment="test", secret_key="{SECRET}", mail_url="", plugins=["lockbox"]),
    plugins=[test_vault.PLUGIN],
)
with app.app_context():
    rotation.rotate(Vault(app.settings), tell)
"""


class TestCommands:
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [name for name in os.environ if name.startswith("PORTAL_")]:
            monkeypatch.delenv(name)
        monkeypatch.chdir(tmp_path)

    def test_from_init_to_a_new_key(self, tmp_path: Path) -> None:
        run = CliRunner().invoke
        assert "values.key" in run(main, ["init"]).output
        path = tmp_path / "var" / "values.key"
        (first,) = read_keys(path)

        made = run(main, ["keys", "new", "--values"])
        done = run(main, ["keys", "rotate"])

        assert made.exit_code == 0, made.output
        assert next(iter(read_keys(path))) == first
        assert [*read_keys(path)][1].hex() in made.output
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert done.exit_code == 0, done.output
        assert "0 values are wrapped" in done.output

    def test_without_its_key_nothing_starts(self, tmp_path: Path) -> None:
        run = CliRunner().invoke
        run(main, ["init"])
        (tmp_path / "var" / "values.key").unlink()

        for words in (["serve"], ["worker"]):
            refused = run(main, words)
            assert refused.exit_code == 3
            assert "portal keys new --values" in refused.output
        assert "no key for sealed values" in run(main, ["keys", "rotate"]).output
        assert "no key for sealed values" in run(main, ["doctor"]).output


def test_no_backup_holds_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyrage

    from portal.backup.api import key_file as backup_key
    from portal.backup.keys import read_keys as backup_keys

    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    run(main, ["init"])
    settings = load_settings()
    assert run(main, ["backup", "saved"]).exit_code == 0

    identities = [
        pyrage.x25519.Identity.from_str(line) for line in backup_keys(backup_key(settings))
    ]
    opened = pyrage.decrypt((tmp_path / "saved").read_bytes(), identities)

    import gzip

    plain = gzip.decompress(opened)
    (key,) = read_keys(key_file(settings)).values()
    assert b"values.key" not in plain
    assert key not in plain


DEVELOPMENT = Vault(
    load_settings(environment="test", secret_key=SECRET, data_dir=Path("nowhere-at-all"))
)


def test_session_key_names_the_vault(app: Portal) -> None:
    with app.app_context():
        assert isinstance(db.session.info[VAULT], Vault)


def test_a_fingerprint_is_the_same_for_the_same_text_purpose_and_secret(tmp_path: Path) -> None:
    made = []
    for secret in (SECRET, f"{SECRET} and another"):
        settings = load_settings(environment="test", secret_key=secret, data_dir=tmp_path)
        session = Session(info={VAULT: Vault(settings)})
        made += [
            fingerprint(session, purpose, text)
            for purpose, text in (("a:b", "12"), ("a:b", "12"), ("a:b", "13"), ("a:c", "12"))
        ]

    assert made[0] == made[1]
    assert len(set(made)) == 6
    assert {len(one) for one in made} == {64}
    with pytest.raises(VaultError):
        fingerprint(Session(), "a:b", "12")
