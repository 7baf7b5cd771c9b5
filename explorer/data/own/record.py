"""Record of a person's own data set, and its samples, ready to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.data.dataset import LABELS, NUMBERS, TEXT, DataKind, Shape
from explorer.text import Text, text

if TYPE_CHECKING:
    import numpy as np

DEFAULT_SIZE_PX = 32                   # the side of an image
MIN_SIZE_PX, MAX_SIZE_PX = 8, 256
_NAMES_SHOWN = 60
_VERSION = 1
_STORED = {LABELS: "classification", NUMBERS: "regression", TEXT: "next_token"}  # a kind's name in a record's file


class Refused(Exception):
    """A file that cannot become a data set; `sentence` explains why, and what to do."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True)
class Record:
    """A person's own data set as plain data.

    counts: samples of (training, test). done: how the file was processed.
    """

    title: str
    source_name: str
    kind: DataKind
    shape: Shape
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    counts: tuple[int, int]
    done: tuple[Text, ...] = ()

    @property
    def summary(self) -> Text:
        """One sentence for the menu."""
        train, test = self.counts
        if self.kind is TEXT:
            return text("{train:,} training and {test:,} test characters, {kinds} distinct.",
                        train=train * self.shape[0], test=test * self.shape[0], kinds=len(self.class_names))
        if self.kind is NUMBERS:
            return text("{train:,} training and {test:,} test samples, a number to predict.",
                        train=train, test=test)
        return text("{train:,} training and {test:,} test samples in {classes} classes.",
                    train=train, test=test, classes=len(self.class_names))

    def to_dict(self) -> dict[str, Any]:
        """Convert the record to JSON.

        A data set's id is made from it: the same file and choices must always give the same bytes, so the keys and the
        templates in `done` may never change (tests/data/test_own_ids.py).
        """
        fields = {name: value for name, value in self.__dict__.items() if name != "kind"}
        return {**fields, "task": _STORED[self.kind], "version": _VERSION,
                "done": [sentence.to_dict() for sentence in self.done]}

    @classmethod
    def from_dict(cls, stored: Any) -> Record:
        """Read a record from JSON. Raises ValueError, TypeError, KeyError or AttributeError for anything else."""
        lists = {name: tuple(stored[name]) for name in ("shape", "class_names", "feature_names", "counts")}
        kind = {name: kind for kind, name in _STORED.items()}[stored["task"]]
        record = cls(**{name: str(stored[name]) for name in ("title", "source_name")}, kind=kind, **lists,
                     done=tuple(Text.from_dict(sentence) for sentence in stored["done"]))
        sizes = (*record.shape, *record.counts)
        is_valid = (stored["version"] == _VERSION and len(record.counts) == 2 and len(record.shape) in (1, 3)
                    and bool(record.class_names) == (kind is not NUMBERS)
                    and all(isinstance(size, int) and size > 0 for size in sizes)
                    and all(isinstance(name, str) for name in (*record.class_names, *record.feature_names)))
        if not is_valid:
            raise ValueError("not the record of a data set")
        return record


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set ready to be kept.

    parts: {"train" | "test": (inputs, targets)}; inputs uint8 (sample, channel, height, width) or float32
    (sample, feature), targets int64 (sample,) or float32 (sample, 1); of a text both uint8 (sample, token).
    """

    record: Record
    parts: Mapping[str, tuple[np.ndarray, np.ndarray]]


def wanted_by(input_shape: Shape) -> tuple[int, bool]:
    """Choose (side in pixels, whether in color) of images for a network's input: the input's own if it is square."""
    is_square = len(input_shape) == 3 and input_shape[1] == input_shape[2] and isinstance(input_shape[1], int)
    if is_square and MIN_SIZE_PX <= input_shape[1] <= MAX_SIZE_PX:
        return input_shape[1], input_shape[0] != 1
    return DEFAULT_SIZE_PX, True


def short(name: str) -> str:
    """Shorten what a person typed, to fit into a sentence."""
    return name if len(name) <= _NAMES_SHOWN else name[:_NAMES_SHOWN - 1] + "…"
