"""Numbers that somebody's own loop logs: checked, kept by name, and written in turn."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from torch import Tensor

from explorer.training.loop.gradient_norms import GradientNorms, Number, to_numbers
from explorer.training.records.metrics import LOSS, STEP_COLUMNS, StepRows
from explorer.training.records.metrics_writer import MetricsWriter

MOST_NAMES = 100  # each is a chart of its own
_LONGEST_NAME = 80
_TAKEN = ("step", "epoch")  # columns of every table


def as_number(name: str, value: Any) -> Number:
    """Check one number: a plain one, or a tensor or array with one element. A GPU's stays there.

    Raises TypeError.

    >>> as_number("loss", Tensor([0.5])), as_number("accuracy", np.float32(1))
    (0.5, 1.0)
    """
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_complex():
        if value.device.type == "cpu":
            return float(value.item())
        return value.detach().reshape(()).clone()  # a copy, since a loop may add to its tensor later
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if not isinstance(value, Real):
        found = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor | np.ndarray) else \
            f"{type(value).__name__}"
        raise TypeError(f"{name!r} must be a number or a tensor with one element, not {found}.")
    return float(value)


def check_name(name: str) -> None:
    """Check the name of a number. Raises ValueError."""
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable() or not name.strip():
        raise ValueError(f"A number's name has 1 to {_LONGEST_NAME} printable characters; this one is "
                         f"{name[:_LONGEST_NAME]!r}.")
    if name in _TAKEN or name.startswith("gradient_norm/"):
        raise ValueError(f"{name!r} is counted by the recording itself; log the number under another name.")


class LoggedNumbers:
    """The numbers and gradient norms of the steps since the last flush. `names` are those of all steps so far."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._checked: set[str] = set()
        self._rows: list[tuple[int, dict[str, Number], list[Number]]] = []

    def check(self, numbers: Mapping[str, Any]) -> dict[str, Number]:
        """Check numbers by name. Raises TypeError, or ValueError for a bad name or one too many."""
        new = numbers.keys() - self._checked
        for name in new:
            check_name(name)
        if (count := len(self._checked) + len(new)) > MOST_NAMES:
            raise ValueError(f"A recording takes at most {MOST_NAMES} different names, and with this call there would "
                             f"be {count:,}. Log what counts up as a value, and not in a name.")
        found = {name: as_number(name, value) for name, value in numbers.items()}
        self._checked |= new
        return found

    def add(self, step: int, numbers: dict[str, Number], norms: list[Number]) -> None:
        """Add a step with numbers that were checked, and the norm of each parameter's gradient."""
        self._rows.append((step, numbers, norms))  # all at once: Ctrl-C may come at any time

    def flush(self, writer: MetricsWriter, gradient_norms: GradientNorms, steps_per_epoch: int | None) -> None:
        """Write them. Raises sqlite3.Error."""
        if not self._rows:
            return
        values: dict[str, dict[int, Number]] = {}
        for step, numbers, _norms in self._rows:
            for name, value in numbers.items():
                values.setdefault(name, {})[step] = value
        self.names += [name for name in values if name not in self.names]
        norms = [norm for _step, _numbers, found in self._rows for norm in found]
        steps = np.array([step for step, _numbers, _norms in self._rows])
        writer.add_steps(StepRows(steps, np.ones(len(steps), int), _take_columns(values, steps),
                                  gradient_norms.by_layer(norms, len(steps))), steps_per_epoch)
        for name, found in values.items():
            writer.add_scalars(name, np.array(list(found)), to_numbers(found.values()))
        self._rows = []


def _take_columns(values: dict[str, dict[int, Number]], steps: np.ndarray) -> dict[str, np.ndarray]:
    """Take what has a column of its own, the loss in any case, out of the values by name and step: (n,) each."""
    columns = {name: np.full(len(steps), np.nan) for name in STEP_COLUMNS if name == LOSS or name in values}
    for name, column in columns.items():
        found = values.pop(name, {})
        column[np.isin(steps, list(found))] = to_numbers(found.values())
    return columns
