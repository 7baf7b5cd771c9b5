"""An attribution method as a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from explorer.network import Analysis
from explorer.recipe import Recipe
from explorer.spec import ParamSpec
from explorer.text import Text


def fits_all(recipe: Recipe, analysis: Analysis) -> None:
    """Refuse no network: the `refuses` of a method that fits every one."""


@dataclass(frozen=True)
class Method:
    """A method of attribution; its probe, its form and its place on the page follow from this record.

    attribute(explained, inputs, targets, **options) returns attributions in the shape of the inputs, (sample, ...), or
    of the layer's output with one channel where `of_layer`. targets: (sample,), the places of the numbers that are
    explained among those that `explained` gives. Options are those of `params` by name.
    is_complete: whether the attributions promise to add up to the number less that for the baseline.
    refuses(recipe, analysis) explains why a network cannot be attributed so, or gives None; it needs no model.
    """

    name: str
    title: str
    summary: str
    source: str
    when_to_use: str
    when_misleading: str
    attribute: Callable[..., Tensor]
    params: tuple[ParamSpec, ...] = ()
    is_complete: bool = False
    of_layer: bool = False
    refuses: Callable[[Recipe, Analysis], Text | None] = fits_all
