"""Names for what a unit depends on: the kind of a node, the axes of its output, characters and features."""

from __future__ import annotations

from torch import nn

from explorer import data
from explorer.formatting import format_character
from explorer.network.building import BuiltNetwork
from explorer.network.titles import block_title
from explorer.probes.subject import Subject
from explorer.probes.tracing import called
from explorer.recipe import Recipe

Shape = tuple[int, ...]


def kind_of(subject: Subject, node: str) -> str:
    """Return the title of a node's block, else the name of its module's class; "" where there is neither."""
    if subject.recipe and (block := block_title(subject.recipe.network, node)):
        return block
    try:
        module = subject.model.get_submodule(called(node))
    except AttributeError:
        return ""
    return "" if isinstance(module, BuiltNetwork) else type(module).__name__


def axes_of(module: nn.Module | None, shape: Shape) -> tuple[str, ...]:
    """Name the axes of an output: channels of maps, tokens with features, heads with what each token looks at.

    >>> axes_of(nn.Conv2d(1, 6, 5), (6, 24, 24))
    ('channel', 'height', 'width')
    """
    if len(shape) == 3 and not _makes_maps(module):
        return ("head", "query", "key") if shape[1] == shape[2] else ("head", "token", "feature")
    return {0: (), 1: ("feature",), 2: ("token", "feature"), 3: ("channel", "height", "width")}.get(
        len(shape), (*("group",) * (len(shape) - 3), "head", "query", "key"))


def _makes_maps(module: nn.Module | None) -> bool:
    return type(module).__name__ not in _OF_HEADS


_OF_HEADS = {"SplitHeads", "AttentionScores", "AdditiveScores", "AttentionMix", "AttentionMask"}


def input_names(subject: Subject, count: int) -> tuple[str, ...]:
    """Name the values of an input without maps: a text's characters, or the features of a table; () where unknown."""
    tokens = subject.batch[0]
    if tokens.dim() == 1 and not tokens.is_floating_point() and subject.class_names:
        return tuple(format_character(subject.class_names[token]) for token in tokens.tolist())
    names = _columns(subject.recipe) if subject.recipe else ()
    return names if len(names) == count else ()


def feature_names(subject: Subject, count: int) -> tuple[str, ...]:
    """Name the features of a row: by the table's columns, else `x1`, `x2`, ..."""
    return input_names(subject, count) or tuple(f"x{place + 1}" for place in range(count))


def _columns(recipe: Recipe) -> tuple[str, ...]:
    try:
        return data.get(recipe.data.name, recipe.data.params).feature_names
    except (data.DataMissing, LookupError):
        return ()


def last_names(subject: Subject, node: str, size: int) -> tuple[str, ...]:
    """Name the features of a network's own output by its classes; () elsewhere."""
    ends = subject.recipe.network.outputs if subject.recipe else ()
    return subject.class_names if node in ends and len(subject.class_names) == size else ()
