"""Columns of a table: read as numbers, as categories, or as unusable for a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from explorer.data.own.record import short
from explorer.text import Text, text

MAX_WORDS = 20                         # different words in a column that becomes one input for each
MAX_CLASSES = 1_000
FEW_CLASSES = 20                       # whole numbers with at most this many values are taken for classes
MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "none", "?", "-")
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


@dataclass(frozen=True, eq=False)
class Column:
    """A column: `numbers` (row,), NaN if missing, or `codes` (row,) into `words`, -1 if missing.

    problem: why it cannot be a feature; None if it can.
    """

    name: str
    missing: np.ndarray
    numbers: np.ndarray | None = None
    codes: np.ndarray | None = None
    words: tuple[str, ...] = ()
    problem: Text | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs as a feature: its own name, or one per word."""
        return (self.name,) if self.numbers is not None else tuple(f"{self.name} = {word}" for word in self.words)

    def as_inputs(self) -> np.ndarray:
        """Convert to inputs, float64 (row, input): the numbers, or the words one-hot."""
        if self.numbers is not None:
            return self.numbers[:, None]
        return (self.codes[:, None] == np.arange(len(self.words))).astype(np.float64)

    def as_classes(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """Convert to (class indices (row,), -1 if missing; class names): sorted numbers, or the words."""
        if self.numbers is None:
            return self.codes, self.words
        values = np.unique(self.numbers[~self.missing])
        codes = np.where(self.missing, -1, np.searchsorted(values, self.numbers))
        return codes, tuple(f"{value:.15g}" for value in values)

    @property
    def is_few_whole_numbers(self) -> bool:
        values = np.unique(self.numbers[~self.missing])
        return len(values) <= FEW_CLASSES and bool((values == np.round(values)).all())


def read_column(name: str, cells: pa.ChunkedArray, decimal_comma: bool) -> Column:
    """Read a column of words; those that mean no value, such as NA, are missing."""
    cells = pc.utf8_trim_whitespace(cells.combine_chunks())
    cells = pc.if_else(pc.is_in(cells, pa.array(MISSING)), None, cells)
    numerals = pc.replace_substring(cells, ",", ".") if decimal_comma else cells
    try:
        numbers = pc.cast(numerals, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return _read_words(name, cells, numerals)
    missing = ~np.isfinite(numbers)
    return Column(name, missing, numbers=np.where(missing, np.nan, numbers),
                  problem=text("{column} is empty.", column=short(name)) if missing.all() else None)


def _read_words(name: str, cells: pa.Array, numerals: pa.Array) -> Column:
    encoded = pc.dictionary_encode(cells)
    words = np.array(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(words)
    place = np.empty(len(words) + 1, np.int64)
    place[order], place[-1] = np.arange(len(words)), -1
    codes = place[pc.fill_null(encoded.indices, len(words)).to_numpy(zero_copy_only=False)]
    return Column(name, codes < 0, codes=codes, words=tuple(map(short, words[order])),
                  problem=_check_feature(name, cells, numerals, len(words)))


def _check_feature(name: str, cells: pa.Array, numerals: pa.Array, words: int) -> Text | None:
    """Explain why a column of words cannot be a feature: words among numbers, or too many different ones."""
    is_word = pc.invert(pc.match_substring_regex(numerals, _NUMBER))
    count = pc.sum(is_word).as_py()
    if count < (len(cells) - cells.null_count) / 2:
        row = pc.index(is_word, True).as_py()
        return text("{column} has words among its numbers ({count:,}); the first is {word} in row {row:,}.",
                    column=short(name), count=count, word=short(cells[row].as_py()), row=row + 1)
    if words > MAX_WORDS:
        return text("{column} has {count:,} different words; at most {limit} can become inputs.",
                    column=short(name), count=words, limit=MAX_WORDS)
    return None
