"""What the doctor says: a sentence with numbers, the plot that proves it, and changes to try."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from explorer.doctor.evidence import Evidence
from explorer.recipe import Recipe
from explorer.results import Bars, Curves, Heatmap
from explorer.text import Text

ILL, WATCH, WELL = "ill", "watch", "well"
SEVERITIES = (ILL, WATCH, WELL)  # worst first

Proof = Curves | Heatmap | Bars


@dataclass(frozen=True)
class Cure:
    """A change to try in a twin run. `change` takes the parent's recipe.

    Of a ladder, `change` makes the steps below it, too; `on_top_of` names them.
    """

    name: str
    title: Text
    why: Text
    change: Callable[[Recipe], Recipe]
    on_top_of: tuple[Text, ...] = ()

    @property
    def changes(self) -> tuple[Text, ...]:
        """All that differs from the parent, in words."""
        return (*self.on_top_of, self.title)


@dataclass(frozen=True)
class Finding:
    """What one rule found. `rule` is its name."""

    rule: str
    severity: str
    sentence: Text
    proof: Proof | None = None
    cures: tuple[Cure, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One illness. Where it is found, the rules named in `hides` keep silent: what they see follows from it."""

    name: str
    title: str
    judge: Callable[[Evidence], Finding | None]
    hides: tuple[str, ...] = ()


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float) -> str:
    """Two digits, as people write them: `0.23`, `3.5×10⁻¹³`, `140`."""
    if not math.isfinite(value):
        return "∞" if math.isinf(value) else "NaN"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{float(f'{value:.2g}'):,g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def level(loss: float) -> str:
    """A loss, with the digits that tell one from another: `2.303`."""
    return f"{loss:.3f}" if 1e-2 <= abs(loss) < 1e3 else number(loss)
