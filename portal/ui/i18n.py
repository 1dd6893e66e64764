"""Which language a page is in, and where its words come from.

A language is used when the college offers it (`settings.languages`, the first is the default). The first of
these decides: `?lang=` in the address, for this page only; what was chosen on the display page; the
browser's own wish. Jobs and commands speak the default; wrap a message to somebody in
`flask_babel.force_locale`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from babel import Locale, UnknownLocaleError
from flask import g, has_request_context, request
from flask_babel import Babel, Domain, get_locale

from portal import resources
from portal.config import SettingsError
from portal.plugin_api import TranslationFolder
from portal.ui import display

if TYPE_CHECKING:
    from flask import Response

    from portal.app import Portal


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel ships no types
    """The catalogues of all languages, each found by one look-up.

    A page asks for dozens of words. Flask-Babel asks the request's context three times for each, and
    writes the language's name out as a key.
    """

    def __init__(self, folders: list[str], domain: str) -> None:
        super().__init__(folders, domain)
        self._by_locale: dict[Locale | None, Any] = {}

    def get_translations(self) -> Any:
        """The catalogue of the language at hand; an empty one outside an application."""
        locale = current_locale()
        found = self._by_locale.get(locale)
        if found is None:
            found = super().get_translations()
            if locale is not None:
                self._by_locale[locale] = found
        return found


def current_locale() -> Locale | None:
    """The language at hand; None outside an application.

    What Flask-Babel's `get_locale` answers, by one look at the context where that takes four: a page asks
    for every word and every date.
    """
    try:
        known: Locale | None = g._flask_babel.babel_locale  # noqa: SLF001 - where Flask-Babel keeps it
    except (AttributeError, RuntimeError):
        known = None
    return known if known is not None else get_locale()


def init_app(app: Portal, folders: Sequence[TranslationFolder]) -> None:
    """Give the app its languages. `folders` are the plugins' catalogues; the core's come after them,
    so that no plugin can change the core's words.

    Raises:
        SettingsError: a language is unknown.
    """
    locales = locales_of(app.settings.languages)
    default = next(iter(locales.values()))
    searched = [*folders, TranslationFolder(resources.folder("translations"))]

    def select() -> Locale:
        if len(locales) == 1 or not has_request_context():
            return default
        return locales.get(_wished(tuple(locales)), default)

    babel = Babel(
        app,
        default_locale=str(default),
        default_timezone=app.settings.timezone,
        default_translation_directories=";".join(str(one.folder) for one in searched),
        default_domain=";".join(one.domain for one in searched),
        locale_selector=select,
    )
    catalogues = Catalogues(
        [str(one.folder) for one in searched], ";".join(one.domain for one in searched)
    )
    babel.domain_instance = catalogues
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's extension
        gettext=lambda text: catalogues.get_translations().ugettext(text),
        ngettext=lambda one, many, count: catalogues.get_translations().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda about, text: catalogues.get_translations().upgettext(about, text),
        npgettext=lambda about, one, many, count: catalogues.get_translations().unpgettext(
            about, one, many, count
        ),
    )
    if len(locales) > 1:
        app.after_request(_tell_caches)


def locales_of(languages: Sequence[str]) -> dict[str, Locale]:
    """Code → locale, in the college's order.

    Raises:
        SettingsError: a language is unknown, or there is none.
    """
    locales = {}
    for language in languages:
        try:
            locales[language] = Locale.parse(language.replace("-", "_"))
        except (UnknownLocaleError, ValueError) as error:
            raise SettingsError(
                f"Wrong settings: PORTAL_LANGUAGES: {language!r} is not the code of a language"
            ) from error
    if not locales:
        raise SettingsError("Wrong settings: PORTAL_LANGUAGES: name at least one, such as en")
    return locales


def _wished(languages: Sequence[str]) -> str:
    asked = request.args.get("lang", "")
    if asked in languages:
        return asked
    return display.chosen_language() or _browsers_wish(languages)


def _browsers_wish(languages: Sequence[str]) -> str:
    """The first language the browser asks for that the college offers in any of its kinds.

    Werkzeug's own match gives somebody who asks for `ur-PK, en;q=0.5` English where Urdu is offered.
    """
    for wish, quality in request.accept_languages:
        language = wish.lower().replace("_", "-")
        for offered in languages:
            known = offered.lower().replace("_", "-")
            if quality > 0 and (known == language or known == language.partition("-")[0]):
                return offered
    return ""


def _tell_caches(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.vary.update(("Accept-Language", "Cookie"))
        response.content_language.add(str(get_locale()).replace("_", "-"))
    return response
