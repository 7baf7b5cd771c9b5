"""Training: a recipe becomes a run.

The store, the launcher and the readers of metrics need no torch; what does is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from explorer.training.curves import CurveReader
from explorer.training.launch import Launcher
from explorer.training.store import Gone, Run, RunStore, Status, UnknownRun

if TYPE_CHECKING:
    from explorer.training.check import problems
    from explorer.training.loop import Trainer
    from explorer.training.parts import Parts, input_shape, load_parts
    from explorer.training.progress import Progress
    from explorer.training.session import Session, train

__all__ = ["CurveReader", "Gone", "Launcher", "Parts", "Progress", "Run", "RunStore", "Session", "Status", "Trainer",
           "UnknownRun", "input_shape", "load_parts", "problems", "train"]

_LATER = {"problems": "check", "Trainer": "loop", "Parts": "parts", "input_shape": "parts", "load_parts": "parts",
          "Progress": "progress", "Session": "session", "train": "session"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(f"explorer.training.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
