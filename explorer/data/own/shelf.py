"""Shelf of people's own data sets: `own/<id>/` in the data folder, found by any process by the id in a recipe.

The id is made from the content: the same file with the same choices is the same data set on every machine, so that
somebody else's recipe needs only the file. `<owner>.owner` in the folder marks an owner; there may be several.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.dataset import LABELS, TEXT, DataMissing, Dataset, Samples, folder
from explorer.data.own.record import Prepared, Record, Refused
from explorer.spec import Name
from explorer.text import Text, text

if TYPE_CHECKING:
    import numpy as np

MAX_SETS_AN_OWNER = 40
NAME = "own"
_PLACE = "own"
_RECORD = "record.json"
_ID = re.compile(r"[0-9a-f]{32}")
_OWNER = re.compile(r"[0-9a-f]{32}|")
_MAX_RECORD_BYTES = 4_000_000


@dataclass(frozen=True)
class Kept:
    """One of the data sets on the shelf; `dataset` is None if it is damaged. `is_own`: not just shared."""

    id: str
    dataset: Dataset | None
    is_own: bool


def keep(prepared: Prepared, owner: str = "") -> str:
    """Keep a data set for an owner (a browser's key; empty for everybody). Returns its id.

    It appears only when all of it is written. Raises Refused if the owner has too many, or OSError.
    """
    marker = _marker(owner)
    shelf = folder() / _PLACE
    if sum(one.is_own for one in kept(owner)) >= MAX_SETS_AN_OWNER:
        raise Refused(text("You have {limit} data sets of your own here, the most there can be. Delete one you no "
                           "longer need.", limit=MAX_SETS_AN_OWNER))
    shelf.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=shelf) as scratch:
        names = _write(Path(scratch), prepared)
        (Path(scratch) / marker).touch()
        found = _digest(Path(scratch), names)
        (shelf / found).mkdir(exist_ok=True)
        for name in (*names, marker):  # the record after the tensors: without it they are not found
            os.replace(Path(scratch) / name, shelf / found / name)
    return found


def kept(owner: str = "") -> list[Kept]:
    """List the data sets of this owner and the shared ones, by title; damaged ones at the end."""
    shelf, mine, shared = folder() / _PLACE, _marker(owner), _marker("")
    try:
        ids = [name for name in os.listdir(shelf) if _ID.fullmatch(name)]
    except OSError:
        return []
    own = {one for one in ids if os.path.exists(f"{shelf}/{one}/{mine}")}
    found = [_look_at(one, one in own) for one in ids if one in own or os.path.exists(f"{shelf}/{one}/{shared}")]
    return sorted(found, key=lambda one: (one.dataset is None, one.dataset.title.casefold() if one.dataset else "",
                                          one.id))


def delete(id: str, owner: str = "") -> None:
    """Remove an owner from a data set; without owners it is deleted. Raises OSError and DataMissing."""
    place = _place_of(id)
    (place / _marker(owner)).unlink(missing_ok=True)
    if place.exists() and not any(place.glob("*.owner")):
        shutil.rmtree(place)


def _look_at(id: str, is_own: bool) -> Kept:
    try:
        return Kept(id, _describe(id), is_own)
    except DataMissing:
        return Kept(id, None, is_own)


def _marker(owner: str) -> str:
    if not _OWNER.fullmatch(owner):
        raise DataMissing(text("This is not a browser's key."))
    return f"{owner or 'shared'}.owner"


def _place_of(id: str) -> Path:
    if not _ID.fullmatch(id):
        raise DataMissing(text("This recipe needs somebody's own data, but does not name the data set. Choose one."))
    return folder() / _PLACE / id


def _write(place: Path, prepared: Prepared) -> tuple[str, ...]:
    """Write all files of a data set; returns their names, the record's last."""
    import numpy as np
    from safetensors.numpy import save_file

    for part, arrays in prepared.parts.items():
        contiguous = map(np.ascontiguousarray, arrays)  # safetensors writes memory in its own order, ignoring strides
        save_file(dict(zip(("inputs", "targets"), contiguous)), place / _tensors(part))
    (place / _RECORD).write_text(json.dumps(prepared.record.to_dict(), sort_keys=True), encoding="utf-8")
    return (*map(_tensors, prepared.parts), _RECORD)


def _tensors(part: str) -> str:
    return f"{part}.safetensors"


def _digest(place: Path, names: tuple[str, ...]) -> str:
    """Compute the id, 32 hexadecimal digits, from the content of the files."""
    digest = hashlib.sha256()
    for name in names:
        with (place / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]


def _describe(id: str) -> Dataset:
    """Describe a person's own data set. Raises DataMissing."""
    file = _place_of(id) / _RECORD
    try:
        changed_ns = file.stat().st_mtime_ns
    except OSError:
        raise DataMissing(text("The data for this recipe are not on this machine. They are somebody's own: load the "
                               "same file with the same choices, or choose other data.")) from None
    return _read_record(id, file, changed_ns)


@lru_cache(maxsize=512)
def _read_record(id: str, file: Path, changed_ns: int) -> Dataset:
    """Read the data set that a record's file describes; `changed_ns` is part of the cache key."""
    try:
        if file.stat().st_size > _MAX_RECORD_BYTES:
            raise ValueError("too long")
        record = Record.from_dict(json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, IndexError) as error:
        raise _damaged(file) from error
    parts = tuple(f"{_PLACE}/{id}/{_tensors(part)}" for part in ("train", "test"))
    return Dataset(NAME, record.title, record.summary, record.kind, record.shape, "", record.source_name, load=_load,
                   class_names=record.class_names, params=OWN.params, feature_names=record.feature_names, files=parts,
                   done=record.done)


def _load(split: str, id: str) -> Samples:
    dataset, file = _describe(id), _place_of(id) / _tensors(split)
    inputs, targets = (_as_tensor(array) for array in _read_arrays(file))
    if dataset.kind is TEXT:
        inputs, targets = inputs.long(), targets.long()
    if tuple(inputs.shape[1:]) != dataset.shape or not 0 < len(inputs) == len(targets):
        raise _damaged(file)
    if dataset.classes and not 0 <= int(targets.min()) <= int(targets.max()) < dataset.classes:
        raise _damaged(file)
    return Samples(inputs, targets, dataset.class_names, dataset.kind)


def _read_arrays(file: Path) -> tuple[np.ndarray, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(file.read_bytes())
        return arrays["inputs"], arrays["targets"]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise _damaged(file) from error


def _as_tensor(array: np.ndarray):
    import torch

    return torch.from_numpy(array.copy())


def _damaged(file: Path) -> DataMissing:
    return DataMissing(text("The data for this recipe cannot be read: {file} is missing or damaged. Load the same "
                            "file with the same choices again, or choose other data.", file=file.name))


_SUMMARY: str | Text = "Images, a table or a text of your own."
OWN = Dataset(NAME, "Your own data", _SUMMARY, LABELS, (), "", "", load=_load, describe=_describe,
              params=(Name("id", "Data set", help="Derived from the data; the app fills it in."),))
