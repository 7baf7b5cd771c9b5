"""Starts of new processes: a run of one step against a script by hand, the first line, a spare worker."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.bench.timing import Bout, Comparison

_ROOT = Path(__file__).resolve().parents[2]
SAMPLES = 1294  # of the digits, all of those that are trained on: one batch, so that an epoch is one step

# The step of the zoo's LeNet, as one writes it who knows torch and nothing else.
BY_HAND = f"""
import sys

import torch
from torch import nn

torch.manual_seed(0)
torch.use_deterministic_algorithms(True)
device = sys.argv[1]
model = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
inputs = torch.rand({SAMPLES}, 1, 28, 28, device=device)
targets = torch.randint(0, 10, ({SAMPLES},), device=device)
loss = nn.functional.cross_entropy(model(inputs), targets)
loss.backward()
optimizer.step()
print(loss.item())
"""


@dataclass(frozen=True)
class Took:
    """Seconds of a process from its start to its end: by the clock on the wall, and of processors."""

    wall_s: float
    cpu_s: float


def by_hand(device: str) -> Took:
    """Time the script that is written by hand."""
    return _time("-c", BY_HAND, device)


def one_step(device: str) -> Took:
    """Time `python -m explorer train` of one step on the digits."""
    with tempfile.TemporaryDirectory() as runs:
        return _time(*one_step_arguments(device), runs=runs)


def one_step_arguments(device: str) -> tuple[str, ...]:
    """Return the command line of a run of one step, after `python`."""
    return ("-m", "explorer", "train", "lenet_relu", "--data", "digits", "--epochs", "1", "--json",
            "--set", f"batch_size={SAMPLES}", "--set", f"device={device}")


def spare_worker() -> Took:
    """Time a spare worker until it is ready: with nothing to read it then ends."""
    return _time("-m", "explorer.training.work.worker", "--spare")


def first_line_s(device: str, repeats: int) -> float:
    """Time the command line from its start to the first line on stderr: the median."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as runs:
        return statistics.median(_first_line_once(device, runs) for _ in range(repeats))


def _first_line_once(device: str, runs: str) -> float:
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, *one_step_arguments(device)], cwd=_ROOT, env=_environment(runs),
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        process.stderr.readline()
        seconds = time.perf_counter() - started
        process.kill()
    return seconds


def in_turn(first: Callable[[], Took], second: Callable[[], Took], pairs: int) -> tuple[Comparison, list[list[Took]]]:
    """Time two kinds of processes in turn, the order changing with every pair; the ratio is first : second in time.

    The first pair is not counted: in it Python may write its bytecode, and the system read files for the first time.
    """
    first(), second()
    took: list[list[Took]] = [[], []]
    for pair in range(pairs):
        for index in (0, 1) if pair % 2 == 0 else (1, 0):
            took[index].append((first, second)[index]())
    ours, theirs = (tuple(Bout(1 / one.wall_s, 1 / max(one.cpu_s, 1e-9)) for one in kind) for kind in took)
    return Comparison(theirs, ours), took


def _time(*arguments: str, runs: str = "") -> Took:
    started, used = time.perf_counter(), _children_s()
    subprocess.run([sys.executable, *arguments], cwd=_ROOT, env=_environment(runs), stdin=subprocess.DEVNULL,
                   capture_output=True, check=True)
    return Took(time.perf_counter() - started, _children_s() - used)


def _children_s() -> float:
    """Sum the processor time of all child processes that have ended; 0 on Windows."""
    times = os.times()
    return times.children_user + times.children_system


def _environment(runs: str) -> dict[str, str]:
    return {**os.environ, "CUBLAS_WORKSPACE_CONFIG": ":4096:8", **({"EXPLORER_RUNS": runs} if runs else {})}
