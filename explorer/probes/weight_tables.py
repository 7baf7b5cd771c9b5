"""Parameters of a node as tables: rows of outputs, columns of inputs, kernels of height × width between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvTransposeNd

from explorer.formatting import format_character
from explorer.network.building import BuiltNetwork, leaf_sources_of, sources_of
from explorer.probes.subject import Subject
from explorer.probes.unit_names import input_names, last_names

AS_MAPS = " as maps"  # ends the name of a table that shows positions as they lie in the image
_GATES = {nn.LSTM: "ifgo", nn.GRU: "rzn"}

Name = Callable[[int], str]


@dataclass(frozen=True)
class WeightTable:
    """A parameter as a table of kernels, each a box of the parameter.

    view: lays the parameter's values out as (row, column, height, width). starts: (row, axis), the first index of each
    row's first kernel; step: what each further column adds to it; box: a kernel's shape in the parameter.
    bias: the name of the parameter with a number for each row, "" for none.
    """

    name: str
    parameter: str
    axes: tuple[str, str]
    view: Callable[[Tensor], Tensor]
    starts: np.ndarray
    step: tuple[int, ...]
    box: tuple[int, ...]
    bias: str = ""
    row_name: Name | None = None
    column_name: Name | None = None
    is_channel: bool = False


def has_weights(module: nn.Module) -> bool:
    """Check whether a module has parameters of its own.

    >>> has_weights(nn.Linear(2, 2)), has_weights(nn.ReLU()), has_weights(nn.Sequential(nn.Linear(2, 2)))
    (True, False, False)
    """
    return next(module.parameters(recurse=False), None) is not None


def tables_of(subject: Subject, node: str) -> list[WeightTable]:
    """List the tables of a node's own parameters; a bias with a number for each row is a column of another's table.

    >>> import torch
    >>> [table.name for table in tables_of(Subject(nn.Sequential(nn.LSTM(2, 3)), torch.zeros(1, 4, 2)), "0")]
    ['0.weight_ih_l0', '0.weight_hh_l0']
    """
    module = subject.module_at(node)
    own = dict(module.named_parameters(recurse=False))
    biases = {name: bias for name in own if (bias := _bias_of(module, name, own))}
    return [table for name, weight in own.items() if name not in biases.values()
            for table in _tables(subject, node, module, name, weight, biases.get(name, ""))]


def _bias_of(module: nn.Module, name: str, own: dict[str, nn.Parameter]) -> str:
    """Return the name of the bias that has a number for each row of a weight, "" for none."""
    bias, weight = name.replace("weight", "bias"), own[name]
    if bias == name or bias not in own or own[bias].dim() != 1 or weight.dim() == 0:
        return ""
    return bias if isinstance(module, _ConvTransposeNd) or len(own[bias]) == len(weight) else ""


def _tables(subject: Subject, node: str, module: nn.Module, name: str, weight: Tensor, bias: str,
            ) -> Iterator[WeightTable]:
    parameter, bias = f"{node}.{name}", f"{node}.{bias}" if bias else ""
    if isinstance(module, _ConvTransposeNd):
        yield _transposed(parameter, weight, module.groups, bias)
    elif isinstance(module, nn.Linear) and (shape := _flattened_shape(subject, node, weight)):
        yield _folded(parameter, weight, shape, bias, _rows_of(subject, node, module, name, len(weight)))
    elif type(module).__name__ == "RelativePositionBias":
        yield _as_maps(parameter, parameter, weight, (math.isqrt(len(weight)),) * 2, 0, ("head", ""))
    elif type(module).__name__ == "LearnedPositions":
        yield from _positions(subject, parameter, weight)
    else:
        yield _plain(subject, node, module, name, weight, bias)


def _plain(subject: Subject, node: str, module: nn.Module, name: str, weight: Tensor, bias: str) -> WeightTable:
    """Lay a parameter out with its first axis as rows, its second as columns, what is left as kernels."""
    rank, rows = weight.dim(), weight.shape[0] if weight.dim() else 1
    inner, columns = tuple(weight.shape[2:]), weight.shape[1] if rank > 1 else 1
    height, width = (math.prod(inner[:-1]), inner[-1]) if inner else (1, 1)
    starts = np.zeros((rows, rank), np.int32)
    starts[:, :1] = np.arange(rows)[:, None]
    return WeightTable(
        f"{node}.{name}", f"{node}.{name}", _axes_of(module, rank),
        lambda values: values.reshape(rows, columns, height, width), starts,
        tuple(int(axis == 1) for axis in range(rank)), (*(1,) * min(rank, 2), *inner), bias,
        _rows_of(subject, node, module, name, rows), _columns_of(subject, node, module, columns),
        is_channel=(rank > 2 and not getattr(module, "as_tokens", False)) or _axes_of(module, rank)[0] == "channel")


def _axes_of(module: nn.Module, rank: int) -> tuple[str, str]:
    """Name rows and columns of a parameter that is laid out as it is."""
    kind = type(module).__name__
    if "Norm" in kind and rank == 1:
        return ("channel" if isinstance(module, _BatchNorm | nn.GroupNorm) or "2d" in kind else "feature", "scale")
    if isinstance(module, nn.Embedding) or kind == "ClassToken":
        return ("token", "feature")
    return ("output" if rank else "", "input" if rank > 1 else "")


def _transposed(parameter: str, weight: Tensor, groups: int, bias: str) -> WeightTable:
    """Lay (input, output / groups, ...) out with the outputs as rows, as of any other convolution."""
    inputs, outputs, *inner = weight.shape
    columns, rank = inputs // groups, weight.dim()
    height, width = math.prod(inner[:-1]), inner[-1]
    rows = np.arange(groups * outputs)
    starts = np.zeros((len(rows), rank), np.int32)
    starts[:, 0], starts[:, 1] = rows // outputs * columns, rows % outputs

    def view(values: Tensor) -> Tensor:
        return values.reshape(groups, columns, outputs, height, width).transpose(1, 2).reshape(
            len(rows), columns, height, width)

    return WeightTable(parameter, parameter, ("output", "input"), view, starts, (1,) + (0,) * (rank - 1),
                       (1, 1, *inner), bias, is_channel=True)


def _folded(parameter: str, weight: Tensor, shape: tuple[int, ...], bias: str, row_name: Name | None) -> WeightTable:
    """Lay each output's weights out as the maps (channel, height, width) that were flattened."""
    rows, area = len(weight), math.prod(shape[1:])
    starts = np.stack([np.arange(rows), np.zeros(rows)], 1).astype(np.int32)
    return WeightTable(parameter, parameter, ("output", "input channel"), lambda values: values.reshape(rows, *shape),
                       starts, (0, area), (1, area), bias, row_name, is_channel=True)


