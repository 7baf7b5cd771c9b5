"""Smaller versions of the zoo's networks: what can be chosen, what a recipe chose, and its description."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from inspect import signature
from itertools import product

from explorer import zoo
from explorer.document import Network
from explorer.formatting import TIMES, format_count
from explorer.ui.language import _
from explorer.zoo import Entry

WIDTHS = {1.0: "1", 0.5: "½", 0.25: "¼", 0.125: "⅛"}
CHANNELS = (1, 3)
_USUAL_CLASSES = 10

Scale = dict[str, float]


def original_scale(entry: Entry) -> Scale:
    """Read the original's scale, by the names of `entry.scales`."""
    given = signature(entry.make).parameters
    return {name: given[name].default for name in entry.scales}


@cache
def trained_scale(name: str) -> Scale | None:
    """Find the scale at which its recipe trains it; None where it has no recipe, or one at a scale not offered."""
    entry = zoo.ZOO.get(name)
    if entry.recipe is None:
        return None
    net = entry.recipe.network
    return next((scale for scale in _possible(entry, net) if entry.make(**scale) == net), None)


def _possible(entry: Entry, net: Network) -> Iterator[Scale]:
    """List the scales at which a network has the input of this one."""
    shape = net.nodes[0].params["shape"]
    options = {"width": tuple(WIDTHS), "size": shape[1:2] or shape, "channels": shape[:1],
               "classes": (original_scale(entry).get("classes"), _USUAL_CLASSES)}
    for chosen in product(*(options[name] for name in entry.scales)):
        yield dict(zip(entry.scales, chosen, strict=True))


def reads_tokens(entry: Entry) -> bool:
    """Check whether its input is a row of tokens, not an image."""
    return entry.network.nodes[0].params.get("dtype") == "int64"


def describe_trained(entry: Entry) -> str:
    """Describe the smaller network that the recipe trains in one sentence; empty where it trains the original."""
    if entry.recipe is None or entry.recipe.network == entry.network:
        return ""
    costs = zoo.costs(entry.name)
    numbers = {"parameters": format_count(costs.recipe_parameters), "macs": format_count(costs.recipe_multiply_adds)}
    how = ", ".join(_differences(entry))
    if not how:
        return _("Trains smaller: {parameters} parameters, {macs} multiply-adds.", **numbers)
    return _("Trains smaller: {how}. {parameters} parameters, {macs} multiply-adds.", how=how, **numbers)


def _differences(entry: Entry) -> Iterator[str]:
    before, after = original_scale(entry), trained_scale(entry.name) or {}
    words = {"size": _("{size} pixels", size=f"{after.get('size')}{TIMES}{after.get('size')}"),
             "width": {0.5: _("half as wide"), 0.25: _("a quarter as wide"), 0.125: _("an eighth as wide")}.get(
                 after.get("width", 1.0), ""),
             "channels": _("one input channel") if after.get("channels") == 1 else _("three input channels"),
             "classes": _("{count} classes", count=after.get("classes"))}
    yield from (words[name] for name in words if name in after and after[name] != before[name])
