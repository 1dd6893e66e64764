"""What the layout knows about the page at hand: one `page` object per request.

Whatever is the same for everybody (the help line, the footer, the addresses) is made once per language
and kept. What differs (navigation, who is signed in) comes from the rooms above through `use_chrome`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from babel import Locale
from flask import current_app, g, request, session
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from portal.ui import display

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import College, Settings
    from portal.plugin_api.types import Words
    from portal.ui.assets import Assets

KEY = "portal_ui"  # in app.extensions


@dataclass(frozen=True, slots=True)
class Link:
    """A finished link: data, never HTML. `current` marks the page that the reader is on."""

    label: Words
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """The signed-in end of the masthead: links, and where "Sign out" is posted (empty: nobody).

    `key` is another one for each person and empty for nobody: what a browser keeps for one of them is
    deleted when it sees the key of somebody else. `idle` is how many seconds without a click end the
    session: shortly before, the page asks whether somebody is still there.
    """

    links: Sequence[Link] = ()
    sign_out: str = ""
    key: str = ""
    idle: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A number to call: its words, the number as people write it, and its `tel:` address."""

    label: str
    number: str
    url: str


@dataclass(frozen=True, slots=True)
class FrameWords:
    """The layout's own words in one language: looked up once, for they are on every page."""

    main: str
    menu: str
    sign_out: str
    idle_title: str
    idle_text: str
    idle_stay: str
    idle_over: str


def _nothing() -> Sequence[Link]:
    return ()


@dataclass(slots=True)
class Chrome:
    """What this application's pages have in common. Rooms fill the callables at boot."""

    college: College
    assets: Assets
    calls: tuple[Call, ...]
    phone: Call
    languages: tuple[str, ...]
    navigation: Callable[[], Sequence[Link]] = _nothing
    who: Callable[[], Who] = Who
    tell: str = ""  # where somebody tells the college of a worry; empty: nowhere
    foot_links: Callable[[], Sequence[Link]] = _nothing
    kept: dict[tuple[str, str], Markup] = field(default_factory=dict)
    words: dict[str, FrameWords] = field(default_factory=dict)
    directions: dict[str, str] = field(default_factory=dict)


def call(label: str, number: str) -> Call:
    """A number with its `tel:` address; spaces and brackets are for eyes only."""
    digits = "".join(letter for letter in number if letter.isdigit() or letter == "+")
    return Call(label, number, f"tel:{digits}")


def make_chrome(settings: Settings, assets: Assets) -> Chrome:
    """The chrome of an application with these settings, before any room has added to it."""
    college = settings.college
    return Chrome(
        college=college,
        assets=assets,
        calls=tuple(call(label, number) for label, number in college.urgent_help),
        phone=call(college.name, college.phone),
        languages=tuple(settings.languages),
    )


def use_chrome(
    app: Flask,
    *,
    navigation: Callable[[], Sequence[Link]] | None = None,
    who: Callable[[], Who] | None = None,
    foot_links: Callable[[], Sequence[Link]] | None = None,
    tell: str = "",
) -> None:
    """Say where the navigation, the signed-in end of the masthead and the footer's links come from.

    `navigation` and `who` are called once per page, in the request. `foot_links` is called once per
    language and kept, so it may depend on nothing else. `tell` is an address of this site: it stands under
    "Need help now?".
    """
    chrome: Chrome = app.extensions[KEY]
    if tell:
        chrome.tell = tell
        chrome.kept.clear()
    if navigation is not None:
        chrome.navigation = navigation
    if who is not None:
        chrome.who = who
    if foot_links is not None:
        chrome.foot_links = foot_links
        chrome.kept.clear()


class Page:
    """The page at hand, as templates see it."""

    __slots__ = ("_nav", "chrome", "classes", "dir", "lang", "plain")

    def __init__(self, chrome: Chrome, *, plain: bool = False) -> None:
        self.chrome = chrome
        self._nav: Sequence[Link] | None = None
        self.lang, self.dir = _language(chrome)
        self.classes = display.current().classes
        # A plain page asks no room for anything, so it stands when the database does not.
        self.plain = plain

    @property
    def college(self) -> College:
        """The college's settings: name, contact, hours."""
        return self.chrome.college

    @property
    def css(self) -> str:
        """The address of the style sheet for this page's writing direction."""
        assets = self.chrome.assets
        return assets.css_rtl if self.dir == "rtl" else assets.css

    @property
    def nav(self) -> Sequence[Link]:
        """The main navigation, for this actor: asked for once."""
        if self._nav is None:
            self._nav = () if self.plain else self.chrome.navigation()
        return self._nav

    @property
    def who(self) -> Who:
        """The links for whoever is signed in, or for signing in."""
        return Who() if self.plain else self.chrome.who()

    @property
    def care(self) -> Markup:
        """The bar on top: help line, display settings, leave this page."""
        return self._kept("care")

    @property
    def name(self) -> Markup:
        """The college's name and logo, leading to the front page."""
        return self._kept("name")

    @property
    def words(self) -> FrameWords:
        """The layout's own words."""
        words = self.chrome.words.get(self.lang)
        if words is None:
            words = FrameWords(
                main=_("Main"),
                menu=_("Menu"),
                sign_out=_("Sign out"),
                idle_title=_("Are you still there?"),
                idle_text=_(
                    "To keep your account safe, we sign you out in about two minutes. "
                    "What you have typed is kept either way."
                ),
                idle_stay=_("I am still here"),
                idle_over=_(
                    "You are signed out now, to keep your account safe. What you have typed is not "
                    "lost: press its button as usual, and sign in again."
                ),
            )
            self.chrome.words[self.lang] = words
        return words

    @property
    def foot(self) -> Markup:
        """The footer: help line again, in full, and the college's address."""
        return self._kept("foot")

    @property
    def has_messages(self) -> bool:
        """True when a message waits to be shown; looking does not take it."""
        return "_flashes" in session

    @property
    def here(self) -> str:
        """This page's own address within the site, for forms that come back to it."""
        return request.full_path.rstrip("?")

    def _kept(self, name: str) -> Markup:
        kept = self.chrome.kept.get((name, self.lang))
        if kept is None:
            template = current_app.jinja_env.get_template(f"ui/_{name}.html")
            links = () if self.plain else self.chrome.foot_links()
            kept = Markup(template.render(page=self, links=links))  # noqa: S704 - autoescaped above
            if not self.plain:
                self.chrome.kept[name, self.lang] = kept
        return kept


def _language(chrome: Chrome) -> tuple[str, str]:
    locale = get_locale()
    lang = str(locale).replace("_", "-") if locale else "en"
    direction = chrome.directions.get(lang)
    if direction is None:
        direction = (locale or Locale("en")).text_direction
        chrome.directions[lang] = direction
    return lang, direction


def current_page() -> Page:
    """The page of the request at hand, made once."""
    page: Page | None = g.get("ui_page")
    if page is None:
        page = Page(current_app.extensions[KEY])
        g.ui_page = page
    return page


def make_plain() -> None:
    """From here on this request's page asks no room for anything: for errors that may be the database's."""
    g.ui_page = Page(current_app.extensions[KEY], plain=True)
