"""Training: a recipe becomes a run."""

from explorer.training.check import problems
from explorer.training.launch import Launcher
from explorer.training.loop import Trainer
from explorer.training.parts import Parts, input_shape, load_parts
from explorer.training.session import Progress, Session, train
from explorer.training.store import Gone, Run, RunStore, Status, UnknownRun

__all__ = ["Gone", "Launcher", "Parts", "Progress", "Run", "RunStore", "Session", "Status", "Trainer", "UnknownRun",
           "input_shape", "load_parts", "problems", "train"]
