"""The tool that carries words to translators: finds every kind of marked text, and says when it is behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import translations


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A project with one text of each kind."""
    room = tmp_path / "portal" / "room"
    templates = room / "templates" / "room"
    templates.mkdir(parents=True)
    (room / "tests").mkdir()
    (room / "words.py").write_text(
        "_('plain')\n_l('lazy')\nngettext('%(num)d cup', '%(num)d cups', 2)\nlazy_gettext('long')\n"
        "pgettext('tide', 'ebb')\nnot_marked('nothing')\n"
    )
    (templates / "page.html").write_text("{{ _('page') }}{% trans %}block{% endtrans %}<p>bare</p>")
    (templates / "letter.txt").write_text("{{ _('letter') }}")
    (room / "tests" / "test_x.py").write_text("_('of a test')")
    return tmp_path


def texts(catalogue: translations.Catalog) -> set[object]:
    found = {message.id for message in catalogue if message.id}
    return {tuple(text) if isinstance(text, list) else text for text in found}


def test_extract_finds_every_kind_of_marked_text(code: Path) -> None:
    assert texts(translations.extract(code / "portal")) == {
        "plain", "lazy", "long", "ebb", "page", "block", "letter", ("%(num)d cup", "%(num)d cups"),
    }  # fmt: skip


def test_stale_until_the_template_holds_the_words(code: Path) -> None:
    template = code / "translations" / "messages.pot"
    template.parent.mkdir()
    assert translations.stale(code) == [template]
    template.write_bytes(translations.spelled(translations.extract(code / "portal")))
    assert translations.stale(code) == []
    (code / "portal" / "room" / "more.py").write_text("_('another')")
    assert translations.stale(code) == [template]


def test_spelled_is_the_same_for_the_same_words(code: Path) -> None:
    first, second = (translations.spelled(translations.extract(code / "portal")) for _ in range(2))
    assert first == second
    assert b"plain" in first
