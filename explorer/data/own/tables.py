"""A person's own table: one column is the target, others are features; standardized by the training set alone.

The templates in `done` are part of a data set's id and may never change: tests/data/test_own_ids.py explains why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.data.dataset import LABELS, NUMBERS, DataKind
from explorer.data.own.columns import MAX_CLASSES, Column, read_column
from explorer.data.own.csv_file import MAX_CELLS, MAX_COLUMNS, MIN_ROWS, read_cells
from explorer.data.own.partition import draw_test_part, part
from explorer.data.own.record import Prepared, Record, Refused, short
from explorer.text import Text, text

_HEAD_ROWS = 3
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Table:
    """A table as read. `head`: its first rows as in the file; `done`: notes on how it was read."""

    name: str
    columns: tuple[Column, ...]
    rows: int
    head: tuple[tuple[str, ...], ...]
    done: tuple[Text, ...]

    def column(self, name: str) -> Column:
        """Return the column of this name. Raises Refused if there is none."""
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            raise Refused(text("{file} has no column called {column}.", file=short(self.name), column=short(name)))
        return found

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that can be features."""
        return tuple(column.name for column in self.columns if column.problem is None)


def read_table(source: bytes | Path, name: str) -> Table:
    """Read the columns of a CSV file. Raises Refused, and OSError if the file cannot be read."""
    cells = read_cells(source.read_bytes() if isinstance(source, Path) else source, name)
    columns = tuple(read_column(one, words, cells.decimal_comma) for one, words in zip(cells.names, cells.columns))
    head = tuple(zip(*(words.slice(0, _HEAD_ROWS).to_pylist() for words in cells.columns)))
    return Table(name, columns, len(cells.columns[0]), head, cells.done)


def kinds_for(target: Column) -> tuple[DataKind, ...]:
    """List the kinds of target that a column can be, the likelier first. Raises Refused if it can be none."""
    values = len(target.words) if target.numbers is None else len(np.unique(target.numbers[~target.missing]))
    if values < 2:
        raise Refused(text("{column} has only one value, so there is nothing to learn. Choose another target.",
                           column=short(target.name)))
    if target.numbers is None:
        if values > MAX_CLASSES:
            raise Refused(text("{column} has {count:,} different words; at most {limit:,} classes are possible. Choose "
                               "another target.", column=short(target.name), count=values, limit=MAX_CLASSES))
        return (LABELS,)
    if values > MAX_CLASSES:
        return (NUMBERS,)
    both = (LABELS, NUMBERS)
    return both if target.is_few_whole_numbers else both[::-1]


def prepare(table: Table, target: str, features: Sequence[str] | None = None, standardize: bool = True,
            kind: DataKind | None = None) -> Prepared:
    """Make the samples of a table; without `features`, from all columns that can be features. Raises Refused.

    Rows with a missing value in a chosen column are left out. A fifth is the test set, of every class if there are
    any. Standardized, numbers (not one-hot words) and the target of a regression have mean 0 and deviation 1 over the
    training set; the test set is shifted and scaled by the same values.
    """
    goal = table.column(target)
    names = [name for name in (table.features if features is None else features) if name != target]
    chosen = _check_features(table, names)
    kind = _check_kind(kind, goal)
    kept = ~np.logical_or.reduce([column.missing for column in (goal, *chosen)])
    if kept.sum() < MIN_ROWS:
        raise Refused(text("Only {count} rows have a value in every chosen column; at least {limit} are needed. "
                           "Choose fewer features.", count=int(kept.sum()), limit=MIN_ROWS))
    targets, classes, labels = _targets(goal, kept, kind)
    is_test = draw_test_part(labels)
    inputs = np.concatenate([column.as_inputs()[kept] for column in chosen], 1)
    _check_range(inputs, targets)
    if standardize:
        is_number = np.concatenate([np.full(len(column.inputs), column.numbers is not None) for column in chosen])
        inputs[:, is_number] = _standardized(inputs[:, is_number], is_test)
        targets = targets if classes else _standardized(targets, is_test)
    targets = targets if classes else targets.astype(np.float32)
    title = short(f"{Path(table.name).stem or table.name}: {target}")
    record = Record(title, table.name, kind, (inputs.shape[1],), classes,
                    tuple(name for column in chosen for name in column.inputs),
                    (int((~is_test).sum()), int(is_test.sum())),
                    (*table.done, *_what_was_done(table, chosen, kept, standardize, kind)))
    return Prepared(record, part(inputs.astype(np.float32), targets, is_test))


def _check_features(table: Table, names: Sequence[str]) -> list[Column]:
    """Return the columns of these names. Raises Refused if one cannot be a feature, or there are none or too many."""
    chosen = [table.column(name) for name in names]
    for column in chosen:
        if column.problem:
            raise Refused(text("{why} Leave it out.", why=column.problem))
    inputs = sum(len(column.inputs) for column in chosen)
    if not chosen:
        raise Refused(text("Choose at least one feature."))
    if inputs > MAX_COLUMNS or inputs * table.rows > MAX_CELLS:
        raise Refused(text("These features give {count:,} inputs for each of {rows:,} rows, which is too many. Choose "
                           "fewer.", count=inputs, rows=table.rows))
    return chosen


def _check_kind(kind: DataKind | None, target: Column) -> DataKind:
    possible = kinds_for(target)
    if kind is not None and kind not in possible:
        raise Refused(text("{column} cannot be read as {kind}.", column=short(target.name), kind=text(kind.title)))
    return kind or possible[0]


def _targets(goal: Column, kept: np.ndarray, kind: DataKind) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Make (targets, class names, classes to draw the test set from) of the kept rows. Raises Refused."""
    if kind is NUMBERS:
        return goal.numbers[kept, None], (), np.zeros(int(kept.sum()), np.int64)
    codes, names = goal.as_classes()
    present, codes = np.unique(codes[kept], return_inverse=True)
    if len(present) < 2:
        raise Refused(text("In the rows without missing values, {column} has only one class. Choose fewer features or "
                           "another target.", column=short(goal.name)))
    return codes.astype(np.int64), tuple(names[index] for index in present), codes


def _standardized(values: np.ndarray, is_test: np.ndarray) -> np.ndarray:
    """Compute (value - mean) / deviation over the training rows; a constant column becomes 0."""
    train = values[~is_test]
    spread = train.std(0)
    return (values - train.mean(0)) / np.where(spread > 0, spread, 1.0)


def _check_range(*arrays: np.ndarray) -> None:
    """Raise Refused if a number is too large for float32."""
    if any(np.abs(values).max() > _LARGEST for values in arrays):
        raise Refused(text("The table has numbers that are too large for 32-bit floats. Leave out their column."))


def _what_was_done(table: Table, chosen: list[Column], kept: np.ndarray, standardize: bool,
                   kind: DataKind) -> Iterable[Text]:
    if not kept.all():
        yield text("Rows with a missing value were left out: {count:,} of {rows:,}.",
                   count=int((~kept).sum()), rows=table.rows)
    words = [column for column in chosen if column.numbers is None]
    if words:
        yield text("Words became one input each: {names}.", names=short(", ".join(column.name for column in words)))
    if standardize and kind is NUMBERS:
        yield text("Numbers and target are scaled to mean 0 and spread 1 over the training part, so a loss of 1 is "
                   "guessing the mean.")
    elif standardize:
        yield text("Numbers are scaled to mean 0 and spread 1 over the training part.")
