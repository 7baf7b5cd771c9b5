"""Data sets and their samples, the folder of their files, and the errors when files are missing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.files.folders import chosen_folder, user_cache_folder
from explorer.spec import ParamSpec
from explorer.text import Text, text

if TYPE_CHECKING:
    from torch import Tensor

Shape = tuple[int, ...]
Progress = Callable[[int, int], None]

VARIABLE = "EXPLORER_DATA"


@dataclass(frozen=True)
class DataKind:
    """Kind of samples. title: a target, in words; input_dtype: of an input node that takes the inputs.

    has_labels: each sample belongs to one class, so that classes can be balanced and labels replaced.

    >>> from explorer.data import get
    >>> get("digits").kind is LABELS, get("sine").kind.title
    (True, 'a number')
    """

    name: str
    title: str
    input_dtype: str = "float32"
    has_labels: bool = False


LABELS = DataKind("labels", "one of several classes", has_labels=True)
NUMBERS = DataKind("numbers", "a number")
TEXT = DataKind("text", "the next character", input_dtype="int64")


@dataclass(frozen=True, eq=False)
class Samples:
    """One split, held in memory and shared between callers: never change its tensors in place.

    inputs: images uint8 (sample, channel, height, width), texts int64 (sample, token), else float32 (sample, feature).
    targets: LABELS int64 (sample,) class indices, TEXT int64 (sample, token), NUMBERS float32 (sample, 1).
    class_names: of the classes; for texts the characters.

    >>> from explorer.data import load
    >>> tuple(load("digits")[0].inputs.shape)
    (1438, 1, 8, 8)
    """

    inputs: Tensor
    targets: Tensor
    class_names: tuple[str, ...] = ()
    kind: DataKind = LABELS

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, indices: Any) -> Samples:
        """Select the samples at these indices (an index tensor or a slice)."""
        return replace(self, inputs=self.inputs[indices], targets=self.targets[indices])

    def target_name(self, index: int) -> str:
        """Describe the target of a sample: its class, its number, or the character that follows a text."""
        target = self.targets[index].flatten()[-1]
        return self.class_names[int(target)] if self.class_names else f"{float(target):.4g}"


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set as plain data; only `load` and `download` use torch or the disk.

    shape: of one sample. files: those that must be in the data folder; empty for an included set.
    box_share: set if the images fill their frame; when enlarged, they take this share of the side, with a margin as
    MNIST's digits have (20 of 28).
    describe: for data that depend on the params (a person's own), returns the data set for given ones; may raise
    DataMissing. done: how the original file was processed. target: the name of the number to predict.

    >>> from explorer.data import get
    >>> get("digits").classes, get("digits").ships
    (10, True)
    """

    name: str
    title: str
    summary: str | Text
    kind: DataKind
    shape: Shape
    license: str
    source: str
    load: Callable[..., Samples]
    class_names: tuple[str, ...] = ()
    params: tuple[ParamSpec, ...] = ()
    feature_names: tuple[str, ...] = ()
    box_share: float | None = None
    files: tuple[str, ...] = ()
    download: Callable[[Progress], None] | None = None
    download_bytes: int = 0
    describe: Callable[..., Dataset] | None = None
    done: tuple[Text, ...] = ()
    target: str = ""

    @property
    def classes(self) -> int:
        """The number of classes, or of a text's distinct characters; 0 if targets are numbers."""
        return len(self.class_names)

    @property
    def ships(self) -> bool:
        """False if its files must be downloaded first."""
        return not self.files


class DataMissing(Exception):
    """Data that are missing, damaged, or could not be downloaded; `sentence` explains which, and what to do.

    >>> DataMissing(text("MNIST is missing.")).sentence.template
    'MNIST is missing.'
    """

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def folder() -> Path:
    """Return the folder of data files: $EXPLORER_DATA, else a cache folder of the user. It may not exist yet.

    >>> folder().is_absolute()
    True
    """
    return chosen_folder(VARIABLE) or user_cache_folder()


def find_file(path: str) -> Path | None:
    """Find a file in the data folder, as it is or compressed (`.gz`); None if neither exists."""
    for candidate in (folder() / path, folder() / f"{path}.gz"):
        if os.path.isfile(candidate):
            return candidate
    return None


def read_data(title: str, path: str) -> tuple[Path, bytes]:
    """Read a file in the data folder: (its path, its bytes). Raises DataMissing if it is missing or unreadable."""
    found = find_file(path)
    if found is None:
        raise DataMissing(_missing_sentence(title, path))
    try:
        return found, found.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataMissing(text("{title} cannot be read: {file} ({reason}). Make it readable, or choose Handwritten "
                               "digits, which are included.", title=title, file=str(found), reason=reason)) from error


def _missing_sentence(title: str, path: str) -> Text:
    place = folder()
    if place.exists() and not place.is_dir():
        return text("{title} is missing: the data folder {folder} is a file. Set {variable} to a folder, "
                    "or choose Handwritten digits, which are included.",
                    title=title, folder=str(place), variable=VARIABLE)
    return text("{title} is missing: {file} does not exist or is not accessible. Download it, set {variable} to the "
                "folder that contains it, or choose Handwritten digits, which are included.",
                title=title, file=str(place / path), variable=VARIABLE)


def damaged(title: str, file: Path, reason: Text) -> DataMissing:
    """Make the exception for a file that exists but is not the published one."""
    return DataMissing(text("{title} cannot be read: {file} is damaged ({reason}). Delete it and download it "
                            "again, or choose Handwritten digits, which are included.",
                            title=title, file=str(file), reason=reason))
