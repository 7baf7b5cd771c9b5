"""Waiting times of a person: for shapes after an edit, for the first point of a curve, for the list of runs."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil

from explorer import network, zoo
from explorer.bench.timing import median_ms
from explorer.document import Network, Node
from explorer.training import Launcher, Run, RunStore, Status
from explorer.training.records.metrics import last_step
from explorer.training.runs.status import FINISHED

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 60.0
_QUIET_S = 1.0
_UNKNOWN = """
import time
from explorer import network, zoo
net, started = zoo.get("resnet20", width=0.9), time.perf_counter()
network.analyze(net)
print(1000 * (time.perf_counter() - started))
"""
_KNOWN = """
import json, time
from explorer import network, zoo
took = {}
for entry in zoo.ZOO:
    net, started = entry.network, time.perf_counter()
    network.analyze(net)
    took[entry.name] = 1000 * (time.perf_counter() - started)
print(json.dumps(took))
"""


def shape_pass_cold_ms() -> float:
    """Time the first shape pass of an unknown network in a new process, after the imports."""
    return float(_run(_UNKNOWN))


def zoo_shape_passes_ms() -> dict[str, float]:
    """Time the first shape pass of each network of the zoo, in a new process: {name: milliseconds}."""
    return json.loads(_run(_KNOWN))


def _run(script: str) -> str:
    """Run a script in a process of its own and return the last line it prints."""
    done = subprocess.run([sys.executable, "-c", script], cwd=_ROOT, capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(_ROOT)})
    return done.stdout.splitlines()[-1]


def zoo_edits_ms(repeats: int) -> dict[str, float]:
    """Time the shape pass after the first convolution or linear layer got wider: {name: median}, where it has one."""
    took, wider = {}, itertools.count(1)
    for entry in zoo.ZOO:
        if _start(entry.network):
            took[entry.name] = median_ms(
                lambda net=entry.network: network.analyze(_with_wider_start(net, next(wider))), repeats)
    return took


def _start(net: Network) -> Node | None:
    return next((node for node in net.nodes if node.block in ("conv2d", "linear")), None)


def _with_wider_start(net: Network, by: int) -> Network:
    node = _start(net)
    (name,) = node.params.keys() & {"out_channels", "out_features"}
    return network.edit.set_param(net, node.id, name, node.params[name] + by)


def shape_pass_after_edit_ms(repeats: int) -> float:
    """Time the shape pass after an edit that nothing has seen before: the width of the whole first stage."""
    net, channels = zoo.get("resnet20"), itertools.count(17)
    network.analyze(net)
    return median_ms(lambda: network.analyze(_edited(net, next(channels))), repeats)


def _edited(net: Network, channels: int) -> Network:
    def widen(node):
        first_stage = node.params.get("out_channels") == 16
        return replace(node, params={**node.params, "out_channels": channels}) if first_stage else node

    return net.with_(nodes=tuple(widen(node) for node in net.nodes))


def list_runs_ms(count: int, repeats: int) -> float:
    """Time listing so many finished runs of one owner and reading status and recipe of the last eight."""
    recipe = zoo.recipe("lenet_relu")
    with tempfile.TemporaryDirectory() as folder:
        runs = RunStore(folder)
        for _ in range(count):
            run = runs.create(recipe, "owner")
            run.release_reserve()
            run.write_status(Status(FINISHED, created_s=time.time()))
        return median_ms(lambda: [(run.status(), run.recipe) for run in runs.list("owner")[:8]], repeats)


def first_point_s(starts: int) -> float:
    """Time from the start of a run, with a spare worker waiting, to the first row of its metrics: the median."""
    recipe = zoo.recipe("lenet_relu").with_(epochs=1, device="cpu")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        runs = RunStore(folder)
        return statistics.median(_start_once(runs.create(recipe)) for _ in range(starts))


def _start_once(run: Run) -> float:
    launcher = Launcher()
    launcher.prepare()
    _wait_until_children_rest()
    started = time.perf_counter()
    launcher.start(run)
    _wait(lambda: run.metrics_path.exists() and _rows(run) > 0)
    seconds = time.perf_counter() - started
    _wait(lambda: not run.status().is_live)
    launcher.close()
    return seconds


def _rows(run: Run) -> int:
    try:
        return last_step(run.metrics_path)
    except sqlite3.Error:  # not made yet
        return 0


def _wait_until_children_rest() -> None:
    """Wait until the spare worker is ready: it then uses no time, unlike one that still imports."""
    children, quiet_since, used = psutil.Process().children(), time.monotonic(), -1.0
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() - quiet_since < _QUIET_S and time.monotonic() < deadline:
        now = sum(sum(child.cpu_times()[:2]) for child in children if child.is_running())
        if now != used:  # less, too: one that trained has just ended
            used, quiet_since = now, time.monotonic()
        time.sleep(0.05)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("The worker did not answer within a minute.")
        time.sleep(0.005)
