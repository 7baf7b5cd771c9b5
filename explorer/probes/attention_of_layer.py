"""Attention of a layer: the weights from every query to every key, and what those tokens are in the input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from explorer.attention import (
    LINEAR,
    Attention,
    find_attention,
    find_attentions,
    hidden_pairs,
    read_weights,
)
from explorer.hooks import record_activations
from explorer.network import Analysis
from explorer.probes.attention_parts import Unit, axes_of, choose_pair, exact_part, thinned_part, thumbnails_of
from explorer.probes.attention_tokens import pair_of, parts_of_pair, tokens_of
from explorer.probes.operation import LOSS
from explorer.probes.probe import ATTENTION, FOLLOWED, ProbeSpec
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.subject import NotApplicable, Subject, no_output
from explorer.probes.unit_names import kind_of
from explorer.recipe import Recipe
from explorer.results import AttentionBlock, AttentionView
from explorer.spec import Flag
from explorer.text import Text, text

_KINDS = {"attention_mix", "linear_attention"}
_NONE = text("This network has no attention. Look at ViT for digits, Swin for digits or the Character transformer of "
             "the gallery, or add an attention block.")


def compute_attention(
    subject: Subject, node: str = "", unit: tuple[int, ...] | None = None, region: tuple[int, ...] | None = None,
    every_layer: bool = False,
) -> AttentionView:
    """Read the attention of one layer for the first sample: of all heads where they are small, else of one.

    node: the weights' node, or any other of the same attention; the last attention where it is part of none. unit: an
    index into the weights of this node, (window,) (head,) query, key. region: (query, key) from which on an exact part
    of a large matrix is read, in place of one that is thinned. every_layer: whether small matrices of all layers come,
    too. Raises NotApplicable; BadValue for a unit that is not there.
    Source: Vaswani et al. 2017, 3.2; Vig 2019 (BertViz).
    """
    if subject.against is not None:
        raise NotApplicable(text("Attention is shown for one input: choose A or B."))
    every = find_attentions(subject.model)
    if not every:
        raise NotApplicable(_NONE)
    chosen = find_attention(subject.model, node) or every[-1]
    with record_activations(subject.model, parts_of_pair(chosen)) as outputs:
        weights, blocks = _read(subject, every, chosen, every_layer)
    axes = axes_of(chosen, *weights.shape[:2])
    pair = choose_pair(chosen, weights, axes, unit if node in (chosen.node, chosen.scores, *chosen.masks) else None,
                       _last(subject, weights))
    view = _view(subject, chosen, blocks, weights, axes, pair, region)
    return replace(view, pair=pair_of(subject, chosen, pair, outputs))


def _read(
    subject: Subject, every: tuple[Attention, ...], chosen: Attention, every_layer: bool,
) -> tuple[Tensor, tuple[AttentionBlock, ...]]:
    """Run one pass: the weights of the chosen attention for the first sample, and of the others what is shown of them.

    The chosen one's are (window, head, query, key); of the others no more than small matrices is kept.
    """
    shapes: dict[str, tuple[int, ...]] = {}

    def keep(attention: Attention, weights: Tensor) -> Tensor:
        shapes[attention.node] = tuple(weights.shape[1:])
        if attention == chosen:
            return weights[0]
        return thumbnails_of(weights[0]) if every_layer else weights.new_zeros(0, 0, 0)

    found = read_weights(subject.model, subject.batch[:1], every, keep)
    if chosen.node not in found:
        raise no_output(chosen.node)
    weights = found[chosen.node].float().cpu()
    small = {**found, chosen.node: thumbnails_of(weights) if every_layer else weights.new_zeros(0, 0, 0)}
    return weights, tuple(
        AttentionBlock(each.node, kind_of(subject, each.block) if each.block else "", shapes[each.node],
                       small[each.node].float().cpu().numpy()) for each in every if each.node in shapes)


def _last(subject: Subject, weights: Tensor) -> int | None:
    """Return how many tokens of a text there are to begin at the last of them; None for what is no text."""
    return (subject.tokens or weights.shape[2]) if subject.takes_tokens else None


def _view(
    subject: Subject, attention: Attention, blocks: tuple[AttentionBlock, ...], weights: Tensor, axes: tuple[str, ...],
    unit: Unit, region: tuple[int, ...] | None,
) -> AttentionView:
    window, _head, query, key = unit
    hidden = hidden_pairs(subject.model, attention)
    part = thinned_part(weights, hidden, unit) if region is None else exact_part(weights, hidden, unit, region)
    shown = weights[window]
    return AttentionView(
        attention.node, attention.kind, attention.scores, blocks, unit, axes, tuple(weights.shape), part,
        row=shown[:, query].numpy(), column=shown[:, :, key].contiguous().numpy(), sums=shown.sum(-1).numpy(),
        note=_note(attention, weights, hidden),
        **tokens_of(subject, attention, weights))


def _note(attention: Attention, weights: Tensor, hidden: Tensor | None) -> Text | None:
    """Explain rows that are no numbers: the mask hides all their keys, or else the network has diverged."""
    empty = ~weights.isfinite().all(-1)  # (window, head, query)
    masked = torch.zeros_like(empty) if hidden is None else hidden.all(-1)[:, None].expand_as(empty)
    if diverged := int((empty & ~masked).sum()):
        return text("{count} of {all} rows of weights are not finite: the network has diverged. Look at an earlier "
                    "step.", count=diverged, all=empty.numel())
    if attention.kind == LINEAR:
        return text("Linear attention computes no weights. These are implied: φ(q)·φ(k), divided by the sum over all "
                    "keys, with φ(x) = elu(x) + 1.")
    if empty.any():
        return text("{count} of {all} rows have no weights: the mask hides every key there, so their softmax divides "
                    "zero by zero.", count=int(empty.sum()), all=empty.numel())
    return None


def _refuses(recipe: Recipe, analysis: Analysis) -> Text | None:
    return None if any(kind in _KINDS for kind in _blocks(recipe, analysis)) else _NONE


def _blocks(recipe: Recipe, analysis: Analysis) -> Iterator[str]:
    """Yield the kinds of all nodes, also of those inside blocks."""
    waiting = [(recipe.network, analysis)]
    while waiting:
        net, known = waiting.pop()
        yield from (node.block for node in net.nodes)
        waiting += [(opened.net, opened.analysis) for opened in known.inside.values()]


ATTENTION_PROBE = ProbeSpec(
    name="attention", title="Attention", summary="Which token looks at which, in every head of a layer.",
    source="Vaswani et al. 2017, 3.2; Vig 2019 (BertViz)", compute=compute_attention, returns=(AttentionView,),
    place=ATTENTION, refuses=_refuses, cost=FOLLOWED, term="attention",
    params=(NodeParam("node", "Layer", every="last attention", further=((LOSS, "Loss"),)), UnitParam("unit", "Pair"),
            UnitParam("region", "Region"), Flag("every_layer", "Every layer", False)),
)
