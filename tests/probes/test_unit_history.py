"""A unit over training has the values of a model with each step's weights, and leaves this model its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import network
from explorer.probes import PROBES, Subject, compute_probe, run
from tests.probes.test_probe_registry import NETWORKS, batch_of, leaves_no_trace, subject_of


class Frames:
    """Weights of other seeds in place of steps; one step is damaged."""

    def __init__(self, recipe, count: int, damaged: int = -1) -> None:
        self.recipe, self.steps, self.damaged, self.loaded = recipe, [10 * step for step in range(count)], damaged, []

    def load(self, step: int) -> dict[str, Tensor]:
        self.loaded.append(step)
        if step == self.damaged:
            raise ValueError("damaged")
        return network.build(self.recipe.network, seed=step).state_dict()


def value_at(recipe, seed: int, batch: Tensor, node: str, unit: tuple[int, ...]) -> float:
    values = run("feature_maps", network.build(recipe.network, seed=seed), batch, node=node).values
    return float(values.reshape(-1)[np.ravel_multi_index(unit, values.squeeze().shape)])


@pytest.mark.parametrize(("name", "node", "unit"), [
    ("lenet_relu", "conv2", (3, 4, 5)), ("lenet_batch_norm", "linear2", (7,)), ("char_rnn", "rnn1", (12, 7)),
    ("playground", "linear1", (1,)),
])
def test_the_values_are_those_of_each_steps_weights(name, node, unit):
    recipe, batch = NETWORKS[name], batch_of(NETWORKS[name])[:1]
    frames = Frames(recipe, 4)
    subject = Subject(network.build(recipe.network, seed=20), batch, recipe, step=20, frames=frames)
    (curves,) = compute_probe(PROBES.get("unit_history"), subject, {"node": node, "unit": unit})
    line, here = curves.curves
    assert line.x.tolist() == [0, 10, 20, 30] and frames.loaded == [0, 10, 30]
    assert line.y == pytest.approx([value_at(recipe, step, batch, node, unit) for step in frames.steps], abs=1e-5)
    assert (here.x.tolist(), here.y.tolist()) == ([20], [line.y[2]])


@pytest.mark.parametrize("name", ["lenet_batch_norm", "char_rnn", "row_lstm"])
def test_the_model_keeps_its_own_weights(name):
    recipe = NETWORKS[name]
    made = subject_of(recipe)
    subject = Subject(made.model, made.batch, recipe, step=0, frames=Frames(recipe, 3))
    weights = {key: value.clone() for key, value in made.model.state_dict().items()}
    node = list(dict(made.model.named_children()))[-1]
    before = run("feature_maps", made.model, made.batch, node=node).values
    leaves_no_trace(made.model, lambda: compute_probe(PROBES.get("unit_history"), subject, {"node": node}))
    assert all(torch.equal(value, weights[key]) for key, value in made.model.state_dict().items())
    assert np.array_equal(run("feature_maps", made.model, made.batch, node=node).values, before)


def test_of_many_steps_a_part_is_read_with_the_first_the_last_and_this_one():
    recipe = NETWORKS["playground"]
    frames = Frames(recipe, 400)
    subject = Subject(network.build(recipe.network, seed=1), batch_of(recipe), recipe, step=1230, frames=frames)
    (curves,) = compute_probe(PROBES.get("unit_history"), subject, {"node": "linear1"})
    steps = curves.curves[0].x.tolist()
    assert len(steps) <= 121 and {0, 1230, 3990} <= set(steps) and steps == sorted(steps)


def test_a_damaged_step_is_left_out():
    recipe = NETWORKS["playground"]
    subject = Subject(network.build(recipe.network, seed=0), batch_of(recipe), recipe, step=0,
                      frames=Frames(recipe, 3, damaged=10))
    (curves,) = compute_probe(PROBES.get("unit_history"), subject, {"node": "linear1"})
    assert curves.curves[0].x.tolist() == [0, 20]


def test_a_second_input_has_a_curve_of_its_own():
    recipe, batch = NETWORKS["playground"], batch_of(NETWORKS["playground"])
    subject = Subject(network.build(recipe.network, seed=0), batch[:1], recipe, against=batch[1:], step=0,
                      frames=Frames(recipe, 2))
    (curves,) = compute_probe(PROBES.get("unit_history"), subject, {"node": "linear1", "unit": (0,)})
    assert [curve.name for curve in curves.curves] == ["first input", "second input", "this step"]
    assert curves.curves[1].y[1] == pytest.approx(value_at(recipe, 10, batch[1:], "linear1", (0,)), abs=1e-5)


def test_without_other_weights_there_is_one_point_and_a_note():
    curves = run("unit_history", nn.Sequential(nn.Linear(2, 3)), torch.ones(1, 2), node="0", unit=(1,))
    assert len(curves.curves) == 1 and len(curves.curves[0].y) == 1
    assert "No other weights" in str(curves.note)
