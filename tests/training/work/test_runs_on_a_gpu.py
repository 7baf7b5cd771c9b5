"""Runs on a GPU: recorded, resumed and looked at as those on a CPU are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from comparing import assert_same_run, stop_at
from small_runs import digits_recipe, plane_recipe, regression_recipe, text_recipe
from torch import nn

import explorer
from explorer.doctor import diagnose
from explorer.recipe import AUGMENTATIONS, choose
from explorer.results import Unavailable
from explorer.training import Run, Session, Trainer, load_parts
from explorer.training.analysis.live_view import read_live_view
from explorer.training.analysis.report import report_of
from explorer.training.analysis.slow_motion import SlowMotion
from explorer.training.loop.graph import capture_on
from explorer.training.loop.torch_settings import torch_kept
from explorer.training.records.checkpoints import frame_steps, state_steps
from explorer.training.records.metrics import read_facts, read_steps
from tests.fake_gpu import no_waiting_for_a_real_gpu

GPU = "cuda"
pytestmark = pytest.mark.cuda

FULL = digits_recipe(device=GPU, instruments="full", averaging=0.9, clip_norm=1.0)
RECIPES = {"plane": plane_recipe(device=GPU), "images": digits_recipe(device=GPU), "all at once": FULL,
           "numbers": regression_recipe(device=GPU), "text": text_recipe(device=GPU),
           "fp16": digits_recipe(device=GPU, precision="fp16"),
           "adagrad": plane_recipe(device=GPU).with_optimizer("adagrad")}


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_ends_with_its_numbers_its_view_and_the_device_it_ran_on(trained, name):
    run, status = trained(RECIPES[name])
    assert status.state == "finished", status.reason
    facts, steps = read_facts(run.metrics_path), read_steps(run.metrics_path)
    assert facts["device"] == GPU and len(steps) == facts["total_steps"]
    assert np.isfinite(steps.loss).all()
    assert name == "fp16" or np.isfinite(steps.gradient_norm).all()  # its scale is too large for the first steps
    assert not isinstance(read_live_view(run.folder), Unavailable | None)


@pytest.mark.parametrize("recipe", [FULL, text_recipe(device=GPU)], ids=["images", "text"])
def test_a_run_twice_and_one_that_was_stopped_and_resumed_are_the_same_bit_for_bit(trained, store, recipe):
    whole, again = trained(recipe)[0], trained(recipe)[0]
    assert_same_run(whole, again)
    resumed = store.create(recipe)
    stop_at(resumed, 7, kill=False)
    assert Session(resumed).execute().state == "finished"
    assert_same_run(whole, resumed)


def test_what_a_gpu_has_trained_is_read_on_a_cpu(trained):
    run, _ = trained(FULL)
    assert report_of(run, frame_steps(run.frames_folder)[-1]).confusion.sum() > 0
    assert diagnose(run) is not None
    assert np.isfinite(SlowMotion(run.recipe, run, state_steps(run.frames_folder)[0]).take_step().loss)


def test_no_augmentation_makes_a_gpu_wait():
    recipe = digits_recipe(device=GPU, augmentation=tuple(choose(AUGMENTATIONS, name, {})
                                                          for name in AUGMENTATIONS.names()))
    trainer = Trainer(recipe, load_parts(recipe), GPU, capture=capture_on(GPU))
    for _ in range(5):
        trainer.train_step()
    with no_waiting_for_a_real_gpu():
        trainer.train_step()


def test_a_gpus_generator_goes_on_where_it_was():
    torch.rand(1, device=GPU)
    before = torch.cuda.get_rng_state()
    with torch_kept():
        torch.manual_seed(7)
        torch.rand(1, device=GPU)
    assert torch.equal(torch.cuda.get_rng_state(), before)


def test_a_loop_of_ones_own_on_a_gpu_is_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    model = nn.Sequential(nn.Embedding(50, 4, sparse=True), nn.Flatten(), nn.Linear(8, 1)).to(GPU)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with explorer.record(model, quiet=True) as recording:
        for _ in range(3):
            optimizer.zero_grad()
            model(torch.tensor([[1, 2]], device=GPU)).sum().backward()
            optimizer.step()
            recording.log()
    run: Run = recording.run
    assert (read_steps(run.metrics_path).gradient_norm > 0).all()
