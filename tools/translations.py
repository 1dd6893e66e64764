"""The words people read, on their way to translators and back.

    tools/dev.py translations extract       write messages.pot, the core's and each bundled plugin's
    tools/dev.py translations add cy        begin a language: a messages.po in every catalogue
    tools/dev.py translations update        bring every messages.po up to date with the words in the code
    tools/dev.py translations check         status 1 when a messages.pot is not up to date
    tools/dev.py translations compile       write the .mo files that the portal reads

Runs in the project's environment: it needs Babel.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.catalogues import compile_all

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "recovery-portal"
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
HEADER = "# The words of the portal, for translators. Written by tools/dev.py translations."
KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "_ln": (1, 2),
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
# Fixed, so that the same words give the same file.
_NO_DATE = datetime(2027, 1, 1, tzinfo=UTC)
# Words for people who run the portal's code, never shown to its users.
_SKIPPED = ("node_modules", "tests")


def sources(root: Path = ROOT) -> Iterator[tuple[Path, Path]]:
    """Pairs of a folder of code and the folder of its catalogues, the core's first."""
    yield root / "portal", root / "translations"
    for plugin in sorted((root / "plugins").glob("*/plugin.py")):
        yield plugin.parent, plugin.parent / "translations"


def extract(code: Path) -> Catalog:
    """Every translatable text in a folder, with the files it is in."""
    catalogue = Catalog(
        project=PROJECT, charset="utf-8", creation_date=_NO_DATE, header_comment=HEADER
    )
    found = extract_from_dir(
        code,
        METHODS,
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
        directory_filter=lambda path: Path(path).name not in _SKIPPED,
    )
    for filename, _line, message, comments, context in found:
        place = f"{code.name}/{filename}".replace("\\", "/")
        catalogue.add(message, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalogue


def spelled(catalogue: Catalog) -> bytes:
    """The catalogue as a file: sorted, without line numbers, so that it changes only with the words."""
    file = io.BytesIO()
    write_po(file, catalogue, width=0, include_lineno=False, sort_by_file=True, omit_header=False)
    return file.getvalue()


def stale(root: Path = ROOT) -> list[Path]:
    """The messages.pot files that do not hold the words that are in the code."""
    return [
        folder / "messages.pot"
        for code, folder in sources(root)
        if _texts(_stored(folder)) != _texts(extract(code))
    ]


def _texts(catalogue: Catalog) -> set[tuple[str, str | None]]:
    return {(str(message.id), message.context) for message in catalogue if message.id}


def _short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _needed(folder: Path, words: Catalog) -> bool:
    return len(words) > 0 or (folder / "messages.pot").exists()


def _stored(folder: Path) -> Catalog:
    template = folder / "messages.pot"
    if not template.exists():
        return Catalog()
    with template.open("rb") as text:
        return read_po(text)


def write_templates() -> None:
    """Write every messages.pot."""
    for code, folder in sources():
        words = extract(code)
        if _needed(folder, words):
            folder.mkdir(exist_ok=True)
            (folder / "messages.pot").write_bytes(spelled(words))
            print(f"{_short(folder / 'messages.pot')}: {len(words)} texts")


def _write_language(folder: Path, language: str, words: Catalog) -> None:
    place = folder / language / "LC_MESSAGES" / "messages.po"
    catalogue = Catalog(language, project=PROJECT, creation_date=_NO_DATE, header_comment=HEADER)
    if place.exists():
        with place.open("rb") as text:
            catalogue = read_po(text, locale=language)
    catalogue.update(words)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(spelled(catalogue))
    done = sum(1 for message in catalogue if message.id and _is_translated(message))
    print(f"{_short(place)}: {done} of {len(catalogue)} translated")


def _is_translated(message: Message) -> bool:
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return bool(forms) and all(forms) and not message.fuzzy


def add(language: str) -> None:
    """Begin a language everywhere.

    Raises:
        SystemExit: there is no such language.
    """
    try:
        Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        raise SystemExit(f"{language!r} is not the code of a language, such as cy or ur") from None
    for code, folder in sources():
        words = extract(code)
        if _needed(folder, words):
            _write_language(folder, language, words)


def update() -> None:
    """Bring every language that was begun up to date."""
    write_templates()
    for code, folder in sources():
        languages = [place.parents[1].name for place in folder.glob("*/LC_MESSAGES/messages.po")]
        words = extract(code) if languages else Catalog()
        for language in sorted(languages):
            _write_language(folder, language, words)


def main(arguments: list[str]) -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="tools/dev.py translations")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("extract", help="write every messages.pot")
    commands.add_parser("add", help="begin a language").add_argument("language")
    commands.add_parser("update", help="bring every messages.po up to date")
    commands.add_parser("check", help="is every messages.pot up to date?")
    commands.add_parser("compile", help="write the .mo files")
    options = parser.parse_args(arguments)
    if options.command == "extract":
        write_templates()
    elif options.command == "add":
        add(options.language)
    elif options.command == "update":
        update()
    elif options.command == "check":
        for template in (behind := stale()):
            print(f"{_short(template)} is behind the code: run tools/dev.py translations extract")
        return 1 if behind else 0
    else:
        print(f"{compile_all()} catalogues compiled.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
