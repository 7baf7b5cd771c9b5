"""Overview: what every node of a network gives for one input, thinned for thumbnails, and numbers over the nodes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.formatting import format_character
from explorer.network import analyze
from explorer.network.signs import never_negative
from explorer.probes import node_numbers
from explorer.probes.map_grids import outputs_of
from explorer.probes.probe import FOLLOWED, ProbeSpec
from explorer.probes.probe import OVERVIEW as PLACE
from explorer.probes.subject import NotApplicable, Subject
from explorer.probes.thumbnail_maps import shown_kernels, thin
from explorer.results import NetworkMaps, NodeMaps
from explorer.spec import Choice
from explorer.text import text


def compute_overview(subject: Subject, quantity: str = "none") -> NetworkMaps:
    """Read the output of every node of the network, or of the block walked into, for the batch's first sample.

    Composite nodes are closed and give their own output; nodes without one are left out. Where the subject has a second
    input, outputs are the first's minus the second's. quantity: which number of the costly ones comes along.
    Raises NotApplicable. Source: Zeiler & Fergus 2014, section 2.
    """
    outputs = outputs_of(subject)
    if not outputs:
        raise NotApplicable(text("No layer here has an output to show."))
    unsigned = _unsigned(subject)
    nodes = tuple(_thin(subject, address, output, unsigned) for address, output in outputs.items())
    return NetworkMaps(subject.inside, nodes, node_numbers.compute(subject, outputs, quantity))


def _thin(subject: Subject, address: str, output: Tensor, unsigned: frozenset[str] | None) -> NodeMaps:
    return thin(address, output, signed=None if unsigned is None else address not in unsigned,
                names=_names(subject, address, output), kernels=shown_kernels(subject.module_at(address)))


def _unsigned(subject: Subject) -> frozenset[str] | None:
    """Find the nodes that never give a negative number, whatever the sample: a color keeps its meaning.

    None without a recipe, where the values decide.
    """
    if subject.against is not None or subject.recipe is None:
        return frozenset() if subject.against is not None else None
    net = subject.recipe.network
    return never_negative(net, analyze(net), images=subject.batch.dim() == 4)


def _names(subject: Subject, address: str, output: Tensor) -> Sequence[str]:
    """Name tokens by their characters, the output's units by the classes, the input's by their places."""
    names, sample = subject.class_names, subject.batch[0]
    if not sample.is_floating_point() and sample.dim() == 1 and output.shape[:1] == sample.shape:
        return [_character(names, token) for token in sample.tolist()]
    if output.dim() != 1:
        return ()
    own = subject.activations([address])[address][0]  # also where a difference is shown
    if own.shape == (len(names),) and torch.equal(own.float().cpu(), subject.outputs[0]):
        return names
    return [f"x{place + 1}" for place in range(len(output))] if output.shape == sample.shape else ()


def _character(names: Sequence[str], token: int) -> str:
    return format_character(names[token]) if 0 <= token < len(names) else str(token)


OVERVIEW = ProbeSpec(
    name="overview", title="Overview", summary="The output of every layer for this input, along the network's edges.",
    source="Zeiler & Fergus 2014; Wang et al. 2020 (CNN Explainer)", compute=compute_overview, returns=(NetworkMaps,),
    place=PLACE, cost=FOLLOWED, params=(
        Choice("quantity", "Over the nodes", "none", ("none", *node_numbers.TITLES),
               ("none", *node_numbers.TITLES.values())),),
    term="feature_map",
)
