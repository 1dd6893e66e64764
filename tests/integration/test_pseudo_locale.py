"""Every page, for everybody, in a language that shows which words were never given to a translator."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace
from gettext import GNUTranslations
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from werkzeug.exceptions import HTTPException

from portal.accounts.models import LoginSession, Person, RoleGrant
from portal.accounts.testing import signed_in_client
from portal.config import College
from portal.db import db, metadata, unit_of_work
from portal.messages.api import render_email
from portal.plugin_api import Manifest, TranslationFolder
from portal.plugin_api.dispatch import notice_kinds
from portal.plugin_host.boot import host_of
from portal.vault import Place, Vault, sealed_columns
from tests import pseudo
from tests.plugins import make_plugin

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.app import Portal
    from portal.plugin_api.testing import Lab

VISITORS = (
    "anonymous", "student", "contributor", "facilitator", "coach", "coordinator", "treasurer",
    "board_member", "co_chair", "data_guardian", "duty_contact", "administrator",
)  # fmt: skip
# A form with something to fill in, so not the one that signs out.
FORM = re.compile(
    r"""<form\b(?=[^>]*method=["']post)(?:(?!</form>).)*?<(?:textarea|select|input\b[^>]*type=["']"""
    r"""(?:text|email|tel|password|radio|checkbox)["'])""",
    re.DOTALL | re.IGNORECASE,
)
# Not for users: the components' own exhibition, in development only, with made-up data in the template.
LEFT_OUT = {"/style"}
HEADERS = {"Accept-Language": pseudo.LANGUAGE}
SAMPLES = 1  # pages of one view and one visitor, with a query and without
LINK = re.compile(r"""<a\b[^>]*\bhref=["']([^"']*)["']""")
# Nobody's words: keys, hashes, zones that code reads.
NOT_WORDS = {
    "login",
    "login_session",
    "audit_entry",
    "audit_payload",
    "event_outbox",
    "alembic_version",
}


def greek_college() -> College:
    usual = College()
    words = {
        name: pseudo.data(getattr(usual, name)) for name in ("name", "tagline", "hours", "address")
    }
    helpers = [(pseudo.data(label), number) for label, number in usual.urgent_help]
    return College(**words, urgent_help=helpers)


def in_greek(value: Any) -> Any:
    """A stored value with its words in Greek letters; keys, which have neither capital nor space, stay."""
    if isinstance(value, str):
        is_words = " " in value or "/" in value or value != value.lower()
        return pseudo.data(value) if is_words and "@" not in value else value
    if isinstance(value, dict):
        return {key: in_greek(part) for key, part in value.items()}
    if isinstance(value, list):
        return [in_greek(part) for part in value]
    return value


def turn_sealed_data_greek(app: Portal, connection: sa.Connection, present: set[str]) -> None:
    """The same for what is sealed."""
    vault = Vault(app.settings)
    for column, row in sealed_columns(metadata):
        table = column.table
        if table.name not in present:
            continue
        filled = sa.select(row, column).where(column.is_not(None))
        for name, sealed in connection.execute(filled).all():
            place = Place(table.name, column.name, str(name))
            words = in_greek(vault.unseal(place, sealed))
            change = sa.update(table).where(row == name).values({column: vault.seal(place, words)})
            connection.execute(change)


def turn_data_greek(app: Portal) -> None:
    """What the demo college wrote into the database is data: from now on no page may blame it."""
    with app.app_context(), db.engine.begin() as connection:
        present = set(sa.inspect(connection).get_table_names())  # not those of other tests' plugins
        turn_sealed_data_greek(app, connection, present)
        for table in metadata.sorted_tables:
            columns = [
                column
                for column in table.columns
                if isinstance(column.type, sa.String | sa.JSON)
                and not isinstance(column.type, sa.Enum)
                and not column.foreign_keys
                and not column.primary_key
                and not column.name.endswith("zone")
            ]
            if table.name in NOT_WORDS or table.name not in present or not columns:
                continue
            keys = list(table.primary_key.columns)
            for row in connection.execute(sa.select(*keys, *columns)).mappings().all():
                new = {column.name: in_greek(row[column.name]) for column in columns}
                if new != {name: row[name] for name in new}:
                    where = [key == row[key.name] for key in keys]
                    connection.execute(sa.update(table).where(*where).values(new))


def turn_settings_greek(app: Portal) -> None:
    """What a college may write anew, such as whom to ask for advice, is data too."""
    settings = host_of(app).registry.settings
    settings.update(
        {key: replace(one, default=in_greek(one.default)) for key, one in settings.items()}
    )


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pseudo.write_catalogue(tmp_path_factory.mktemp("pseudo"))


@pytest.fixture(scope="module")
def college(portal_lab: Lab, catalogue: Path) -> Portal:
    """The demo college with every installed plugin, in a language nobody speaks."""
    from portal.home.api import seed_demo

    speaker = make_plugin(
        "pseudo",
        manifest=lambda: Manifest("pseudo", pseudo.data("Pseudo"), "1"),
        translations=lambda: [TranslationFolder(catalogue)],
    )
    app = portal_lab.app(
        "sqlite",
        [speaker],
        plugins=None,
        languages=["en", pseudo.LANGUAGE],
        college=greek_college(),
    )
    with app.app_context():
        seed_demo(app)
    turn_settings_greek(app)
    turn_data_greek(app)
    return app


def client_of(app: Portal, visitor: str) -> FlaskClient:
    if visitor == "anonymous":
        return app.test_client()
    client = signed_in_client(app, () if visitor == "student" else (visitor,))
    with app.app_context(), unit_of_work() as session:
        session.execute(sa.update(Person).values(name=sa.func.replace(Person.name, "Person", "Π")))
        session.execute(sa.update(RoleGrant).values(reason=pseudo.data("for a test")))
        session.execute(sa.update(LoginSession).values(device=pseudo.data("Test")))
    return client


def endpoint_of(app: Portal, path: str) -> str:
    try:
        endpoint, _values = app.url_map.bind("localhost").match(path, method="GET")
    except HTTPException:
        return ""
    return str(endpoint)


def pages_of(app: Portal, client: FlaskClient) -> Iterator[tuple[str, str]]:
    """Address and HTML of every page that links lead to, from the front page on."""
    waiting, known = deque(["/"]), {"/"}
    seen: Counter[tuple[str, bool]] = Counter()
    while waiting:
        address = waiting.popleft()
        parts = urlsplit(address)
        view = endpoint_of(app, parts.path), bool(parts.query)
        seen[view] += 1
        if seen[view] > SAMPLES or parts.path in LEFT_OUT:
            continue
        answer = client.get(address, headers=HEADERS)
        if answer.location:
            links = [answer.location]
        elif answer.mimetype == "text/html":
            yield address, answer.text
            links = [unescape(link).partition("#")[0] for link in LINK.findall(answer.text)]
        else:
            continue
        fresh = [link for link in links if link.startswith("/") and not link.startswith("//")]
        waiting.extend(link for link in fresh if link not in known)
        known.update(fresh)


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_word_on_every_page_can_be_translated(college: Portal, visitor: str) -> None:
    client = client_of(college, visitor)
    complaints = []
    visited = 0
    for address, html in pages_of(college, client):
        visited += 1
        assert f'lang="{pseudo.LANGUAGE}"' in html, f"{address} is in another language"
        complaints += [f"{address}: {complaint}" for complaint in pseudo.unwrapped(html)]
    assert visited > 5
    assert not complaints, "\n" + "\n".join(complaints)


@pytest.mark.parametrize("visitor", ["anonymous", "administrator"])
def test_every_word_of_a_refused_form_can_be_translated(college: Portal, visitor: str) -> None:
    """Each form that asks for something is sent empty; what it answers is read too."""
    client = client_of(college, visitor)
    forms = [address for address, html in pages_of(college, client) if FORM.search(html)]
    assert len(forms) > 2
    complaints, refused = [], 0
    for address in forms:
        answer = client.post(address, data={"nothing": ""}, headers=HEADERS)
        if answer.mimetype == "text/html" and not answer.location:
            refused += "error-summary" in answer.text
            complaints += [f"{address}: {words}" for words in pseudo.unwrapped(answer.text)]
    assert refused > 1
    assert not complaints, "\n" + "\n".join(complaints)


@pytest.mark.parametrize("address", ["/no-such-page", "/courses/no-such-course"])
def test_every_word_of_an_error_page_can_be_translated(college: Portal, address: str) -> None:
    answer = college.test_client().get(address, headers=HEADERS)
    assert answer.status_code == 404
    assert list(pseudo.unwrapped(answer.text)) == []


def test_every_word_of_an_email_can_be_translated(college: Portal) -> None:
    """Rendered with nothing to tell: what a template says by itself. Notices have samples, see below."""
    templates = college.jinja_env.list_templates(
        filter_func=lambda name: name.startswith(("accounts/email/", "messages/email"))
    )
    letters = {name.rpartition(".")[0] for name in templates}
    assert len(letters) > 3
    complaints = []
    with college.test_request_context(headers=HEADERS):
        for letter in sorted(letters):
            words = render_email(letter)
            for html in (words.html, f"<pre>{escape(words.text)}</pre>"):
                complaints += [f"{letter}: {complaint}" for complaint in pseudo.unwrapped(html)]
    assert not complaints, "\n" + "\n".join(complaints)


def test_every_word_of_a_notice_can_be_translated(college: Portal) -> None:
    """In each of its forms, with its sample, whose invented words are translatable too."""
    complaints = []
    with college.test_request_context(headers=HEADERS):
        for purpose, kind in notice_kinds(db.session).items():
            words = kind.sample()
            plain = (str(kind.title), str(kind.subject), words.text, words.sms, words.spoken)
            forms = [f"<pre>{escape(form)}</pre>" for form in plain]
            for html in (*forms, words.html or ""):
                complaints += [f"{purpose}: {complaint}" for complaint in pseudo.unwrapped(html)]
    assert not complaints, "\n" + "\n".join(complaints)


def test_catalogue_speaks_and_keeps_placeholders(catalogue: Path) -> None:
    with (catalogue / pseudo.LANGUAGE / "LC_MESSAGES" / "messages.mo").open("rb") as compiled:
        words = GNUTranslations(compiled)
    assert words.gettext("Hello %(name)s,") == "⟦Ĥéļļó %(name)s,⟧"
    assert words.ngettext("%(num)d hour", "%(num)d hours", 2) == "⟦%(num)d ĥóúŕš⟧"
    assert pseudo.pseudo("<b>100%%</b> &amp; more") == "⟦<b>100%%</b> &amp; ɱóŕé⟧"


@pytest.mark.parametrize(
    ("html", "complaints"),
    [
        ("<h1>⟦Ŵéļçóɱé⟧</h1>", 0),
        ("<h1>Welcome</h1>", 1),
        ("<p>⟦Ŵé⟧ and you</p>", 1),
        ('<img alt="A boat">', 1),
        ('<a aria-label="Next" href="/">⟦ñéẋţ⟧</a>', 1),
        ('<input placeholder="Name">', 1),
        ('<input type="submit" value="Send">', 1),
        ('<input type="text" value="what somebody typed">', 0),
        ("<title>Courses</title>", 1),
        ('<span lang="cy">Cymraeg</span>', 0),
        ('<code translate="no">CSV file</code>', 0),
        ("<script>const words = 1</script>", 0),
        ("<p>1 Marto 2027, hi@college.example, £12</p>", 0),
        ("<p>1 March 2027</p>", 1),
        ("<p>autumn-term-2026-3</p>", 0),
        ("<p>autumn-term</p>", 1),
        ("<ul><li>⟦óñé⟧<li>two</ul>", 1),
    ],
)
def test_reader_finds_planted_words(html: str, complaints: int) -> None:
    assert len(list(pseudo.unwrapped(html))) == complaints
