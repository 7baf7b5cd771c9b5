"""A probe as a record, and the places of the page that show probes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.network import Analysis
from explorer.recipe import Recipe
from explorer.spec import ParamSpec
from explorer.text import Text

# Costs: drawn at once; a button, progress, and a way to cancel; asked for by the browser at every change of the look.
LIVE, ON_REQUEST, FOLLOWED = "live", "on request", "followed"
ANSWER, INPUT, OVERVIEW, OPERATION, UNIT, MAPS, WEIGHTS, ATTENTION, ATTRIBUTION, GRADIENTS, TIME, WHAT_IF = (
    "answer", "input", "overview", "operation", "unit", "maps", "weights", "attention", "attribution", "gradients",
    "time", "what_if")
WITHIN = "within"  # what a view asks for by name, not a view of its own
# The tabs in order; the input and the answer are beside them.
PLACES = {OVERVIEW: "Overview", OPERATION: "Operation", UNIT: "Unit", MAPS: "Feature maps", WEIGHTS: "Kernels",
          ATTENTION: "Attention", ATTRIBUTION: "Attribution", GRADIENTS: "Gradients", TIME: "Over time",
          WHAT_IF: "What if"}


def never(recipe: Recipe, analysis: Analysis) -> None:
    """Refuse no network: the `refuses` of a probe that fits every one."""


def slow(subject: Any, options: Mapping[str, Any]) -> bool:
    """Take every network and all options for slow: the `is_quick` of a probe that always needs a button."""
    return False


@dataclass(frozen=True)
class ProbeSpec:
    """A probe. Its place on the page, its form and its picture all follow from this record.

    compute(subject, **params) returns a result of one of the types in `returns`, or a tuple of them. It draws nothing
    from the global random generators and changes no parameter; what else it leaves behind on the model is taken off.
    It may raise NotApplicable.
    refuses(recipe, analysis) explains why a network cannot be looked at so, or gives None; it needs no model.
    cost: LIVE, ON_REQUEST or FOLLOWED. is_quick(subject, options) is whether one that is ON_REQUEST needs no button on
    the page for this network. place: ANSWER, INPUT, WITHIN or one of PLACES. term: the glossary's word for its
    title. reads_input: whether the outcome for a given unit depends on the input that is looked at.
    is_chosen: whether its tab shows it alone, chosen among the others of its kind. when_to_use, when_misleading: of a
    method, in a sentence or two.

    >>> from explorer.probes import PROBES
    >>> [(probe.title, probe.params[0].title) for probe in PROBES if probe.place == WEIGHTS]
    [('Kernels', 'Layer')]
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
    is_quick: Callable[[Any, Mapping[str, Any]], bool] = slow
    reads_input: bool = True
    term: str = ""
    is_chosen: bool = False
    when_to_use: str = ""
    when_misleading: str = ""
