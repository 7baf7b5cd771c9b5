"""Training: a recipe becomes a run.

The store, the launcher and the readers of metrics need no torch; whatever does is imported on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from explorer.training.records.curve_reader import CurveReader
from explorer.training.runs.store import Run, RunDeleted, RunStore, Status, UnknownRun
from explorer.training.work.launch import Launcher

if TYPE_CHECKING:
    from explorer.training.loop.loop import Trainer
    from explorer.training.loop.parts import Parts, input_shape, load_parts
    from explorer.training.records.progress import Progress
    from explorer.training.work.recipe_check import problems
    from explorer.training.work.session import Session, train

__all__ = ["CurveReader", "Launcher", "Parts", "Progress", "Run", "RunDeleted", "RunStore", "Session", "Status",
           "Trainer", "UnknownRun", "input_shape", "load_parts", "problems", "train"]

_LATER = {"problems": "work.recipe_check", "Trainer": "loop.loop", "Parts": "loop.parts", "input_shape": "loop.parts",
          "load_parts": "loop.parts", "Progress": "records.progress", "Session": "work.session",
          "train": "work.session"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(f"explorer.training.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
