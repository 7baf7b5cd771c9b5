"""The memory of a training step is what the tensors of a real step take."""

from __future__ import annotations

import psutil
import pytest
import torch

from explorer import network, zoo
from explorer.training.loop.memory import available_bytes, largest_batch, step_memory, used_bytes
from explorer.training.loop.optimize import build_optimizer


@pytest.mark.parametrize(("name", "optimizer", "params"), [
    ("lenet", "adam", {"lr": 0.01}), ("lenet", "sgd", {"lr": 0.01}), ("mlp", "sgd", {"lr": 0.01, "momentum": 0.9}),
    ("resnet20", "adam", {"lr": 0.01}), ("googlenet", "sgd", {"lr": 0.01}), ("mlp", "adamw", {"amsgrad": True}),
    ("mlp", "adagrad", {}), ("mlp", "rmsprop", {}), ("mlp", "rmsprop", {"momentum": 0.9, "centered": True})])
def test_each_part_is_what_a_real_step_holds(name, optimizer, params) -> None:
    recipe = zoo.recipe(name).with_optimizer(optimizer, **params).with_(batch_size=3)
    model = network.build(recipe.network)
    outputs = {}  # by identity: an input inside a block hands on the tensor that reaches it
    for _, module in network.leaves(model):
        module.register_forward_hook(lambda _m, _i, out: outputs.update({id(out): out}))
    step = build_optimizer(recipe, model)
    model(torch.rand(3, *network.shapes(recipe.network)["input"])).square().sum().backward()
    step.step()
    memory = step_memory(recipe)
    sizes = [p.numel() * p.element_size() for p in model.parameters()]
    averages = [t.numel() * t.element_size() for state in step.state.values() for t in state.values()
                if isinstance(t, torch.Tensor) and t.dim() > 0]
    assert memory.weights_bytes == sum(sizes)
    assert memory.gradients_bytes == sum(p.grad.numel() * p.grad.element_size() for p in model.parameters())
    assert memory.optimizer_bytes == sum(averages)
    held = sum(out.numel() * out.element_size() for out in outputs.values())
    assert memory.activations_bytes == held
    assert memory.total_bytes == 2 * sum(sizes) + sum(averages) + held


def test_the_largest_batch_leaves_room_for_the_weights_and_counts_activations_twice() -> None:
    recipe = zoo.recipe("lenet").with_optimizer("adam", lr=0.01).with_(batch_size=100)
    memory = step_memory(recipe)
    fixed = memory.weights_bytes + memory.gradients_bytes + memory.optimizer_bytes
    each = 2 * memory.activations_bytes // 100
    assert largest_batch(recipe, fixed + 1000 * each) == 1000
    assert largest_batch(recipe, fixed + 1000 * each - 1) == 999
    assert largest_batch(recipe, fixed - 1) == 0
    assert largest_batch(recipe.with_(batch_size=7), fixed + 1000 * each) == pytest.approx(1000, rel=0.01)


def test_what_is_free_is_some_of_what_there_is() -> None:
    assert 0 < available_bytes() <= psutil.virtual_memory().total


def test_what_is_used_is_what_the_system_counts_for_this_process() -> None:
    counted = psutil.Process().memory_full_info().rss
    assert used_bytes() == pytest.approx(counted, rel=0.05)
