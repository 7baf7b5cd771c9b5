"""The full instruments: each quantity against an independent computation, and a training they do not change."""

from __future__ import annotations

import sqlite3
from itertools import pairwise

import numpy as np
import pytest
import torch
from comparing import assert_same_run, stop_at
from small_runs import digits_recipe, plane_recipe, regression_recipe

from explorer.document import chain
from explorer.network import leaves
from explorer.recipe import Chosen, Recipe
from explorer.training import Session, Trainer, load_parts
from explorer.training.loop import sampler
from explorer.training.loop.sampler import Sampler, count, stride_at
from explorer.training.records.checkpoints import state_steps
from explorer.training.records.layer_statistics import (
    BINS,
    GRADIENTS,
    MOST_COUNTED,
    WEIGHTS,
    Counts,
    read_histograms,
    read_layer_statistics,
)
from explorer.training.records.metrics import read_facts
from explorer.training.work.fork import fork

ODDS = {"mixed": digits_recipe(epochs=1, averaging=0.9, clip_norm=1.0, precision="bf16"),
        "plane": plane_recipe(("drop1", "dropout", {"p": 0.2})), "regression": regression_recipe()}


def mixed_recipe():
    """Units that can die, and units that can saturate."""
    net = chain("Mixed", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 8}),
                ("relu1", "relu", {}), ("linear2", "linear", {"out_features": 6}), ("sigmoid1", "sigmoid", {}),
                ("linear3", "linear", {"out_features": 2}))
    return Recipe(net, data=Chosen("circles")).with_optimizer("sgd", lr=0.5, momentum=0.9).with_(
        batch_size=16, epochs=2, threads=1, device="cpu", instruments="full")


def seen_by_hand(trainer):
    """One step of the trainer, and every quantity of it computed from what the model itself gives, with numpy."""
    before = {name: p.detach().numpy().copy() for name, p in trainer.model.named_parameters()}
    x, _y = trainer.take_batch()
    outputs, value = {}, x
    with torch.no_grad():
        for address, module in leaves(trainer.model):
            value = value if address == "input" else module(value)
            outputs[address] = value.numpy().copy()
    trainer.train_step()
    gradients = {name: p.grad.numpy().copy() for name, p in trainer.model.named_parameters()}
    after = {name: p.detach().numpy().copy() for name, p in trainer.model.named_parameters()}
    return before, after, outputs, gradients


def test_every_quantity_of_a_layer_is_what_numpy_makes_of_it():
    torch.manual_seed(0)
    trainer = Trainer(mixed_recipe(), load_parts(mixed_recipe()))
    with torch.no_grad():
        dict(leaves(trainer.model))["linear1"].bias[:3] = -100.0  # three of the eight ReLUs are dead
        dict(leaves(trainer.model))["linear2"].bias[:2] = torch.tensor([9.0, -9.0])  # two of six sigmoids are flat
    before, after, outputs, _gradients = seen_by_hand(trainer)
    (sample,) = trainer.sampler.flush()
    found = {layer: {name: values[i] for name, values in sample.values.items()}
             for i, layer in enumerate(trainer.sampler.layers)}
    for layer, output in outputs.items():
        assert found[layer]["mean"] == pytest.approx(output.mean(), abs=1e-5), layer
        assert found[layer]["spread"] == pytest.approx(np.sqrt((output.std(0) ** 2).mean()), rel=1e-4), layer
    dead = (outputs["relu1"] == 0).all(0).mean()
    s = outputs["sigmoid1"].astype(float)
    flat = (s * (1 - s) < 0.05 * 0.25).mean()
    assert dead >= 3 / 8 and found["relu1"]["dead"] == pytest.approx(dead)
    assert flat >= 2 / 6 and found["sigmoid1"]["saturated"] == pytest.approx(flat)
    assert np.isnan(found["linear1"]["dead"]) and np.isnan(found["relu1"]["saturated"])
    for layer in ("linear1", "linear2", "linear3"):
        old, new = before[f"{layer}.weight"], after[f"{layer}.weight"]
        assert found[layer]["update"] == pytest.approx(np.linalg.norm(new - old) / np.linalg.norm(old), rel=1e-4)
    assert np.isnan(found["relu1"]["update"])


def test_histograms_are_those_of_numpy_before_the_update():
    trainer = Trainer(mixed_recipe(), load_parts(mixed_recipe()))
    before, _after, _outputs, gradients = seen_by_hand(trainer)
    (sample,) = trainer.sampler.flush()
    for layer in ("linear1", "linear2", "linear3"):
        for what, values in ((WEIGHTS, before[f"{layer}.weight"]), (GRADIENTS, gradients[f"{layer}.weight"])):
            found = sample.histograms[layer, what]
            limit = min(np.abs(values).max(), 5 * np.sqrt((values.astype(float) ** 2).mean()))
            assert found.limit == pytest.approx(limit, rel=1e-5)
            wanted, edges = np.histogram(values.astype(float).clip(-limit, limit), BINS, (-limit, limit))
            assert found.edges == pytest.approx(edges, rel=1e-5)
            assert np.abs(found.counts - wanted).sum() <= 2  # a value on an edge may round to either side
            assert found.counts.sum() == values.size


@pytest.mark.parametrize("values", [[0.0, 0.0], [np.nan, 1.0, -np.inf], [], [3e38, -3e38]])
def test_odd_values_are_counted_as_far_as_they_are_finite(values):
    found = count([torch.tensor(values)] if values else [])
    assert found.counts.sum() == np.isfinite(values).sum()
    assert np.isfinite(found.limit) and found.limit > 0


