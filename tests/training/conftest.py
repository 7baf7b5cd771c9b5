"""Runs for the tests of training."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for small_runs

from small_runs import children

from explorer.training import Launcher, RunStore, Session
from explorer.training.loop import loop
from explorer.training.loop.sampler import Sampler
from explorer.training.loop.torch_settings import torch_kept

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def torch_as_it_was():
    """A test may set up a session and not execute it."""
    with torch_kept():
        yield


@pytest.fixture
def store(tmp_path):
    yield RunStore(tmp_path / "runs")
    shutil.rmtree(tmp_path / "runs", ignore_errors=True)  # a worker that a failed test left behind ends with it


@pytest.fixture
def always(monkeypatch):
    """Time is no object: every step of the schedule is sampled."""
    monkeypatch.setattr(loop, "Sampler", partial(Sampler, grace_s=1e9))


@pytest.fixture
def trained(store):
    """Train a recipe here and now: (run, final status)."""
    def train(recipe, **more):
        run = store.create(recipe)
        return run, Session(run, **more).execute()
    return train


@pytest.fixture
def spawn():
    """Start a worker process for a run; whatever still runs at the end is killed."""
    started = []

    def start(run):
        worker = subprocess.Popen([sys.executable, "-m", "explorer.training.work.worker", str(run.folder)], cwd=ROOT,
                                  start_new_session=True, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        with suppress(ProcessLookupError):
            worker.kill()
        worker.wait()


@pytest.fixture
def launcher(monkeypatch):
    """A launcher whose workers are killed at the end."""
    monkeypatch.setattr("explorer.training.work.launch.NEXT_SPARE_AFTER_S", 3600)
    before = set(children())
    launcher = Launcher()
    yield launcher
    launcher.close()
    for pid in set(children()) - before:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
