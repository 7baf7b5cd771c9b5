"""Networks that methods with rules are tried on: LeNets with either order of max pooling and ReLU, trained and not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer import data
from explorer.attribution import METHODS, Attributed, attribute


def lenet(pools_first: bool) -> nn.Module:
    """A LeNet with ReLU; its activations touch the max pooling on one side or the other."""
    def stage(inside: int, outside: int, padding: int) -> list[nn.Module]:
        after = [nn.MaxPool2d(2), nn.ReLU()] if pools_first else [nn.ReLU(), nn.MaxPool2d(2)]
        return [nn.Conv2d(inside, outside, 5, padding=padding), *after]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(*stage(1, 6, 2), *stage(6, 16, 0), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(),
                             nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def digits(part: int) -> tuple[Tensor, Tensor]:
    """Scikit-learn's digits, enlarged to LeNet's 28 × 28."""
    samples = data.load("digits")[part]
    return F.interpolate(data.to_float(samples.inputs), (28, 28), mode="bilinear"), samples.targets


def trained(model: nn.Module) -> nn.Module:
    inputs, targets = digits(0)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    generator = torch.Generator().manual_seed(0)
    for _epoch in range(2):
        for rows in torch.randperm(len(inputs), generator=generator).split(64):
            optimizer.zero_grad()
            F.cross_entropy(model(inputs[rows]), targets[rows]).backward()
            optimizer.step()
    return model


@pytest.fixture(scope="session")
def lenets() -> dict[tuple[bool, bool], nn.Module]:
    """By (pools first, is trained)."""
    return {(pools_first, is_trained): trained(lenet(pools_first)) if is_trained else lenet(pools_first)
            for pools_first in (False, True) for is_trained in (False, True)}


def attributed(name: str, model: nn.Module, inputs: Tensor, targets: Tensor | None = None, prepared: bool = True,
               **options: object) -> Attributed:
    """Attribute each sample's largest number, or that of these places."""
    with torch.no_grad():
        targets = model.eval()(inputs).argmax(1) if targets is None else targets
    return attribute(METHODS.get(name), model, inputs, lambda outputs: outputs, targets, options, prepared=prepared)
