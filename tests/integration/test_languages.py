"""Which language a page is in: the address, then the choice made here, then the browser's wish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask_babel import gettext

from portal.config import SettingsError, load_settings
from portal.plugin_api import TranslationFolder
from portal.ui import display, i18n
from tests import pseudo
from tests.plugins import make_plugin

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.app import Portal
    from portal.plugin_api.testing import Lab

PAGE = "/display"
ENGLISH, SPOKEN = 'lang="en"', f'lang="{pseudo.LANGUAGE}"'


@pytest.fixture(scope="module")
def app(portal_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Portal:
    folder = pseudo.write_catalogue(tmp_path_factory.mktemp("pseudo"))
    speaker = make_plugin("pseudo", translations=lambda: [TranslationFolder(folder)])
    return portal_lab.app("sqlite", [speaker], languages=["en", pseudo.LANGUAGE, "ar"])


@pytest.fixture
def client(app: Portal) -> FlaskClient:
    return app.test_client()


def choose(client: FlaskClient, language: str) -> None:
    client.set_cookie(display.COOKIE, f"language-{language}")


def test_language_without_any_wish_is_the_first(client: FlaskClient) -> None:
    assert ENGLISH in client.get(PAGE).text


@pytest.mark.parametrize("wish", ["eo", "eo-XX,en;q=0.5", "fr, eo;q=0.8, en;q=0.1"])
def test_language_follows_the_browser(client: FlaskClient, wish: str) -> None:
    assert SPOKEN in client.get(PAGE, headers={"Accept-Language": wish}).text


@pytest.mark.parametrize("wish", ["fr", "*", "", "eo;q=0", "x" * 500, "e\u00f6"])
def test_language_the_college_does_not_offer_is_the_first(client: FlaskClient, wish: str) -> None:
    assert ENGLISH in client.get(PAGE, headers={"Accept-Language": wish}).text


def test_language_chosen_here_beats_the_browser(client: FlaskClient) -> None:
    choose(client, pseudo.LANGUAGE)
    assert SPOKEN in client.get(PAGE, headers={"Accept-Language": "en"}).text


def test_language_in_the_address_beats_all_for_one_page(client: FlaskClient) -> None:
    choose(client, pseudo.LANGUAGE)
    assert ENGLISH in client.get(f"{PAGE}?lang=en").text
    assert SPOKEN in client.get(PAGE).text


@pytest.mark.parametrize("asked", ["fr", "../../etc", "%00", "EN_us", ""])
def test_language_in_the_address_unknown_is_ignored(client: FlaskClient, asked: str) -> None:
    answer = client.get(f"{PAGE}?lang={asked}")
    assert answer.status_code == 200
    assert ENGLISH in answer.text


def test_page_written_from_right_to_left(client: FlaskClient) -> None:
    page = client.get(f"{PAGE}?lang=ar").text
    assert 'lang="ar"' in page
    assert 'dir="rtl"' in page
    assert ".rtl" in page


def test_caches_are_told_what_the_page_depends_on(client: FlaskClient) -> None:
    answer = client.get(PAGE, headers={"Accept-Language": pseudo.LANGUAGE})
    assert {"accept-language", "cookie"} <= {name.lower() for name in answer.vary}
    assert answer.headers["Content-Language"] == pseudo.LANGUAGE


def test_words_outside_a_request_are_in_the_first_language(app: Portal) -> None:
    with app.app_context():
        assert gettext("Sign in") == "Sign in"


def test_plugin_cannot_change_the_words_of_the_core(
    portal_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The core's folder is searched last, and the last one found wins."""
    from portal import resources

    loud, calm = pseudo.write_catalogue(tmp_path / "loud"), tmp_path / "calm"
    place = Path(pseudo.LANGUAGE, "LC_MESSAGES")
    (calm / place).mkdir(parents=True)
    _write(calm / place / "messages.mo", {"Sign in": "Ensaluti"})
    found = resources.folder
    monkeypatch.setattr(
        resources, "folder", lambda name: calm if name == "translations" else found(name)
    )
    speaker = make_plugin("loud", translations=lambda: [TranslationFolder(loud)])
    app = portal_lab.app("sqlite", [speaker], languages=[pseudo.LANGUAGE])
    with app.test_request_context():
        assert gettext("Sign in") == "Ensaluti"
        assert gettext("Email address") == pseudo.pseudo("Email address")


def _write(place: Path, words: dict[str, str]) -> None:
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    catalogue = Catalog(locale=pseudo.LANGUAGE)
    for english, other in words.items():
        catalogue.add(english, other)
    with place.open("wb") as compiled:
        write_mo(compiled, catalogue)


@pytest.mark.parametrize("languages", [["tlh_QQ"], ["en", "english"], ["en", ""], []])
def test_languages_that_do_not_exist_are_refused(app: Portal, languages: list[str]) -> None:
    settings = load_settings(environment="test", languages=languages)
    with pytest.raises(SettingsError, match="PORTAL_LANGUAGES"):
        i18n.locales_of(settings.languages)
