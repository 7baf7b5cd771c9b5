"""Findings of the doctor: a sentence with numbers, the plot that proves it, and changes to try."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from explorer.doctor.evidence import Evidence
from explorer.recipe import Recipe
from explorer.results import Bars, Curves, Heatmap
from explorer.text import Text

SEVERE, WATCH, OK = "severe", "watch", "ok"
SEVERITIES = (SEVERE, WATCH, OK)  # most severe first

Proof = Curves | Heatmap | Bars


@dataclass(frozen=True)
class Cure:
    """A change to try in a twin run. `change` takes the parent's recipe.

    On a ladder, `change` includes the steps below it; `on_top_of` names them.

    >>> from explorer import zoo
    >>> from explorer.doctor.cures import MORE_EPOCHS
    >>> recipe = zoo.recipe("mlp")
    >>> MORE_EPOCHS.change(recipe).epochs == 3 * recipe.epochs
    True
    """

    name: str
    title: Text
    why: Text
    change: Callable[[Recipe], Recipe]
    on_top_of: tuple[Text, ...] = ()

    @property
    def changes(self) -> tuple[Text, ...]:
        """All differences from the parent, in words."""
        return (*self.on_top_of, self.title)


@dataclass(frozen=True)
class Finding:
    """One finding: a problem that a rule found, or that all is well. `rule` is the rule's name.

    >>> from explorer.text import text
    >>> Finding("rate_low", SEVERE, text("A step hardly changes the weights.")).cures
    ()
    """

    rule: str
    severity: str
    sentence: Text
    proof: Proof | None = None
    cures: tuple[Cure, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule that finds one problem, which causes those of the rules named in `hides`: their findings are not shown.

    >>> from explorer.doctor import RULES
    >>> RULES[0].title
    'NaN or infinite loss'
    """

    name: str
    title: str
    judge: Callable[[Evidence], Finding | None]
    hides: tuple[str, ...] = ()


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float) -> str:
    """Format a number with two significant digits: `0.23`, `3.5×10⁻¹³`, `140`."""
    if not math.isfinite(value):
        return "∞" if math.isinf(value) else "NaN"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{float(f'{value:.2g}'):,g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def level(loss: float) -> str:
    """Format a loss with enough digits to compare two: `2.303`."""
    return f"{loss:.3f}" if 1e-2 <= abs(loss) < 1e3 else number(loss)
