"""Machine on which the measurements ran."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import torch


def count_cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe(device: str) -> dict[str, object]:
    """Describe the machine and the day, for the head of a table. load: programs waiting for a core before it began."""
    return {"date": datetime.date.today().isoformat(), "torch": torch.__version__.partition("+")[0],
            "python": platform.python_version(), "device": device, "threads": count_cores(),
            "load": round(psutil.getloadavg()[0], 1), "machine": _machine(device)}


def _machine(device: str) -> dict[str, object]:
    return {"cpu": _cpu_name(), "cores": count_cores(), "memory_gb": round(psutil.virtual_memory().total / 1e9),
            "system": platform.system(), "gpu": torch.cuda.get_device_name(0) if device == "cuda" else None}


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with this many CPU threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