def _as_maps(name: str, parameter: str, weight: Tensor, grid: tuple[int, int], skipped: int,
             axes: tuple[str, str]) -> WeightTable:
    """Lay each column of (place, feature) out as a map, a place without one left out."""
    rows = weight.shape[1]
    starts = np.stack([np.full(rows, skipped), np.arange(rows)], 1).astype(np.int32)
    return WeightTable(name, parameter, axes, lambda values: values[skipped:].T.reshape(rows, 1, *grid), starts,
                       (0, 0), (math.prod(grid), 1))


def _positions(subject: Subject, parameter: str, weight: Tensor) -> Iterator[WeightTable]:
    """Give positions as rows, and where they are those of an image's patches, each feature as a map of them, too."""
    rows, grid = len(weight), _patch_grid(subject)
    skipped = rows - math.prod(grid) if grid else 0
    is_grid = bool(grid) and skipped in (0, 1)  # the class token is in front

    def place(row: int) -> str:
        return f"({(row - skipped) // grid[1]}, {(row - skipped) % grid[1]})" if row >= skipped else "class"

    starts = np.stack([np.arange(rows), np.zeros(rows)], 1).astype(np.int32)
    yield WeightTable(parameter, parameter, ("position", "feature"), lambda values: values[:, :, None, None], starts,
                      (0, 1), (1, 1), row_name=place if is_grid else None)
    if is_grid:
        yield _as_maps(parameter + AS_MAPS, parameter, weight, grid, skipped, ("feature", ""))


def _patch_grid(subject: Subject) -> tuple[int, int] | None:
    """Return how many patches (down, across) the network cuts its image into; None where it does not."""
    size = next((module.kernel_size for module in subject.model.modules()
                 if type(module).__name__ == "PatchEmbedding"), None)
    if size is None or subject.batch.dim() != 4:
        return None
    return subject.batch.shape[-2] // size[0], subject.batch.shape[-1] // size[1]


def _rows_of(subject: Subject, node: str, module: nn.Module, name: str, rows: int) -> Name | None:
    """Name rows: gates with their units, tokens, the classes of the network's own output; None for numbers."""
    if gates := next((gates for kind, gates in _GATES.items() if isinstance(module, kind)), ""):
        units = rows // len(gates)
        return None if name.startswith("weight_hr") else lambda row: f"{gates[row // units]} {row % units}"
    if name == "in_proj_weight":
        return lambda row: f"{'qkv'[row * 3 // rows]} {row % (rows // 3)}"
    if isinstance(module, nn.Embedding):
        return _token_name(subject, rows)
    return _from(last_names(subject, node, rows))


def _token_name(subject: Subject, count: int) -> Name | None:
    names = subject.class_names
    return (lambda row: format_character(names[row])) if len(names) == count else None


def _columns_of(subject: Subject, node: str, module: nn.Module, columns: int) -> Name | None:
    """Name the columns of a layer that reads a table's features."""
    if not isinstance(module, nn.Linear) or not isinstance(subject.model, BuiltNetwork) or subject.takes_tokens:
        return None
    sources = leaf_sources_of(subject.model, node)
    is_first = len(sources) == 1 and not leaf_sources_of(subject.model, sources[0])
    return _from(input_names(subject, columns)) if is_first else None


def _from(names: Sequence[str]) -> Name | None:
    return names.__getitem__ if names else None


def _flattened_shape(subject: Subject, node: str, weight: Tensor) -> tuple[int, ...] | None:
    """Return the (channel, height, width) that a Flatten before a node lays out, also across the border of a block.

    None where it lays out something else than one row of inputs a sample: a part of a shape, or lists of tokens.
    """
    if not isinstance(subject.model, BuiltNetwork):
        return None
    source, *others = leaf_sources_of(subject.model, node)
    if others or not isinstance(subject.model.get_submodule(source), nn.Flatten):
        return None
    (behind,) = sources_of(subject.model, source)
    shape = tuple(subject.activations([behind])[behind].shape[1:])
    if len(shape) not in (2, 3) or shape[1:] == (1, 1) or math.prod(shape) != weight.shape[1]:
        return None
    return (1,) * (3 - len(shape)) + shape
