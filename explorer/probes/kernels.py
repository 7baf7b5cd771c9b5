"""Kernels: a node's weights as a table, a page of it at a time, with their change since the first step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.network import Analysis
from explorer.network.building import BuiltNetwork, leaves
from explorer.probes.probe import FOLLOWED, WEIGHTS, ProbeSpec
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.probes.unit_names import kind_of
from explorer.probes.weight_tables import WeightTable, has_weights, tables_of
from explorer.recipe import Recipe
from explorer.results import Kernels
from explorer.spec import Choice, Flag, Name, Number
from explorer.text import Text, text

OWN, NORM, CHANGE, SIMILARITY = "own", "norm", "change", "similarity"
_MOST_VALUES, _MOST_KERNELS, _MOST_WEIGHTS, _MOST_NORMS = 262_144, 64, 256, 128  # of a page, and along its sides
_NO_WEIGHTS = text("This network has no weights, so there are no kernels to look at. Its feature maps show what it "
                   "computes.")


def nodes_with_weights(subject: Subject) -> list[str]:
    """List the nodes with parameters of their own, inside blocks too, by address."""
    found = leaves(subject.model) if isinstance(subject.model, BuiltNetwork) else subject.model.named_modules()
    return [address for address, module in found if address and has_weights(module)]


def compute_kernels(subject: Subject, node: str = "", table: str = "", row: int = 0, column: int = 0, sort: str = OWN,
                    like: int = 0, initial: bool = False) -> Kernels:
    """Read a node's weights as rows of outputs and columns of inputs, from a row and a column on.

    A convolution has a kernel for each pair of output and input channel; a linear layer after a Flatten lays each
    output's weights out as the maps that were flattened; any other parameter is a matrix. "" takes the first node with
    weights, and a node's first table. Rows are sorted by their norm, by how far they moved since the first step, or by
    their cosine similarity to the row `like`. initial: with the weights of the first step.
    Raises UnknownNode; NotApplicable where there are no weights, or no first step to compare with.
    Source: Dive into Deep Learning, 7.2 and 4.1.
    """
    tables = _tables_at(subject, node)
    shown = next((each for each in tables if each.name == table), tables[0])
    now = {name: _plain(weight) for name, weight in _own(subject, shown)}
    first, before = _first_weights(subject) if initial or sort == CHANGE else (0, {})
    values = shown.view(now[shown.parameter])
    earlier = shown.view(_plain(before[shown.parameter])) if before else None
    page = _page(shown, values, _order(sort, values, earlier, like), (row, column))
    return Kernels(
        _node(shown), kind_of(subject, _node(shown)), shown.name, tuple(each.name for each in tables), shown.parameter,
        tuple(now[shown.parameter].shape), tuple(values.shape), shown.axes, sort, **page.described(), **page.of(values),
        **_thin_norms(values, page.order), limit=_limit(values), bias=page.numbers(now.get(shown.bias)),
        bias_parameter=shown.bias, is_channel=shown.is_channel, is_frozen=_is_frozen(subject, shown.parameter),
        note=_note(values), **(_changes(shown, page, values, earlier, before, first) if initial else {}))


def _tables_at(subject: Subject, node: str) -> list[WeightTable]:
    nodes = [node] if node else nodes_with_weights(subject)
    if not nodes:
        raise NotApplicable(_NO_WEIGHTS)
    return tables_of(subject, nodes[0])


def _node(table: WeightTable) -> str:
    return table.parameter.rpartition(".")[0]


def _own(subject: Subject, table: WeightTable) -> Iterator[tuple[str, Tensor]]:
    """Yield the parameters of the node by their names in the state dict."""
    for name, weight in subject.module_at(_node(table)).named_parameters(recurse=False):
        yield f"{_node(table)}.{name}", weight


def _plain(parameter: Tensor) -> Tensor:
    return parameter.detach().float().cpu()


def _first_weights(subject: Subject) -> tuple[int, Mapping[str, Tensor]]:
    """Load the weights of the first step that can be read, and return that step, too."""
    if subject.frames is None or not (steps := subject.frames.steps):
        raise NotApplicable(text("There is no earlier step to compare these weights with: only a run keeps its steps."))
    for step in steps:
        with suppress(ValueError):  # damaged, or thinned by the run since it was listed
            return step, subject.frames.load(step)
    raise NotApplicable(text("The weights of no step can be read, so their change is not known. Show the weights "
                             "alone."))


def _order(sort: str, values: Tensor, earlier: Tensor | None, like: int) -> np.ndarray:
    """Return the rows' places in the table, sorted; what is not a number comes last."""
    rows = values.flatten(1)
    if sort == OWN:
        return np.arange(len(rows), dtype=np.int32)
    if sort == NORM:
        weight = rows.norm(dim=1)
    elif sort == CHANGE:
        weight = (rows - earlier.flatten(1)).norm(dim=1)
    else:
        like = min(like, len(rows) - 1)
        weight = torch.cosine_similarity(rows, rows[like][None], dim=1)
        weight[like] = math.inf  # itself, in front of one that points the same way
    return np.argsort(-weight.numpy(), kind="stable").astype(np.int32)


