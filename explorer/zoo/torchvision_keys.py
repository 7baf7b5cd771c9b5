"""Renaming rules for the weights of torchvision's networks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from explorer.zoo import torchvision_attention
from explorer.zoo.renaming import Rule, State, renamed


def state_from_torchvision(name: str, state: State) -> dict[str, Any]:
    """Convert torchvision's state dict to that of the zoo's network `name`. Raises KeyError where there is no twin."""
    return _TWINS[name](state)


def twins() -> list[str]:
    """List the zoo's names of networks that torchvision has, too, or can make with its classes."""
    return list(_TWINS)


def _resnet(shortcut: int) -> tuple[Rule, ...]:
    """Rename a ResNet's weights. shortcut: the number of the convolution on it, after those of the block."""
    def in_block(ours: str) -> Callable[[re.Match[str]], str]:
        return lambda match: f"stage{match[1]}_block{int(match[2]) + 1}.{match.expand(ours)}"

    block = r"layer(\d)\.(\d+)\."
    return ((r"bn1\.(.+)", r"norm1.\1"), (r"(conv1\..+)", r"\1"), (r"fc\.(.+)", r"linear1.\1"),
            (block + r"(conv\d\..+)", in_block(r"\3")), (block + r"bn(\d\..+)", in_block(r"norm\3")),
            (block + r"downsample\.0\.(.+)", in_block(rf"conv{shortcut}.\3")),
            (block + r"downsample\.1\.(.+)", in_block(rf"norm{shortcut}.\3")))


def _vgg(*convs: int) -> Iterator[Rule]:
    """Rename a VGG's weights. convs: the number in each block; torchvision counts convolutions, ReLUs and poolings
    together."""
    starts = [0]
    for count in convs:
        starts.append(starts[-1] + 2 * count + 1)
    for block, (start, end) in enumerate(pairwise(starts), 1):
        for place in range((end - start) // 2):
            yield rf"features\.{start + 2 * place}\.(.+)", rf"block{block}.conv{place + 1}.\1"
    for place in range(3):
        yield rf"classifier\.{3 * place}\.(.+)", rf"linear{place + 1}.\1"


_TWINS: dict[str, Callable[[State], dict[str, Any]]] = {
    **{name: lambda state: renamed(state, _resnet(3)) for name in ("resnet18", "resnet34")},
    "resnet50": lambda state: renamed(state, _resnet(4)),
    "vgg16": lambda state: renamed(state, _vgg(2, 2, 3, 3, 3)),
    "vit_b_16": torchvision_attention.vit, "vit_digits": torchvision_attention.vit,
    "swin_t": torchvision_attention.swin, "swin_digits": torchvision_attention.swin,
}
