"""The course's blocks and networks written out in plain PyTorch, to hold ours against."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Residual(nn.Module):
    """Dive into Deep Learning, 8.6.2."""

    def __init__(self, inside: int, outside: int, use_1x1conv: bool = False, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(outside)
        self.conv3 = nn.Conv2d(inside, outside, 1, stride) if use_1x1conv else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.conv3(x) if self.conv3 else x))


class Inception(nn.Module):
    """Dive into Deep Learning, 8.4.1; c1 to c4 are the channels of the four branches."""

    def __init__(self, inside: int, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int) -> None:
        super().__init__()
        self.b1_1 = nn.Conv2d(inside, c1, 1)
        self.b2_1, self.b2_2 = nn.Conv2d(inside, c2[0], 1), nn.Conv2d(c2[0], c2[1], 3, padding=1)
        self.b3_1, self.b3_2 = nn.Conv2d(inside, c3[0], 1), nn.Conv2d(c3[0], c3[1], 5, padding=2)
        self.b4_2 = nn.Conv2d(inside, c4, 1)

    def forward(self, x: Tensor) -> Tensor:
        b1 = F.relu(self.b1_1(x))
        b2 = F.relu(self.b2_2(F.relu(self.b2_1(x))))
        b3 = F.relu(self.b3_2(F.relu(self.b3_1(x))))
        b4 = F.relu(self.b4_2(F.max_pool2d(x, 3, 1, 1)))
        return torch.cat((b1, b2, b3, b4), 1)


def _pool() -> nn.Module:
    return nn.MaxPool2d(3, 2, 1)


def googlenet() -> nn.Module:
    """Dive into Deep Learning, 8.4.2, for one input channel and ten classes."""
    return nn.Sequential(
        nn.Conv2d(1, 64, 7, 2, 3), nn.ReLU(), _pool(),
        nn.Conv2d(64, 64, 1), nn.ReLU(), nn.Conv2d(64, 192, 3, padding=1), nn.ReLU(), _pool(),
        Inception(192, 64, (96, 128), (16, 32), 32), Inception(256, 128, (128, 192), (32, 96), 64), _pool(),
        Inception(480, 192, (96, 208), (16, 48), 64), Inception(512, 160, (112, 224), (24, 64), 64),
        Inception(512, 128, (128, 256), (24, 64), 64), Inception(512, 112, (144, 288), (32, 64), 64),
        Inception(528, 256, (160, 320), (32, 128), 128), _pool(),
        Inception(832, 256, (160, 320), (32, 128), 128), Inception(832, 384, (192, 384), (48, 128), 128),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 10))


def resnet18() -> nn.Module:
    """Dive into Deep Learning, 8.6.3, for one input channel and ten classes."""
    stages = [Residual(64, 64), Residual(64, 64)]
    for inside, outside in ((64, 128), (128, 256), (256, 512)):
        stages += [Residual(inside, outside, use_1x1conv=True, stride=2), Residual(outside, outside)]
    return nn.Sequential(nn.Conv2d(1, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), _pool(), *stages,
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def with_weights_of(plain: nn.Module, ours: nn.Module) -> nn.Module:
    """`plain` with the weights and buffers of `ours`, whose order is the same."""
    plain.load_state_dict(dict(zip(plain.state_dict(), ours.state_dict().values(), strict=True)))
    return plain
