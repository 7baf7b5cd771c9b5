"""Training: a recipe becomes a run.

Only what is free of torch is named here, so that a page can list runs without it; what trains is
imported from its own room (`training.session`, `training.check`, `training.loop`, ...).
"""

from explorer.training.launch import Launcher
from explorer.training.store import Gone, Run, RunStore, Status, UnknownRun

__all__ = ["Gone", "Launcher", "Run", "RunStore", "Status", "UnknownRun"]