def test_a_value_far_out_does_not_squeeze_the_others_into_one_bin():
    values = torch.cat([torch.linspace(-1, 1, 10_000), torch.tensor([1000.0])])
    found = count([values])
    assert found.limit == pytest.approx(5 * values.square().mean().sqrt().item())
    assert found.counts[-1] == 1 and found.counts.sum() == 10_001


def test_of_a_very_large_layer_evenly_many_values_are_counted():
    rows = torch.linspace(-1, 1, 512).repeat(1024)  # picking every 8th would meet few of the columns
    found = count([rows])
    assert found.counts.sum() == MOST_COUNTED
    assert found.counts.max() < 1.2 * found.counts.mean()


def test_quantiles_are_read_off_the_bins():
    counts = Counts(1.0, np.full(BINS, 10))
    assert [counts.quantile(share) for share in (0.0, 0.25, 0.5, 1.0)] == pytest.approx([-1, -0.5, 0, 1])
    assert np.isnan(Counts(1.0, np.zeros(BINS, int)).quantile(0.5))


@pytest.mark.parametrize("name", ODDS)
def test_full_instruments_change_no_bit_of_the_training(trained, always, name):
    light, _ = trained(ODDS[name])
    full, status = trained(ODDS[name].with_(instruments="full"))
    assert status.state == "finished"
    assert_same_run(light, full)
    assert len(read_layer_statistics(full.metrics_path)) > 10 and not len(read_layer_statistics(light.metrics_path))


def samples_of(run):
    with sqlite3.connect(run.metrics_path) as db:
        return [db.execute(f"SELECT * FROM {table} ORDER BY step, 1, 2").fetchall()
                for table in ("layer_values", "histograms")]


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_continuing_equals_not_stopping_with_full_instruments(store, trained, always, kill):
    recipe = plane_recipe(instruments="full", epochs=4)
    whole, _ = trained(recipe)
    run = store.create(recipe)
    stop_at(run, 30, kill)
    Session(run).execute()
    assert_same_run(whole, run)
    assert samples_of(whole) == samples_of(run)


def test_a_fork_keeps_the_samples_up_to_its_step_and_can_turn_the_instruments_on(store, trained, always):
    parent = store.create(plane_recipe(instruments="full", epochs=4))
    stop_at(parent, 30, kill=False)
    Session(parent).execute()
    child = fork(store, parent, 30, parent.recipe.with_(instruments="light"))
    assert read_layer_statistics(child.metrics_path).step.tolist() == list(range(1, 31))
    assert max(read_histograms(child.metrics_path, "linear1", WEIGHTS)) == 30
    light, _ = trained(plane_recipe(epochs=2))
    step = state_steps(light.frames_folder)[0]
    later = fork(store, light, step, light.recipe.with_(instruments="full"))
    assert Session(later).execute().state == "finished"
    assert read_layer_statistics(later.metrics_path).step[0] == step + 1


def test_the_schedule_follows_from_the_step_alone_and_grows_sparser():
    wanted = [step for step in range(1, 100_001) if step % stride_at(step) == 0]
    assert wanted[:128] == list(range(1, 129))
    assert 500 < len(wanted) < 1000
    assert max(b / a for a, b in pairwise(wanted[64:])) <= 1 + 1 / 32


def test_sampling_keeps_to_its_share_of_the_time(monkeypatch):
    """With a clock of the test's own: a step takes 1, looking into one takes 4 more."""
    clock = [0.0]
    monkeypatch.setattr(sampler.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(sampler, "stride_at", lambda step: 1)
    watch = Sampler(torch.nn.Sequential(), share=0.1, grace_s=8.0)
    looked = []
    for step in range(1, 2001):
        with watch.step(step) as look:
            clock[0] += 1
            if look:
                looked.append(step)
                monkeypatch.setattr(look, "finish", lambda: clock.__setitem__(0, clock[0] + 4))
    assert looked[:6] == [1, 2, 3, 41, 81, 121]  # three by the grace, then one each 40 steps
    assert watch.plain_s == pytest.approx(2000)
    assert watch.spent_s == pytest.approx(4 * len(looked)) == pytest.approx(0.1 * 2000 + 8, abs=4)


def test_what_looking_cost_is_kept_and_goes_on_with_the_run(store):
    run = store.create(plane_recipe(instruments="full", epochs=4))
    stop_at(run, 40, kill=False)
    progress = read_facts(run.metrics_path)["progress"]
    assert 0 < progress["sampling_seconds"] < progress["train_seconds"]
    session = Session(run)
    session.execute()
    later = read_facts(run.metrics_path)["progress"]
    assert later["sampling_seconds"] >= progress["sampling_seconds"]
    assert session.trainer.sampler.spent_s == pytest.approx(later["sampling_seconds"], abs=0.05)


def test_a_run_recorded_before_there_were_samples_has_none(trained):
    run, _ = trained(plane_recipe(epochs=1))
    with sqlite3.connect(run.metrics_path) as db:
        db.execute("DROP TABLE samples")
        db.execute("DROP TABLE layer_values")
        db.execute("DROP TABLE histograms")
    assert len(read_layer_statistics(run.metrics_path)) == 0
    assert read_histograms(run.metrics_path, "linear1", WEIGHTS) == {}


def test_a_diverging_run_keeps_what_was_seen_before_it_ended(trained, always):
    run, status = trained(regression_recipe(instruments="full", epochs=50).with_optimizer("sgd", lr=1000.0))
    assert status.state == "diverged"
    assert len(read_layer_statistics(run.metrics_path)) >= 1
