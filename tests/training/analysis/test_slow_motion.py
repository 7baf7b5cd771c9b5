"""Slow motion shows the very step that a run takes, taken apart."""

import numpy as np
import pytest
import torch
from small_runs import digits_recipe, plane_recipe, regression_recipe, text_recipe
from torch import nn

from explorer import network, zoo
from explorer.training import RunStore, Session
from explorer.training.analysis.slow_motion import SlowMotion, TooLarge
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import load_parts
from explorer.training.loop.torch_settings import prepare_torch
from explorer.training.records.checkpoints import load_frame, state_steps

RECIPES = {"dropout and batch norm": digits_recipe(), "plane": plane_recipe(),
           "clipped": plane_recipe(clip_norm=0.01), "regression": regression_recipe(), "text": text_recipe(),
           "bf16": plane_recipe(precision="bf16"), "fp16": plane_recipe(precision="fp16")}


@pytest.fixture(params=RECIPES.values(), ids=RECIPES)
def recipe(request):
    return request.param


def test_three_steps_are_those_of_the_trainer(recipe):
    slow = SlowMotion(recipe)
    prepare_torch(recipe)
    trainer = Trainer(recipe, load_parts(recipe))
    for step in range(3):
        before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
        trainer.train_step()
        taken = slow.take_step()
        rows = trainer.instruments.flush()
        assert (taken.step, taken.batch, taken.epoch) == (step, step, 0)
        assert taken.loss == pytest.approx(rows.loss[0], rel=1e-6)
        after = trainer.model.state_dict()
        for node in taken.nodes:
            if node.weight is not None:
                name = f"{node.address}.{node.weight_name}"
                np.testing.assert_allclose(node.weight, before[name].numpy(), rtol=1e-5, atol=1e-6)
                np.testing.assert_allclose(node.weight + node.change, after[name].numpy(), rtol=1e-5, atol=1e-6)


def test_every_number_is_that_of_a_plain_backward_pass():
    recipe = plane_recipe()
    taken = SlowMotion(recipe).take_step()
    model = network.build(recipe.network, recipe.seed, recipe.init.spelled)
    x, y = Trainer(recipe, load_parts(recipe)).take_batch()
    hidden = model.linear1(x)
    hidden.retain_grad()
    out = model.linear2(hidden.tanh())
    loss = nn.functional.cross_entropy(out, y)
    loss.backward()
    by_address = {node.address: node for node in taken.nodes}
    assert list(by_address) == ["input", "linear1", "tanh1", "linear2"]
    node = by_address["linear1"]
    np.testing.assert_allclose(node.output, hidden[0].detach(), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(node.gradient, hidden.grad[0], rtol=1e-4, atol=1e-8)
    assert node.gradient_norm == pytest.approx(hidden.grad.norm().item(), rel=1e-5)
    np.testing.assert_allclose(node.weight_gradient, model.linear1.weight.grad, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(node.change, -0.1 * model.linear1.weight.grad.numpy(), rtol=1e-3, atol=1e-7)
    both = torch.cat([p.grad.flatten() for p in model.linear1.parameters()])
    assert node.weight_gradient_norm == pytest.approx(both.norm().item(), rel=1e-5)
    assert node.change_norm == pytest.approx(0.1 * both.norm().item(), rel=1e-4)
    assert node.parameters == 24 and taken.learning_rate == pytest.approx(0.1)
    np.testing.assert_allclose(taken.outputs, out.detach(), rtol=1e-5, atol=1e-7)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.1 * parameter.grad
        assert taken.loss_after == pytest.approx(nn.functional.cross_entropy(model(x), y).item(), rel=1e-5)
    assert by_address["tanh1"].weight is None and np.isnan(by_address["tanh1"].change_norm)


def test_it_goes_on_where_a_run_stands(tmp_path):
    recipe = digits_recipe(epochs=1, batch_size=128)
    run = RunStore(tmp_path).create(recipe)
    assert Session(run).execute().state == "finished"
    start, end = state_steps(run.frames_folder)[0], state_steps(run.frames_folder)[-1]
    slow = SlowMotion(recipe, run, start)
    while not slow.finished:
        taken = slow.take_step()
    assert taken.step == end - 1
    last = load_frame(run.frames_folder, end)
    for node in taken.nodes:
        if node.weight is not None:
            name = f"{node.address}.{node.weight_name}"
            np.testing.assert_allclose(node.weight + node.change, last[name], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_in_half_precision_gradients_are_those_of_the_loss_itself(precision):
    exact, half = (SlowMotion(plane_recipe(precision=p)).take_step() for p in ("float32", precision))
    for mine, theirs in zip(half.nodes, exact.nodes, strict=True):
        if theirs.gradient is not None:
            assert mine.gradient_norm == pytest.approx(theirs.gradient_norm, rel=0.05)
    assert (half.loss, half.loss_after) == pytest.approx((exact.loss, exact.loss_after), rel=0.02)


def test_looking_changes_nothing_that_others_draw():
    before = torch.get_rng_state()
    SlowMotion(digits_recipe()).take_step()
    assert torch.equal(before, torch.get_rng_state())


def test_a_batch_that_takes_too_long_is_refused():
    with pytest.raises(TooLarge):
        SlowMotion(zoo.recipe("lenet").with_(network=zoo.get("resnet50"), batch_size=256))