@dataclass(frozen=True)
class _Page:
    """The rows and columns that are given; `order` is that of all rows."""

    table: WeightTable
    order: np.ndarray
    rows: slice
    columns: slice

    @property
    def places(self) -> np.ndarray:
        return self.order[self.rows]

    def picked(self, values: Tensor) -> Tensor:
        """Copy the page's rows, all columns of them."""
        return values[torch.from_numpy(self.places).long()]

    def numbers(self, values: Tensor | None) -> np.ndarray:
        """Copy a number for each row of the page; none for none."""
        return np.zeros(0, np.float32) if values is None else self.picked(values).numpy()

    def kernels(self, values: Tensor) -> np.ndarray:
        """Copy the page: a result outlives the weights of its step, which the next step's overwrite."""
        return self.picked(values)[:, self.columns].contiguous().numpy()

    def of(self, values: Tensor) -> dict[str, np.ndarray]:
        rows = self.picked(values).flatten(1)
        statistics = torch.stack([rows.mean(1), rows.std(1, correction=0), rows.norm(dim=1)], 1)
        return {"values": self.kernels(values), "statistics": statistics.numpy()}

    def described(self) -> dict[str, Any]:
        table, columns = self.table, range(self.columns.start, self.columns.stop)
        moved = (self.columns.start * np.array(table.step)).astype(np.int32)
        return {"first": (self.rows.start, self.columns.start), "order": self.places,
                "starts": table.starts[self.places] + moved, "step": table.step, "box": table.box,
                "row_names": tuple(map(table.row_name, self.places.tolist())) if table.row_name else (),
                "column_names": tuple(map(table.column_name, columns)) if table.column_name else ()}


def _page(table: WeightTable, values: Tensor, order: np.ndarray, at: tuple[int, int]) -> _Page:
    """Return the page from a place on, or the last one that there is."""
    area, is_matrix = math.prod(values.shape[2:]), values.shape[2:] == (1, 1)
    side = _MOST_WEIGHTS if is_matrix else _MOST_KERNELS
    rows = min(len(values), side, max(1, _MOST_VALUES // area))
    columns = min(values.shape[1], side, max(1, _MOST_VALUES // (area * rows)))
    top, left = min(at[0], len(values) - rows), min(at[1], values.shape[1] - columns)
    return _Page(table, order, slice(top, top + rows), slice(left, left + columns))


def _changes(table: WeightTable, page: _Page, values: Tensor, earlier: Tensor, before: Mapping[str, Tensor],
             step: int) -> dict[str, Any]:
    bias = before.get(table.bias)
    return {"initial": page.kernels(earlier), "initial_step": step,
            "change_limit": _limit(values - earlier),
            "initial_bias": page.numbers(None if bias is None else _plain(bias))}


def _thin_norms(values: Tensor, order: np.ndarray) -> dict[str, Any]:
    """Take the norms of kernels in order, of many every second or every third, ..."""
    down, across = (math.ceil(count / _MOST_NORMS) for count in values.shape[:2])
    thinned = values[torch.from_numpy(order[::down].copy()).long(), ::across]
    return {"norms": thinned.flatten(2).norm(dim=2).numpy(), "every": (down, across)}


def _limit(values: Tensor) -> float:
    """Return the largest finite magnitude, 0 where there is none."""
    if not values.numel():
        return 0.0
    low, high = map(float, torch.aminmax(values))
    if not math.isfinite(low + high):
        low, high = map(float, torch.aminmax(values.nan_to_num(0.0, 0.0, 0.0)))
    return max(abs(low), abs(high))


def _is_frozen(subject: Subject, parameter: str) -> bool:
    return subject.recipe is not None and subject.recipe.lr_factor_of(parameter) == 0


def _note(values: Tensor) -> Text | None:
    if not values.numel() or math.isfinite(sum(map(float, torch.aminmax(values)))):  # as almost always: one pass
        return None
    count = values.numel() - int(values.isfinite().sum())
    return text("{count} of these weights are not finite numbers.", count=f"{count:,}")


def refuse_without_weights(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Refuse a network that has no weights."""
    return None if analysis.total_parameters else _NO_WEIGHTS


KERNELS = ProbeSpec(
    name="kernels", title="Kernels", summary="The weights of a node as rows of outputs and columns of inputs.",
    source="Dive into Deep Learning, 7.2", compute=compute_kernels, returns=(Kernels,), place=WEIGHTS,
    params=(
        NodeParam("node", "Layer", has_weights, every="the first with weights"), Name("table", "Weights"),
        Number("row", "First row", 0, high=2**31, integer=True),
        Number("column", "First column", 0, high=2**31, integer=True),
        Choice("sort", "Rows by", OWN, (OWN, NORM, CHANGE, SIMILARITY)),
        Number("like", "Similar to row", 0, high=2**31, integer=True), Flag("initial", "With the first step", False)),
    refuses=refuse_without_weights, cost=FOLLOWED, reads_input=False, term="kernel",
)
