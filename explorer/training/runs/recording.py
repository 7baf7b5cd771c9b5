"""Recordings: the document of a run whose training loop is somebody's own, in place of a recipe."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.document import DocumentError
from explorer.document.reading import parse_json, read_file, read_head
from explorer.files.atomic import write_atomic
from explorer.files.json_files import checked_name
from explorer.text import text

FILE_NAME = "recording.json"
FORMAT, VERSION = "layerscope/recording", 1


def is_recording(folder: Path) -> bool:
    """Return whether a run's folder holds a recording and no recipe."""
    return (folder / FILE_NAME).is_file()


@dataclass(frozen=True)
class Recording:
    """The name of a loop and its length where it is known; `layers` are the addresses that have parameters.

    steps_per_epoch: how many steps are an epoch; the numbers of a loop without it are drawn over steps.

    >>> Recording("my loop", epochs=3).epochs
    3
    """

    name: str
    epochs: int | None = None
    steps_per_epoch: int | None = None
    layers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", checked_name(self.name))
        for field in ("epochs", "steps_per_epoch"):
            value = getattr(self, field)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
                raise DocumentError(text("{field} must be a whole number from 1 up, not {value}.", field=field,
                                         value=repr(value)[:40]))

    @property
    def total_steps(self) -> int:
        """The steps of the whole loop; 0 where that is not known."""
        return (self.epochs or 0) * (self.steps_per_epoch or 0)

    @classmethod
    def from_dict(cls, document: Any) -> Recording:
        """Read the recording that a document describes. Raises only DocumentError."""
        head = read_head(document, "recording", FORMAT, VERSION)
        name, layers = head.get("name"), head.get("layers", [])
        if not isinstance(name, str) or not isinstance(layers, list):
            raise DocumentError(text("The recording is damaged."))
        return cls(name, head.get("epochs"), head.get("steps_per_epoch"), tuple(map(str, layers)))

    @classmethod
    def load(cls, path: str | Path) -> Recording:
        """Read a recording from its file. Raises only DocumentError."""
        return cls.from_dict(parse_json(read_file(path)))

    def to_dict(self) -> dict[str, Any]:
        return {"format": FORMAT, "version": VERSION, **self.__dict__, "layers": list(self.layers)}

    def save(self, path: Path) -> None:
        """Write its file. Raises OSError."""
        write_atomic(path, json.dumps(self.to_dict(), indent=1))
