"""Where the weights of torchvision's networks go in ours. No torch: names, and methods of the tensors themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from explorer.zoo import torchvision_attention

State = Mapping[str, Any]  # tensors by name


def state_from_torchvision(name: str, state: State) -> dict[str, Any]:
    """The state dict of the zoo's network `name` from that of torchvision's. Raises KeyError where there is no twin."""
    return _TWINS[name](state)


def twins() -> list[str]:
    """The zoo's names of the networks that torchvision has, too, or can make with its classes."""
    return list(_TWINS)


def _renamed(*rules: tuple[str, str]) -> Callable[[State], dict[str, Any]]:
    """Each name as the first regular expression that matches its beginning rewrites it."""
    def translate(state: State) -> dict[str, Any]:
        return {_rewrite(name, rules): tensor for name, tensor in state.items()}

    return translate


def _rewrite(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    for pattern, replacement in rules:
        if match := re.match(pattern, name):
            return match.expand(replacement) + name[match.end():]
    raise KeyError(name)


def _resnet(shortcut: int) -> Callable[[State], dict[str, Any]]:
    """shortcut: the number of the convolution on it, behind those of the block."""
    def count_from_one(state: State) -> dict[str, Any]:
        return {re.sub(r"^layer(\d)\.(\d+)", lambda m: f"stage{m[1]}_block{int(m[2]) + 1}", name): tensor
                for name, tensor in state.items()}

    rename = _renamed((r"(stage.+)\.downsample\.0", rf"\1.conv{shortcut}"),
                      (r"(stage.+)\.downsample\.1", rf"\1.norm{shortcut}"),
                      (r"(stage.+)\.bn(\d)", r"\1.norm\2"), (r"stage", "stage"),
                      (r"bn1", "norm1"), (r"conv1", "conv1"), (r"fc", "linear1"))
    return lambda state: rename(count_from_one(state))


def _vgg(*convs: int) -> Callable[[State], dict[str, Any]]:
    """convs: how many there are in each block. torchvision counts convolutions, ReLUs and poolings together."""
    starts = [0]
    for count in convs:
        starts.append(starts[-1] + 2 * count + 1)
    places = {start + 2 * place: f"block{block}.conv{place + 1}"
              for block, (start, end) in enumerate(pairwise(starts), 1) for place in range((end - start) // 2)}
    return _renamed(*((rf"features\.{place}(?=\.)", ours) for place, ours in places.items()),
                    *((rf"classifier\.{3 * (number - 1)}", f"linear{number}") for number in (1, 2, 3)))


_TWINS: dict[str, Callable[[State], dict[str, Any]]] = {
    "resnet18": _resnet(3), "resnet34": _resnet(3), "resnet50": _resnet(4), "vgg16": _vgg(2, 2, 3, 3, 3),
    "vit_b_16": torchvision_attention.vit, "vit_digits": torchvision_attention.vit,
    "swin_t": torchvision_attention.swin, "swin_digits": torchvision_attention.swin,
}
