"""Theme of all figures: colors, scales, dashes, markers and font sizes, light and dark."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from explorer.text import Text

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
AMBER, SKY, YELLOW = "#E69F00", "#56B4E9", "#F0E442"
SLATE = "#475569"
OKABE_ITO = (BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY, YELLOW)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon", "triangle-down", "hexagon")
CURVE_CONTRAST, TEXT_CONTRAST = 3.0, 4.5
SMALL_TEXT_CONTRAST = 5.3  # on the ground, so that it is 4.5 on cards and panels, too
PROJECTOR = 1.25

Scale = list[tuple[float, str]]

_SEQUENTIAL = ("#06141F", "#0F3443", "#1D5B66", "#3A8A85", "#7DBCA6", "#C9E6CB", "#FBFBE8")
_FAMILIES = {
    "input": ("#64748B", "#94A3B8"),
    "convolution": ("#0072B2", "#3B9BD6"),
    "pooling": ("#0F8A8A", "#2BB5B0"),
    "linear": ("#6D4BC3", "#9B84E8"),
    "activation": ("#2E8B3D", "#58B368"),
    "normalization": ("#B77900", "#E0A32E"),
    "attention": ("#B5179E", "#E35BD0"),
    "merge": ("#475569", "#A9B4C4"),
    "sequence": ("#8A5A32", "#C08A5A"),
}


@dataclass(frozen=True)
class Sign:
    """The sign of a state, never a color alone. `icon` is a character that screen readers name."""

    color: str
    icon: str
    word: str


@dataclass(frozen=True)
class Role:
    """The style of a curve with a role."""

    color: str
    dash: str
    symbol: str


@dataclass(frozen=True)
class Theme:
    """The look of one session. `scale` is 1.25 on a projector; `translate` renders words in its language.

    >>> Theme().dark, Theme(dark=True).dark
    (False, True)
    """

    dark: bool = False
    scale: float = 1.0
    translate: Callable[[str], str] = str

    def say(self, words: str | Text) -> str:
        """Translate the app's own words, escaped for a figure."""
        return plain(self._translated(words))

    def say_in_lines(self, words: str | Text, width: int = 60) -> str:
        """Translate a sentence and break it into lines of limited length."""
        return "<br>".join(plain(line) for line in textwrap.wrap(self._translated(words), width))

    def _translated(self, words: str | Text) -> str:
        return words.render(self.translate) if isinstance(words, Text) else self.translate(words)

    def px(self, size: float) -> int:
        """Scale a length in pixels for a projector."""
        return round(size * self.scale)

    @property
    def axis_font_px(self) -> int:
        return self.px(13)

    @property
    def title_font_px(self) -> int:
        return self.px(15)

    @property
    def background(self) -> str:
        return "#0E1117" if self.dark else "#FFFFFF"

    @property
    def panel(self) -> str:
        """The background of a card or a side column."""
        return "#1A1F29" if self.dark else "#F5F7FA"

    @property
    def text(self) -> str:
        return "#E8ECF2" if self.dark else "#1F2937"

    @property
    def muted(self) -> str:
        """The color of secondary words: tick labels, units."""
        return "#AAB4C3" if self.dark else "#525E70"

    @property
    def grid(self) -> str:
        return "#2A313D" if self.dark else "#E5E9EF"

    @property
    def slate(self) -> str:
        return "#A9B7CB" if self.dark else SLATE

    @property
    def diverging(self) -> Scale:
        """The scale of signed values, low to high: orange, the background, blue. Draw it symmetric about zero."""
        return [(0.0, ORANGE), (0.5, "#101216" if self.dark else "#FFFFFF"), (1.0, BLUE)]

    @property
    def sequential(self) -> Scale:
        """The scale of unsigned values, low to high: dark to light, in both versions."""
        return [(i / (len(_SEQUENTIAL) - 1), color) for i, color in enumerate(_SEQUENTIAL)]

    def role(self, name: str) -> Role:
        """Return the style of training, validation, test or the ideal; any other gets that of training."""
        known = {"validation": (PURPLE, "dash", "diamond"), "test": (SKY, "dot", "square"),
                 "ideal": (self.muted, "dash", "circle")}
        color, dash, symbol = known.get(name, (self.slate, "solid", "circle"))
        return Role(self.legible(color), dash, symbol)

    def run(self, place: int) -> Role:
        """Return the style of a compared run by its place; the dash changes when the colors repeat."""
        colors = (*OKABE_ITO, self.text)
        dash = DASHES[place // len(colors) % len(DASHES)]
        return Role(self.legible(colors[place % len(colors)]), dash, SYMBOLS[place % len(SYMBOLS)])

    def class_color(self, index: int) -> str:
        """Return the color of a class; class 0 is orange and class 1 blue, like the signed scale between them."""
        colors = (ORANGE, BLUE, GREEN, PURPLE, AMBER, SKY, self.text, "#882255", YELLOW, "#8C8C8C")
        return self.legible(colors[index % len(colors)])

    def class_symbol(self, index: int) -> str:
        return SYMBOLS[index % len(SYMBOLS)]

    def family(self, name: str) -> str:
        """Return a block family's color; gray for an unknown one."""
        return _FAMILIES.get(name, _FAMILIES["input"])[self.dark]

    @property
    def problem(self) -> Sign:
        return Sign(self.legible(ORANGE, SMALL_TEXT_CONTRAST), "✖", "Problem")

    @property
    def warning(self) -> Sign:
        return Sign(self.legible(AMBER, TEXT_CONTRAST), "⚠", "Warning")

    @property
    def valid(self) -> Sign:
        return Sign(self.legible(GREEN, TEXT_CONTRAST), "✓", "No problems")

    @property
    def accent(self) -> str:
        """The color of selections, links and filled parts; legible as text."""
        return self.legible(BLUE, TEXT_CONTRAST)

    def pale(self, color: str, strength: float = 0.3) -> str:
        """Mix a color into the background."""
        return mix(self.background, color, strength)

    def legible(self, color: str, ratio: float = CURVE_CONTRAST) -> str:
        """Darken `color` (lighten it in the dark theme) just enough for a contrast ratio with the background."""
        end = "#FFFFFF" if self.dark else "#000000"
        steps = (mix(color, end, step / 50) for step in range(51))
        return next(mixed for mixed in steps if contrast(mixed, self.background) >= ratio)


def plain(words: str, limit: int = 80) -> str:
    """Escape user input, so that plotly shows it literally: no tags, no templates."""
    words = " ".join(words.split())
    words = words if len(words) <= limit else words[: limit - 1] + "…"
    return html.escape(words, quote=False).replace("%{", "%&#123;").replace("$", "&#36;")


def mix(first: str, second: str, share: float) -> str:
    """Mix two colors; `share` (0 to 1) is that of the second."""
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in zip(_rgb(first), _rgb(second), strict=True))


def color_at(scale: Scale, share: float) -> str:
    """Return the color at `share` (0 to 1) of a scale."""
    for (start, first), (end, second) in pairwise(scale):
        if share <= end:
            return mix(first, second, (share - start) / (end - start))
    return scale[-1][1]


def ink_on(ground: str) -> str:
    """Choose black or white, whichever reads better on `ground`."""
    return max("#000000", "#FFFFFF", key=lambda ink: contrast(ink, ground))


def contrast(first: str, second: str) -> float:
    """Compute the contrast ratio of two colors, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    """Compute the relative luminance, 0 (black) to 1 (white). Source: WCAG 2.2, "relative luminance"."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _rgb(color))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
