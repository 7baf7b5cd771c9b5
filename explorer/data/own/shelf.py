"""Where people's own data sets lie: `own/<id>/` in the data folder, found by any process under the id in a recipe.

The id is made from the content: the same file with the same choices is the same data set on every machine, so that a
recipe somebody sends needs nothing but the file. `<owner>.owner` in the folder says whose it is; it may be several's.
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
    """One of the data sets on the shelf; `dataset` is None where it is damaged. `is_own`: not just everybody's."""

    id: str
    dataset: Dataset | None
    is_own: bool


def keep(prepared: Prepared, owner: str = "") -> str:
    """Keep a data set for an owner (a browser's key; empty for everybody). Returns its id.

    Nothing of it is seen before all of it is written. Raises Refused where the owner has too many, or OSError.
    """
    marker = _marker(owner)
    shelf = folder() / _PLACE
    if sum(one.is_own for one in kept(owner)) >= MAX_SETS_AN_OWNER:
        raise Refused(text("You have {limit} data sets of your own here, and no more fit. Delete one that you need "
                           "no more.", limit=MAX_SETS_AN_OWNER))
    shelf.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=shelf) as scratch:
        names = _write(Path(scratch), prepared)
        (Path(scratch) / marker).touch()
        found = _digest(Path(scratch), names)
        (shelf / found).mkdir(exist_ok=True)
        for name in (*names, marker):  # the record after the tensors: without it nobody sees them
            os.replace(Path(scratch) / name, shelf / found / name)
    return found


def kept(owner: str = "") -> list[Kept]:
    """The data sets of this owner and those of everybody, by title; damaged ones at the end."""
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
    """Take a data set off an owner's shelf; it is gone once it is nobody's. Raises OSError and DataMissing."""
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
        raise DataMissing(text("This is no browser's key."))
    return f"{owner or 'shared'}.owner"


def _place_of(id: str) -> Path:
    if not _ID.fullmatch(id):
        raise DataMissing(text("This recipe learns from data of somebody's own, but does not say from which. "
                               "Choose a data set."))
    return folder() / _PLACE / id


def _write(place: Path, prepared: Prepared) -> tuple[str, ...]:
    """All files of a data set. Returns their names, the record's last."""
    import numpy as np
    from safetensors.numpy import save_file

    for part, arrays in prepared.parts.items():
        contiguous = map(np.ascontiguousarray, arrays)  # safetensors writes memory as it lies, whatever the strides say
        save_file(dict(zip(("inputs", "targets"), contiguous)), place / _tensors(part))
    (place / _RECORD).write_text(json.dumps(prepared.record.to_dict(), sort_keys=True), encoding="utf-8")
    return (*map(_tensors, prepared.parts), _RECORD)


def _tensors(part: str) -> str:
    return f"{part}.safetensors"


def _digest(place: Path, names: tuple[str, ...]) -> str:
    """32 hexadecimal digits made from what is in the files."""
    digest = hashlib.sha256()
    for name in names:
        with (place / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]


def _describe(id: str) -> Dataset:
    """The record of a person's own data set. Raises DataMissing."""
    file = _place_of(id) / _RECORD
    try:
        changed_ns = file.stat().st_mtime_ns
    except OSError:
        raise DataMissing(text("The data this recipe learns from are not on this machine. They are somebody's own: "
                               "load the same file with the same choices, or choose other data.")) from None
    return _read_record(id, file, changed_ns)


@lru_cache(maxsize=512)
def _read_record(id: str, file: Path, changed_ns: int) -> Dataset:
    """The data set a record's file describes; `changed_ns` makes a changed file another question."""
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
    return DataMissing(text("The data this recipe learns from cannot be read: {file} is missing or damaged. Load the "
                            "same file with the same choices once more, or choose other data.", file=file.name))


_SUMMARY: str | Text = "Images, a table or a text of your own."
OWN = Dataset(NAME, "Your own data", _SUMMARY, LABELS, (), "", "", load=_load, describe=_describe,
              params=(Name("id", "Data set", help="Made from the data themselves; the app fills it in."),))
