"""Operations on network documents: check, find shapes, edit, build.

Checking and editing need no torch, as long as every shape is known; whatever does is imported on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from explorer.network.check import Analysis, analyze, problems, shapes
from explorer.network.edit import apply
from explorer.network.known_shapes import analyze_known
from explorer.network.node_measurements import measurements

if TYPE_CHECKING:
    from explorer.network.building import BuiltNetwork, Invalid, build, derive_seed, leaves, seeded

__all__ = [
    "Analysis", "BuiltNetwork", "Invalid", "analyze", "analyze_known", "apply", "build", "derive_seed", "leaves",
    "measurements", "problems", "seeded", "shapes",
]

_LATER = ("BuiltNetwork", "Invalid", "build", "derive_seed", "leaves", "seeded")


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module("explorer.network.building"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
