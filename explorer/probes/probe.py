"""A probe as a record, and the places of the page that show probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from explorer.network import Analysis
from explorer.recipe import Recipe
from explorer.spec import ParamSpec
from explorer.text import Text

# Costs: drawn at once; a button, progress, and a way to cancel; asked for by the browser at every change of the look.
LIVE, ON_REQUEST, FOLLOWED = "live", "on request", "followed"
ANSWER, INPUT, OVERVIEW, OPERATION, UNIT, MAPS, WEIGHTS, ATTENTION, GRADIENTS, TIME = (
    "answer", "input", "overview", "operation", "unit", "maps", "weights", "attention", "gradients", "time")
# The tabs in order; the input and the answer are beside them.
PLACES = {OVERVIEW: "Overview", OPERATION: "Operation", UNIT: "Unit", MAPS: "Feature maps", WEIGHTS: "Kernels",
          ATTENTION: "Attention", GRADIENTS: "Gradients", TIME: "Over time"}


def never(recipe: Recipe, analysis: Analysis) -> None:
    """Refuse no network: the `refuses` of a probe that fits every one."""


@dataclass(frozen=True)
class ProbeSpec:
    """A probe. Its place on the page, its form and its picture all follow from this record.

    compute(subject, **params) returns a result of one of the types in `returns`, or a tuple of them. It draws nothing
    from the global random generators and changes no parameter; what else it leaves behind on the model is taken off.
    It may raise NotApplicable.
    refuses(recipe, analysis) explains why a network cannot be looked at so, or gives None; it needs no model.
    cost: LIVE, ON_REQUEST or FOLLOWED. place: ANSWER, INPUT or one of PLACES. term: the glossary's word for its title.
    reads_input: whether the outcome for a given unit depends on the input that is looked at.
    is_chosen: whether its tab shows it alone, chosen among the others of its kind.

    >>> from explorer.probes import PROBES
    >>> [(probe.title, [param.title for param in probe.params]) for probe in PROBES if probe.place == WEIGHTS]
    [('Kernels', ['Layer', 'Weights', 'First row', 'First column', 'Rows by', 'Similar to row', 'With the first step'])]
    """

    name: str
    title: str
    summary: str
    source: str
    compute: Callable[..., Any]
    returns: tuple[type, ...]
    place: str
    params: tuple[ParamSpec, ...] = ()
    refuses: Callable[[Recipe, Analysis], Text | None] = never
    cost: str = LIVE
    reads_input: bool = True
    term: str = ""
    is_chosen: bool = False
