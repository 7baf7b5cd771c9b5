"""An attribution method as a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from explorer.attribution.attributed_layer import last_with_places
from explorer.attribution.explained import Explained
from explorer.network import Analysis
from explorer.recipe import Recipe
from explorer.spec import ParamSpec
from explorer.text import Text

Options = Mapping[str, Any]


def fits_all(recipe: Recipe, analysis: Analysis) -> None:
    """Refuse no network: the `refuses` of a method that fits every one."""


def one_pass(options: Options, features: int) -> float:
    """Count one pass, forth and back: the `passes` of a method that reads one gradient."""
    return 1.0


def unexplained(explained: Explained, options: Options) -> None:
    """Know no reason for an error: the `explain_error` of a method without one."""


@dataclass(frozen=True)
class Method:
    """A method of attribution; its probe, its form and its place on the page follow from this record.

    attribute(explained, inputs, targets, **options) returns attributions in the shape of the inputs, (sample, ...), or
    of the layer's output with one channel where `of_layer`. targets: (sample,), the places of the numbers that are
    explained among those that `explained` gives. Options are those of `params` by name; a layer is an address, and a
    baseline is (sample, ...) as the inputs are, or (reference, 1, ...) where `draws_baselines`.
    is_complete: whether the attributions promise to add up to the number less that for the baseline, or to the number
    where no baseline is taken. is_gradient: whether they are per unit of a value, not shares of the number: a token has
    the size of its features' attributions then, else their sum. on_prepared_copy: whether it needs a model prepared for
    rules of modules.
    default_layer(explained, inputs) is the layer where none is given. passes(options, features) counts passes of one
    sample, forth and back; a pass forth alone is a third of one. explain_error(explained, options) is why they do not
    add up, where that is known; all_zero takes its place where all of them are 0.
    refuses(recipe, analysis) explains why a network cannot be attributed so, or gives None; it needs no model.

    >>> from explorer.attribution import METHODS
    >>> METHODS.get("integrated_gradients").passes({"steps": 20}, features=784)
    20.0
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
    is_gradient: bool = False
    of_layer: bool = False
    on_prepared_copy: bool = False
    draws_baselines: bool = False
    default_layer: Callable[[Explained, Tensor], str] = last_with_places
    passes: Callable[[Options, int], float] = one_pass
    explain_error: Callable[[Explained, Options], Text | None] = unexplained
    all_zero: Text | None = None
    refuses: Callable[[Recipe, Analysis], Text | None] = fits_all
