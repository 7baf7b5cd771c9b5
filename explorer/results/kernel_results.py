"""Weights of a node as a table of kernels: rows of outputs, columns of inputs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from explorer.text import Text


def _no_kernels() -> np.ndarray:
    return np.zeros((0, 0, 0, 0), np.float32)


def _no_numbers() -> np.ndarray:
    return np.zeros(0, np.float32)


@dataclass(frozen=True)
class Kernels:
    """A parameter as a table of kernels, of which a page is at hand; a matrix has kernels of one weight.

    table: the one that is shown, of `tables`. parameter: its name in the state dict, shape: its own.
    size: (rows, columns, height, width) of the whole table. axes: names of rows and columns.
    order: int32 (row,), the page's rows by their place in the table. first: the place of the page's first row in the
    order of `sort`, and of its first column. values: float32 (row, column, height, width), the page.
    initial: the page at `initial_step`, the first that was kept; empty where it was not asked for.
    bias: float32 (row,), initial_bias: the same at the first step; empty where there is none.
    statistics: float32 (row, 3), mean, standard deviation and norm of each row over all columns.
    norms: float32 (row, column) of the kernels' norms, in order, thinned by `every`.
    limit, change_limit: the largest finite magnitude in the whole table, and of its change.
    row_names, column_names: of the page, empty where numbers name them.
    starts: int32 (row, axis), the first index of each row's first kernel in the parameter; step: what each further
    column adds; box: a kernel's own shape there. is_channel: whether rows are the first axis of the node's output.
    is_frozen: whether training leaves it as it is.
    """

    node: str
    block: str
    table: str
    tables: tuple[str, ...]
    parameter: str
    shape: tuple[int, ...]
    size: tuple[int, int, int, int]
    axes: tuple[str, str]
    sort: str
    first: tuple[int, int]
    order: np.ndarray
    values: np.ndarray
    starts: np.ndarray
    step: tuple[int, ...]
    box: tuple[int, ...]
    statistics: np.ndarray
    norms: np.ndarray
    every: tuple[int, int]
    limit: float
    initial: np.ndarray = field(default_factory=_no_kernels)
    initial_step: int = 0
    change_limit: float = 0.0
    bias: np.ndarray = field(default_factory=_no_numbers)
    initial_bias: np.ndarray = field(default_factory=_no_numbers)
    bias_parameter: str = ""
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()
    is_channel: bool = False
    is_frozen: bool = False
    note: Text | None = None
