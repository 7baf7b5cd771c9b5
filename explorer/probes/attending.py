"""Probes of attention share the attentions of a subject's network, and the words where there are none."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from explorer.attention import LINEAR, TORCH, Attention, as_computed, find_attentions
from explorer.document import Network
from explorer.network import Analysis
from explorer.network.building import BuiltNetwork
from explorer.probes.subject import NotApplicable, Subject
from explorer.recipe import Recipe
from explorer.text import Text, text

_ATTENTION = ("attention_mix", "linear_attention")


def refuses_without_attention(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Refuse a network in which nothing attends."""
    return None if has_block(recipe.network, analysis, _ATTENTION) else no_attention()


def refuses_without_weights(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Refuse a network in which nothing attends by weights of single heads."""
    refusal = refuses_without_attention(recipe, analysis)
    return refusal or (None if has_block(recipe.network, analysis, ("attention_mix",)) else no_weights())


def no_weights() -> Text:
    """Explain that linear attention has no heads to measure."""
    return text("Linear attention computes no weights, so its heads have none to measure. The view of attention shows "
                "those that it implies.")


def no_attention() -> Text:
    """Explain where attention is found."""
    return text("This network has no attention. Look at a vision transformer, a Swin transformer or the character "
                "transformer.")


def has_block(net: Network, analysis: Analysis, blocks: Collection[str]) -> bool:
    """Check whether a network has one of these blocks, at any depth.

    >>> from explorer import network, zoo
    >>> net = zoo.get("swin_digits")
    >>> has_block(net, network.analyze(net), ["window_partition"])
    True
    """
    return any(net.node(node_id).block in blocks for node_id in analysis.order) or any(
        has_block(opened.net, opened.analysis, blocks) for opened in analysis.inside.values())


def attentions_of(subject: Subject) -> tuple[Attention, ...]:
    """Find the attentions of a network that was built here, in the order of the pass. Raises NotApplicable."""
    if not isinstance(subject.model, BuiltNetwork):
        raise NotApplicable(text("Heads are measured of networks that were built here, not of other modules."))
    found = find_attentions(subject.model)
    if not found:
        raise NotApplicable(no_attention())
    return as_computed(subject.model, subject.batch, found)


def attentions_with_weights(subject: Subject) -> tuple[Attention, ...]:
    """Find the attentions that compute weights for single heads. Raises NotApplicable."""
    found = tuple(each for each in attentions_of(subject) if each.kind not in (LINEAR, TORCH))
    if not found:
        raise NotApplicable(no_weights())
    return found


def names_of(attentions: Sequence[Attention], layers: dict[str, str]) -> tuple[str, ...]:
    """Name attentions by their layer where it has only one, else by their own block.

    >>> names_of([Attention("b1.attention.weights", "b1.attention")], {"b1.attention.weights": "b1"})
    ('b1',)
    """
    of_each = [layers[each.node] for each in attentions]
    return tuple(layer if of_each.count(layer) == 1 else each.block or each.node
                 for each, layer in zip(attentions, of_each, strict=True))
