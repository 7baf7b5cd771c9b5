"""The app's two color scales as the browser needs them; `figures.theme` stays their only source."""

from __future__ import annotations

from explorer.figures.theme import Theme

# What is not a finite number, hatched as well where a unit is large enough to show it.
MISSING = "#9A9A9A"

SCALES = {
    "signed": {name: [color for _, color in Theme(dark=name == "dark").diverging] for name in ("light", "dark")},
    "sequential": [color for _, color in Theme().sequential],
    "missing": MISSING,
}
