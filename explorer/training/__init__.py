"""Training: a recipe becomes a run. Everything is imported on first use: the store and the readers need no torch."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.training.loop.loop import Trainer
    from explorer.training.loop.parts import Parts, input_shape, load_parts
    from explorer.training.records.curve_reader import CurveReader
    from explorer.training.records.progress import Progress
    from explorer.training.runs.store import Run, RunDeleted, RunStore, Status, UnknownRun
    from explorer.training.work.launch import Launcher
    from explorer.training.work.recipe_check import problems
    from explorer.training.work.session import Session, train

__all__ = ["CurveReader", "Launcher", "Parts", "Progress", "Run", "RunDeleted", "RunStore", "Session", "Status",
           "Trainer", "UnknownRun", "input_shape", "load_parts", "problems", "train"]

_PLACES = {
    "CurveReader": "records.curve_reader", "Launcher": "work.launch", "Parts": "loop.parts",
    "Progress": "records.progress", "Run": "runs.store", "RunDeleted": "runs.store", "RunStore": "runs.store",
    "Session": "work.session", "Status": "runs.store", "Trainer": "loop.loop", "UnknownRun": "runs.store",
    "input_shape": "loop.parts", "load_parts": "loop.parts", "problems": "work.recipe_check", "train": "work.session"}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(f"explorer.training.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
