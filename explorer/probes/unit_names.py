"""Names for what a unit depends on: the kind of a node, the axes of its output, characters and features."""

from __future__ import annotations

from torch import nn

from explorer import data
from explorer.data.fitting import image_shape
from explorer.formatting import format_character
from explorer.network.building import BuiltNetwork, leaf_sources_of
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
    if len(shape) == 2 and type(module).__name__.endswith("1d"):
        return ("channel", "position")
    if len(shape) == 3 and not _makes_maps(module):
        return ("head", "query", "key") if shape[1] == shape[2] else ("head", "token", "feature")
    return {0: (), 1: ("feature",), 2: ("token", "feature"), 3: ("channel", "height", "width")}.get(
        len(shape), (*("group",) * (len(shape) - 3), "head", "query", "key"))


def axes_at(subject: Subject, node: str, shape: Shape) -> tuple[str, ...]:
    """Name the axes of a node's output; what passes values on one by one has those of the layer before it."""
    return axes_of(_layer_behind(subject.model, called(node)), shape)


def axis_of_kin(subject: Subject, node: str, unit: Shape) -> int:
    """Return the axis along which a unit's index names what it belongs to: its map, or its feature of every token."""
    return 1 if axes_at(subject, node, unit) == ("token", "feature") else 0


def _layer_behind(model: nn.Module, node: str) -> nn.Module | None:
    module = dict(model.named_modules()).get(node)
    while isinstance(model, BuiltNetwork) and type(module).__module__ in _ONE_BY_ONE:
        node = leaf_sources_of(model, node)[0]
        module = model.get_submodule(node)
    return module


_ONE_BY_ONE = ("torch.nn.modules.activation", "torch.nn.modules.dropout", "explorer.blocks.activation",
               "explorer.blocks.merge")


def _makes_maps(module: nn.Module | None) -> bool:
    return type(module).__name__ not in _OF_HEADS


_OF_HEADS = {"SplitHeads", "AttentionScores", "AdditiveScores", "AttentionMix", "AttentionMask"}


def input_names(subject: Subject, count: int) -> tuple[str, ...]:
    """Name the values of an input without maps: a text's characters, or the features of a table; () where unknown."""
    if subject.takes_tokens:
        return tuple(format_character(name) for name in subject.token_names(subject.batch[0]))
    names = _columns(subject.recipe) if subject.recipe else ()
    return names if len(names) == count else ()


def picture_shape(subject: Subject) -> Shape | None:
    """Return the (channel, height, width) of the subject's images, also of flattened ones; None for other inputs."""
    shape = tuple(subject.batch.shape[1:])
    if len(shape) == 3 or subject.recipe is None:
        return shape if len(shape) == 3 else None
    try:
        return image_shape(data.get(subject.recipe.data.name, subject.recipe.data.params), shape)
    except (data.DataMissing, LookupError):
        return None


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
