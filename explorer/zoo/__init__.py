"""Known networks as documents, each with a recipe that trains it on data that ships; no torch.

`costs.json` holds what the shape pass says of each (parameters, multiply-adds, shapes), so that a card can
be drawn without torch. `python -m explorer costs` writes it; a test holds it against the shape pass.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from explorer.document import Network, Shape
from explorer.recipe import Recipe
from explorer.spec import Registry
from explorer.zoo.entry import Entry
from explorer.zoo.googlenet import GOOGLENET
from explorer.zoo.lenet import LENET, LENET_RELU
from explorer.zoo.linear import LINEAR_REGRESSION, SOFTMAX_REGRESSION
from explorer.zoo.mlp import MLP, PLAYGROUND
from explorer.zoo.resnet18 import RESNET18

ZOO: Registry[Entry] = Registry("network", (
    LENET_RELU, LENET, MLP, SOFTMAX_REGRESSION, PLAYGROUND, LINEAR_REGRESSION, GOOGLENET, RESNET18,
))
COSTS_FILE = Path(__file__).with_name("costs.json")


@dataclass(frozen=True)
class Costs:
    """What a network takes: parameters, multiply-adds of one sample, and the output shape of each node of its own."""

    parameters: int
    multiply_adds: int
    shapes: dict[str, Shape]


def names() -> list[str]:
    return ZOO.names()


def get(name: str) -> Network:
    """A network of the zoo; raises UnknownName."""
    return ZOO.get(name).network


def recipe(name: str) -> Recipe:
    """The recipe that trains it; raises UnknownName."""
    return ZOO.get(name).recipe


@cache
def _all_costs() -> dict[str, Costs]:
    stored = json.loads(COSTS_FILE.read_text(encoding="utf-8"))
    return {name: Costs(c["parameters"], c["multiply_adds"], {a: tuple(s) for a, s in c["shapes"].items()})
            for name, c in stored.items()}


def costs(name: str) -> Costs:
    """The stored costs of a network of the zoo; raises KeyError."""
    return _all_costs()[name]


__all__ = ["COSTS_FILE", "ZOO", "Costs", "Entry", "costs", "get", "names", "recipe"]
