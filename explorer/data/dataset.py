"""What a data set is, where its files lie, and what is said when they do not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.spec import ParamSpec
from explorer.text import Text, text

if TYPE_CHECKING:
    from torch import Tensor

Shape = tuple[int, ...]
Progress = Callable[[int, int], None]

VARIABLE = "EXPLORER_DATA"


@dataclass(frozen=True)
class DataKind:
    """What samples consist of. input_dtype: of an input node that takes them; title: what a target is, in words.

    has_labels: each sample belongs to one class, so that classes can be balanced and labels replaced.
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
    """One split, held whole in memory and shared between callers: never change its tensors in place.

    inputs: images uint8 (sample, channel, height, width) as they came, texts int64 (sample, token), else float32
    (sample, feature).
    targets: LABELS int64 (sample,) class indices, TEXT int64 (sample, token), NUMBERS float32 (sample, 1).
    class_names: of the classes; for texts the characters.

    >>> import torch
    >>> samples = Samples(torch.zeros(4, 2), torch.tensor([0, 1, 0, 1]), ("no", "yes"))
    >>> len(samples.take(slice(0, 2))), samples.target_name(1)
    (2, 'yes')
    """

    inputs: Tensor
    targets: Tensor
    class_names: tuple[str, ...] = ()
    kind: DataKind = LABELS

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, indices: Any) -> Samples:
        """The samples at these indices (an index tensor or a slice)."""
        return replace(self, inputs=self.inputs[indices], targets=self.targets[indices])

    def target_name(self, index: int) -> str:
        """The target of a sample in words: its class, its number, or the character that follows a text."""
        target = self.targets[index].flatten()[-1]
        return self.class_names[int(target)] if self.class_names else f"{float(target):.4g}"


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set as plain data; only `load` and `download` touch torch or the disk.

    shape: one sample's. files: what must lie in the data folder; empty for a set that ships.
    box_share: set where the images fill their frame; enlarged, they get this share of the side and
    a margin around, as MNIST's digits have (20 of 28).
    describe: where the settings decide what the data are (a person's own), the record for these settings; it may raise
    DataMissing. done: what was done to the file that they came from. target: the name of the number to predict.
    """

    name: str
    title: str
    summary: str | Text
    kind: DataKind
    shape: Shape
    licence: str
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
        """The number of classes, of a text its characters; 0 where targets are numbers."""
        return len(self.class_names)

    @property
    def ships(self) -> bool:
        """False where its files must be downloaded first."""
        return not self.files


class DataMissing(Exception):
    """The data are not there, damaged, or could not be fetched; `sentence` says which, and what to do."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def folder() -> Path:
    """Locate the data folder: $EXPLORER_DATA, else a cache folder of the user's. It need not exist yet.

    >>> folder().is_absolute()
    True
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    return _expand(chosen) if chosen else _cache_folder() / "layerscope"


def _cache_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or _expand("~/AppData/Local"))
    if sys.platform == "darwin":
        return _expand("~/Library/Caches")
    return Path(os.environ.get("XDG_CACHE_HOME") or _expand("~/.cache"))


def _expand(path: str) -> Path:
    return Path(os.path.expanduser(path)).absolute()


def find_file(path: str) -> Path | None:
    """A file of the data folder, as it is or compressed beside (`.gz`); None where neither can be seen."""
    for candidate in (folder() / path, folder() / f"{path}.gz"):
        if os.path.isfile(candidate):
            return candidate
    return None


def read_data(title: str, path: str) -> tuple[Path, bytes]:
    """A file of the data folder as it lies there. Raises DataMissing where it is not there or cannot be read."""
    found = find_file(path)
    if found is None:
        raise DataMissing(_missing_sentence(title, path))
    try:
        return found, found.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataMissing(text("{title} cannot be read: {file} ({reason}). Allow reading it, or choose Handwritten "
                               "digits, which ship.", title=title, file=str(found), reason=reason)) from error


def _missing_sentence(title: str, path: str) -> Text:
    place = folder()
    if place.exists() and not place.is_dir():
        return text("{title} is not there: the data folder {folder} is a file. Set {variable} to a folder, "
                    "or choose Handwritten digits, which ship.", title=title, folder=str(place), variable=VARIABLE)
    return text("{title} is not there: {file} is missing or out of reach. Download it, set {variable} to the folder "
                "that holds it, or choose Handwritten digits, which ship.",
                title=title, file=str(place / path), variable=VARIABLE)


def damaged(title: str, file: Path, reason: Text) -> DataMissing:
    """The exception for a file that is there but is not what was published."""
    return DataMissing(text("{title} cannot be read: {file} is damaged ({reason}). Delete it and download it again, "
                            "or choose Handwritten digits, which ship.", title=title, file=str(file), reason=reason))
