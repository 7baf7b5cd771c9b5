"""Machine on which the measurements ran."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch

from explorer.training.loop.processor import count_cores, processor_name


def describe(device: str) -> dict[str, object]:
    """Describe the machine and the day, for the head of a table. load: programs waiting for a core before it began."""
    return {"date": datetime.date.today().isoformat(), "torch": torch.__version__.partition("+")[0],
            "python": platform.python_version(), "device": device, "threads": count_cores(),
            "load": round(psutil.getloadavg()[0], 1), "machine": _machine(device)}


def _machine(device: str) -> dict[str, object]:
    return {"cpu": processor_name(), "cores": count_cores(), "memory_gb": round(psutil.virtual_memory().total / 1e9),
            "system": platform.system(), "gpu": torch.cuda.get_device_name(0) if device == "cuda" else None}


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with this many CPU threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
