"""The college's own colours, worked out once at boot from the two in the settings.

A style sheet cannot be given colours inline (the content policy forbids it), so what this module returns
is added to the end of `portal.css` before it is served.
"""

from __future__ import annotations

from portal.config import College

Rgb = tuple[int, int, int]
WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)
PAPER: Rgb = (251, 247, 240)  # --rc-paper
NIGHT: Rgb = (36, 39, 38)  # --rc-card of the dark display
GREY: Rgb = (92, 90, 86)
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
# Contrast runs from 1 to 21; mixing in steps of a twentieth is finer than an eye can see.
STEPS = 20


def parse(colour: str) -> Rgb:
    """The three channels, 0 to 255, of a colour written `#rrggbb`."""
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`one` with `share` (0 to 1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2's definition)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: Rgb, grounds: tuple[Rgb, ...], towards: Rgb) -> Rgb:
    """The colour, mixed with `towards` just enough to be read on every one of the grounds."""
    for step in range(STEPS + 1):
        mixed = mix(colour, towards, step / STEPS)
        if all(contrast(mixed, ground) >= TEXT_CONTRAST for ground in grounds):
            return mixed
    return towards


def stylesheet(college: College) -> str:
    """The CSS that puts the college's colours in place of the built-in ones.

    A colour too pale to be read is darkened until it can be, so no setting makes a page unreadable.
    """
    brand, accent = parse(college.brand_colour), parse(college.accent_colour)
    brand_tint = mix(brand, WHITE, 0.85)
    # A pale brand's own tint is lighter than the page, a strong one's darker: both are asked.
    brand_grounds = (PAPER, brand_tint)
    brand_text = readable(brand, brand_grounds, BLACK)
    colours = {
        "brand": brand_text,
        "brand-deep": mix(brand_text, BLACK, 0.36),
        "brand-light": readable(mix(brand, WHITE, 0.55), (NIGHT,), WHITE),
        "brand-tint": brand_tint,
        "brand-wash": mix(brand, WHITE, 0.93),
        "brand-calm": readable(mix(brand, GREY, 0.7), brand_grounds, BLACK),
        "accent": readable(accent, (PAPER,), BLACK),
        "accent-light": readable(mix(accent, WHITE, 0.55), (NIGHT,), WHITE),
        "accent-tint": mix(accent, WHITE, 0.85),
    }
    lines = ";".join(
        f"--rc-{name}:#{red:02x}{green:02x}{blue:02x}"
        for name, (red, green, blue) in colours.items()
    )
    return f"html{{{lines}}}"


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
