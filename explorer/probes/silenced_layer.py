"""The layer whose parts are silenced: one that is named, else the last block, convolution or hidden layer."""

from __future__ import annotations

from torch import nn

from explorer.attention import TORCH, find_attentions
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.text import text

LAYER = NodeParam("node", "Layer", every="the last block, convolution or hidden layer",
                  help="The layer whose channels, features or units are silenced.")
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def layer_or_last(subject: Subject, node: str) -> str:
    """Return the layer that is named, else the last block with attention, else the last convolution, else the last
    layer but one with weights.

    >>> import torch
    >>> line = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2))
    >>> layer_or_last(Subject(line, torch.zeros(1, 1, 4, 4)), "")
    '0'
    """
    if node:
        return node
    if block := _last_block(subject):
        return block
    every = [(address, module) for address, module in subject.model.named_modules()
             if address and next(module.parameters(recurse=False), None) is not None]
    convolutions = [address for address, module in every if isinstance(module, _CONVOLUTIONS)]
    if not every:
        raise NotApplicable(text("This network has no layer to silence."))
    return convolutions[-1] if convolutions else every[max(0, len(every) - 2)][0]


def _last_block(subject: Subject) -> str:
    """Find the outermost block that the last attention is in; "" where there is none."""
    last = next(reversed(find_attentions(subject.model)), None)
    if last is None or last.kind == TORCH:
        return last.block if last else ""
    return last.block.partition(".")[0]
