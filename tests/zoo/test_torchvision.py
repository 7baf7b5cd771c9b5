"""ResNet and VGG are torchvision's: the same outputs from the same weights, which find their places by name."""

from __future__ import annotations

import pytest
import torch
from torchvision import models

from explorer import network, zoo
from explorer.zoo.torchvision_keys import state_from_torchvision


@pytest.mark.parametrize("name", ["resnet18", *(pytest.param(name, marks=pytest.mark.slow)
                                                for name in ("resnet34", "resnet50", "vgg16"))])
def test_it_computes_what_torchvisions_computes_with_torchvisions_weights(name: str) -> None:
    torch.manual_seed(0)
    theirs = getattr(models, name)().eval()
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # as after some training: at rest they would hide exchanged ones
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    ours = network.build(zoo.get(name)).eval()
    ours.load_state_dict(state_from_torchvision(name, theirs.state_dict()))
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        assert torch.allclose(ours(x), theirs(x), rtol=1e-4, atol=1e-4)
    assert zoo.costs(name).parameters == sum(p.numel() for p in theirs.parameters())


def test_a_name_that_torchvision_does_not_have_is_no_key() -> None:
    with pytest.raises(KeyError):
        state_from_torchvision("resnet18", {"unheard.weight": torch.zeros(1)})
