"""A hundred thousand letters of each kind that has made a program slow, or wrong, somewhere."""

from __future__ import annotations

from collections.abc import Mapping

LETTERS = 100_000


def _filled(part: str, before: str = "", after: str = "") -> str:
    room = LETTERS - len(before) - len(after)
    return before + (part * (room // len(part) + 1))[:room] + after


KINDS: Mapping[str, str] = {
    "one letter": _filled("a"),
    "words": _filled("calm "),
    "many different words": " ".join(f"w{number}" for number in range(LETTERS // 6))[:LETTERS],
    "at signs": _filled("@"),
    "an address without end": _filled("a.", before="a@", after="!"),
    "addresses": _filled("a@b.example,"),
    "spaces inside": _filled(" ", before="a", after="b"),
    "tabs inside": _filled("\t", before="1", after="!"),
    "line ends": _filled("\r\n", before="a", after="b"),
    "lines": _filled("a\n"),
    "digits": _filled("7"),
    "noughts and a letter": _filled("0", after="a"),
    "digits of another script": _filled("٣"),
    "full-width digits": _filled("\uff17"),
    "amounts": _filled("1,000,", before="£"),
    "points": _filled("1."),
    "colons": _filled("1:"),
    "dashes": _filled("1-"),
    "a phone number": _filled("07700 900123 ", before="+44 "),
    "plus signs": _filled("+"),
    "combining marks": _filled("\u0301", before="e"),
    "marks to be put in order": _filled("\u0323\u0307\u0301", before="a"),
    "letters that grow": _filled("\ufdfa"),
    "letters that fold": _filled("İßﬃ"),
    "right to left": _filled("\u202e\u05d0\u2066"),
    "families": _filled("\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d"),
    "NUL": _filled("\x00"),
    "controls": _filled("\x1b[2J\x7f"),
    "zero width": _filled("\u200b\ufeff"),
    "brackets": _filled("["),
    "links without end": _filled("]("),
    "links": _filled("[a](b"),
    "pictures": _filled("!["),
    "emphasis": _filled("**a"),
    "emphasis of two kinds": _filled("*_a "),
    "code": _filled("`a"),
    "quotations": _filled(">"),
    "quotations in quotations": _filled("> "),
    "lists": _filled("- "),
    "headings": _filled("-\n"),
    "definitions": _filled("[a]: b\n"),
    "tags": _filled("<a "),
    "tags in tags": _filled("<b>"),
    "entities": _filled("&amp;"),
    "ampersands": _filled("&"),
    "backslashes": _filled("\\"),
    "quotes": _filled("\"'"),
    "per cent": _filled("%s%n"),
    "per cent, a letter": _filled("%61"),
    "templates": _filled("{{7*7}}"),
    "slashes": _filled("/"),
    "parent folders": _filled("../"),
    "parentheses": _filled("("),
    "braces": _filled('{"a":'),
    "an address of a page": _filled("a/", before="https://a.example/"),
    "an international domain": _filled("xn--", before="a@"),
    "base64": _filled("eyJh"),
    "one word and the next": _filled("aA1_"),
}
assert {len(text) for text in KINDS.values()} == {LETTERS}
