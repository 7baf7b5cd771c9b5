"""The live view of a run as a page reads it: no torch, no weights, one small file that the worker writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from explorer.files.atomic import read_atomic
from explorer.results import ImageGrid, LayerWeights
from explorer.results.packing import pack, unpack
from explorer.training.analysis import live_view_1

FILE_NAME = "live.safetensors"
MOST_UNITS = 16  # of a layer are mapped

_NONE = (OSError, SafetensorError, ValueError, LookupError, TypeError, AttributeError)


def read_live_view(folder: Path) -> Any:
    """Read the latest view, a result of the task's; None before the first, and where the file is damaged."""
    return (_read(folder) or (None,))[0]


def read_network_picture(folder: Path) -> tuple[tuple[ImageGrid, ...], tuple[LayerWeights, ...]]:
    """Read the maps of the network's nodes: of each column of units over the plane, else of each node for a sample.

    Beside them, the weights between columns. Both are empty where there are none. Row 0 of a map over the plane is at
    its upper end. Values are float16 in the file and float32 here.
    """
    results = _read(folder)[1:]
    return (tuple(each for each in results if isinstance(each, ImageGrid)),
            tuple(each for each in results if isinstance(each, LayerWeights)))


def read_packed_view(folder: Path) -> tuple[dict[str, np.ndarray], Any, int] | None:
    """Read the file as it is packed: arrays, the document of the results, the view first, and the step it is of.

    None where there is none. A file of the first form is converted.
    """
    try:
        content = read_atomic(folder / FILE_NAME)
        arrays, meta = load(content), json.loads(_head(content)["__metadata__"]["meta"])
        document = meta.get("results")
        if document is None:
            arrays, document = pack(live_view_1.unpack(arrays, meta))
        return arrays, document, int(meta.get("step", 0))
    except _NONE:
        return None


def _read(folder: Path) -> tuple[Any, ...]:
    """Read the file's results, the view first; empty where there is none."""
    packed = read_packed_view(folder)
    if packed is None:
        return ()
    try:
        arrays = {name: a.astype(np.float32) if a.dtype == np.float16 else a for name, a in packed[0].items()}
        return unpack(arrays, packed[1])
    except _NONE:
        return ()


def _head(content: bytes) -> dict[str, Any]:
    """Parse the JSON that a safetensors file begins with: its length in 8 bytes, then itself."""
    return json.loads(content[8:8 + int.from_bytes(content[:8], "little")])
