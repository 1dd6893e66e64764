"""What a text message (SMS) costs, and how its words are made to fit.

GSM 03.38 letters take 7 bits: 160 in one text, 153 in each of several. One letter outside that alphabet, such
as a curly apostrophe, makes the whole text UCS-2: 70, or 67 in each. So the usual typographic letters are
replaced by their plain twins where that is all that stands in the way.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_PARTS = 4  # more is a letter, not a text
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # two places each
_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "...",
        "\u00a0": " ", "\u202f": " ", "×": "x", "•": "-", "`": "'",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextSize:
    """How long a text is. `places` are 7-bit places in GSM, 16-bit units in UCS-2."""

    gsm: bool
    places: int
    parts: int


def measure(words: str) -> TextSize:
    """What these words take, as they stand."""
    gsm = all(letter in _BASIC or letter in _EXTENDED for letter in words)
    if gsm:
        places = len(words) + sum(letter in _EXTENDED for letter in words)
        alone, each = 160, 153
    else:
        places = len(words.encode("utf-16-le")) // 2
        alone, each = 70, 67
    return TextSize(gsm, places, 1 if places <= alone else -(-places // each))


def fitted(words: str) -> str:
    """The words with plain letters for typographic ones where that makes the text a GSM one.

    Blank ends and doubled spaces go; lines stay. Other languages keep every letter.
    """
    tidy = "\n".join(" ".join(line.split()) for line in words.strip().splitlines())
    plain = tidy.translate(_PLAIN)
    return plain if measure(plain).gsm else tidy
