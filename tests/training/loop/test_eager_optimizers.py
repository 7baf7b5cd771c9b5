"""Optimizers without the compiler: numbers, states and hooks are those of torch.optim, and nothing imports it."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
import torch
from torch import nn, optim
from torch.optim.optimizer import register_optimizer_step_post_hook

from explorer.training.loop import eager_optimizers

KINDS = {
    "sgd": ("SGD", {"lr": 0.1, "fused": True}),
    "sgd with Nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01, "fused": True}),
    "adagrad": ("Adagrad", {"lr": 0.1, "fused": True}),
    "rmsprop": ("RMSprop", {"lr": 0.01, "momentum": 0.5, "centered": True, "foreach": True}),
    "adam": ("Adam", {"lr": 0.01, "amsgrad": True, "fused": True}),
    "adamw": ("AdamW", {"lr": 0.01, "weight_decay": 0.1}),
}
ONE_STEP = """
import sys, torch
from explorer import zoo
from explorer.training import Trainer, load_parts
recipe = zoo.recipe("playground").with_optimizer({name!r})
trainer = Trainer(recipe, load_parts(recipe))
trainer.train_step()
trainer.state()
print("torch._dynamo" in sys.modules)
"""


def trained(optimizers: object, name: str, settings: dict, steps: int = 20) -> tuple[list, dict]:
    """Train a small network: (its weights after every step, the optimizer's state)."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = getattr(optimizers, name)(model.parameters(), **settings)
    weights = []
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.rand(16, 4)).square().mean().backward()
        optimizer.step()
        weights.append(nn.utils.parameters_to_vector(model.parameters()).detach())
    return weights, optimizer.state_dict()


@pytest.mark.parametrize(("name", "settings"), KINDS.values(), ids=KINDS)
def test_weights_and_state_are_those_of_torchs_own_bit_for_bit(name: str, settings: dict) -> None:
    (ours, state), (theirs, wanted) = (trained(kinds, name, settings) for kinds in (eager_optimizers, optim))
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert state["param_groups"] == wanted["param_groups"]
    for index, slots in wanted["state"].items():
        assert all(torch.equal(torch.as_tensor(state["state"][index][key]), torch.as_tensor(value))
                   for key, value in slots.items() if value is not None)


@pytest.mark.parametrize("name", ["sgd", "adagrad", "rmsprop", "adam", "adamw"])
def test_a_trainer_imports_no_compiler(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", ONE_STEP.format(name=name)], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "False\n"


def test_a_step_takes_no_gradients_of_its_own_and_a_closure_has_them() -> None:
    weight = nn.Parameter(torch.ones(2))
    optimizer, modes = eager_optimizers.SGD([weight], lr=0.1), []
    register = optimizer.register_step_post_hook(lambda *_: modes.append(torch.is_grad_enabled()))

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = weight.square().sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 2
    register.remove()
    assert (weight.tolist(), weight.grad_fn, modes) == (pytest.approx([0.8, 0.8]), None, [True])


def test_hooks_of_all_optimizers_run_after_its_steps() -> None:
    stepped = []
    handle = register_optimizer_step_post_hook(lambda optimizer, *_: stepped.append(optimizer))
    optimizer = eager_optimizers.Adam([nn.Parameter(torch.ones(1))])
    optimizer.step()
    handle.remove()
    assert stepped == [optimizer]


def test_it_is_an_optimizer_of_torchs_kind_and_survives_a_pickle() -> None:
    weight = nn.Parameter(torch.ones(2))
    weight.grad = torch.ones(2)
    optimizer = eager_optimizers.SGD([weight], lr=0.5, momentum=0.9)
    assert isinstance(optimizer, optim.SGD)
    optimizer.step()
    copy = pickle.loads(pickle.dumps(optimizer))
    assert copy.state_dict()["param_groups"] == optimizer.state_dict()["param_groups"]
    copy.load_state_dict(optimizer.state_dict())
    assert type(copy) is eager_optimizers.SGD
