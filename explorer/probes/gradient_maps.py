"""Gradient maps: the gradient of the loss, or of one output, with respect to the output of every node."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.probes.gradient_options import OF, SAMPLES
from explorer.probes.gradient_pass import Gradients, gradients_of
from explorer.probes.gradient_words import explain_map
from explorer.probes.map_grids import MOST_MAPS, as_grid
from explorer.probes.objective import LOSS_OF
from explorer.probes.probe import FOLLOWED, GRADIENTS, ProbeSpec
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import ImageGrid
from explorer.spec import Choice
from explorer.text import text

SIGNED, MAGNITUDE = "signed", "magnitude"


def compute_gradient_maps(subject: Subject, node: str = "", of: str = LOSS_OF, samples: int = 0,
                          mean: str = SIGNED, most: int = 0) -> tuple[ImageGrid, ...]:
    """Compute the gradient with respect to a node's output, or every node's: one grid a node, in order.

    Grids are as feature maps have them; "" takes the nodes of the network or of the block walked into. of: "" for the
    loss, else the index of an output. samples: the mean over so many of the test part, or as many as are quick; 0 for
    the batch's first sample. mean: of the gradients, or of their magnitudes. Raises UnknownNode, BadValue,
    NotApplicable. Source: Simonyan et al. 2014, section 3; Rumelhart et al. 1986.
    """
    outputs = {address: output[0] for address, output in subject.activations([node] if node else None).items()
               if output.is_floating_point()}
    level = node.rpartition(".")[0] if node else subject.inside
    found = gradients_of(subject, outputs, of, samples, level)
    outputs = {address: output for address, output in outputs.items() if found.can_reach(address)}
    if not outputs:
        raise NotApplicable(text("Whole numbers, such as tokens, and what is made of them have no gradient. Choose a "
                                 "layer after them."))
    return tuple(_grid(subject, found, address, _mean(found.outputs.get(address), output, mean), mean, most)
                 for address, output in outputs.items())


def _mean(gradient: Tensor | None, output: Tensor, mean: str) -> Tensor:
    if gradient is None:
        return torch.zeros_like(output)
    return (gradient.abs() if mean == MAGNITUDE else gradient).mean(0)


def _grid(subject: Subject, found: Gradients, address: str, gradient: Tensor, mean: str, most: int) -> ImageGrid:
    return as_grid(address, gradient, most, signed=mean == SIGNED, note=explain_map(subject, found, address, gradient))


GRADIENT_MAPS = ProbeSpec(
    name="gradient_maps", title="Gradient maps", summary="How much what is chosen above changes with each value: its "
    "gradient with respect to the output of every layer.", source="Simonyan et al. 2014, section 3",
    compute=compute_gradient_maps, returns=(ImageGrid,), place=GRADIENTS, cost=FOLLOWED, is_chosen=True, params=(
        NodeParam("node", "Layer", every="all layers"), OF, SAMPLES,
        Choice("mean", "Shown", SIGNED, (SIGNED, MAGNITUDE), ("gradient", "magnitude of the gradient")), MOST_MAPS),
    term="gradient",
)
