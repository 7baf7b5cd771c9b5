"""The moment of a step is what was recorded nearest to it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import zoo
from explorer.kinds import Chosen
from explorer.training import RunStore, Session
from explorer.training.records.metrics import read_epochs, read_steps
from explorer.training.records.step_moments import read_moments


def test_epoch_and_losses_are_those_of_the_recorded_rows(tmp_path):
    recipe = zoo.recipe("lenet_relu").with_(data=Chosen("digits"), epochs=2, train_samples=320, threads=1, device="cpu")
    run = RunStore(tmp_path / "runs").create(recipe)
    Session(run).execute()
    rows, ends = read_steps(run.metrics_path), read_epochs(run.metrics_path)
    last = int(rows.step[-1])
    found = read_moments(run.metrics_path, [0, 1, last])
    assert found.epoch.tolist() == pytest.approx([0, rows.epoch[0], rows.epoch[-1]])
    assert found.loss.tolist() == pytest.approx([rows.loss[0], rows.loss[0], rows.loss[-1]])
    assert found.validation_loss[-1] == pytest.approx(ends[-1].value("validation", "loss"))
    assert found.validation_accuracy[-1] == pytest.approx(ends[-1].value("validation", "accuracy"))
    assert np.isnan(found.validation_loss[1])


def test_a_run_that_recorded_nothing_has_no_moments(tmp_path):
    found = read_moments(tmp_path / "metrics.db", [0, 5])
    assert found.step.tolist() == [0, 5] and np.isnan(found.loss).all() and np.isnan(found.epoch).all()
