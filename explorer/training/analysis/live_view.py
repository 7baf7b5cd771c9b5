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
from explorer.results.packing import unpack
from explorer.training.analysis import live_view_1

FILE_NAME = "live.safetensors"
MOST_UNITS = 16  # of a layer are mapped

_NONE = (OSError, SafetensorError, ValueError, LookupError, TypeError, AttributeError)


def read_live_view(folder: Path) -> Any:
    """Read the latest view, a result of the task's; None before the first, and where the file is damaged."""
    return (_read(folder) or (None,))[0]


def read_unit_maps(folder: Path) -> tuple[ImageGrid, ...]:
    """Read what each hidden unit answers over the plane, layer by layer; empty where the data are no plane.

    Row 0 of a map is at the plane's upper end. Values are float16 in the file and float32 here.
    """
    return tuple(result for result in _read(folder)[1:] if isinstance(result, ImageGrid))


def read_network_picture(folder: Path) -> tuple[tuple[ImageGrid, ...], tuple[LayerWeights, ...]]:
    """Read the maps of the network's drawing, column by column or block by block, and the weights between columns."""
    results = _read(folder)[1:]
    return (tuple(result for result in results if isinstance(result, ImageGrid)),
            tuple(result for result in results if isinstance(result, LayerWeights)))


def _read(folder: Path) -> tuple[Any, ...]:
    """Read the file's results, the view first; empty where there is none."""
    try:
        content = read_atomic(folder / FILE_NAME)
        arrays, meta = load(content), json.loads(_head(content)["__metadata__"]["meta"])
        arrays = {name: a.astype(np.float32) if a.dtype == np.float16 else a for name, a in arrays.items()}
        return unpack(arrays, meta["results"]) if "results" in meta else live_view_1.unpack(arrays, meta)
    except _NONE:
        return ()


def _head(content: bytes) -> dict[str, Any]:
    """Parse the JSON that a safetensors file begins with: its length in 8 bytes, then itself."""
    return json.loads(content[8:8 + int.from_bytes(content[:8], "little")])
