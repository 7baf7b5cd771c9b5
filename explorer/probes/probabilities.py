"""What a classifier says of one sample."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from explorer.hooks import in_mode
from explorer.probes.probe import ProbeSpec
from explorer.results import Bars


def compute_probabilities(model: nn.Module, batch: Tensor, class_names: Sequence[str] = (), place: int = -1) -> Bars:
    """The softmax of the logits for the batch's first sample: (class,), summing to 1; the largest stands out.

    A single number is the logit of the second of two classes. Where each token has its logits, those at `place` count:
    what comes after it. batch: (sample, ...). Source: Dive into Deep Learning,
    4.1.
    """
    with in_mode(model, training=False), torch.no_grad():
        logits = model(batch[:1])[0].float()
        logits = logits[place] if logits.dim() == 2 else logits
        logits = torch.cat([torch.zeros_like(logits), logits]) if len(logits) == 1 else logits
        probabilities = logits.softmax(0).cpu().numpy()
    names = tuple(class_names) or tuple(str(index) for index in range(len(probabilities)))
    return Bars("Class probabilities", names, probabilities, axis="probability", highlight=int(probabilities.argmax()),
                limits=(0.0, 1.0))


PROBABILITIES = ProbeSpec(
    name="probabilities", title="Class probabilities", summary="How sure the network is of each class.",
    source="Dive into Deep Learning, 4.1", compute=compute_probabilities,
)
