"""Runs made faulty on purpose."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for faulty_runs

from faulty_runs import start_with

from explorer.doctor import diagnose
from explorer.training import RunStore, Session


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("doctor"))


@pytest.fixture(scope="session")
def examine(runs):
    """`examine(recipe, change)` -> (run, findings); `change(name, tensor)` changes the initial weights first."""
    def train(recipe, change=None):
        run = runs.create(recipe)
        if change:
            start_with(run, change)
        Session(run).execute()
        return run, diagnose(run)
    return train
