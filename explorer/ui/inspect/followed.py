"""Probes that the browser follows: Python places the part that draws a result of their type."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

import streamlit as st

from explorer import network
from explorer.attention import find_attentions
from explorer.attribution import METHODS
from explorer.formatting import format_character
from explorer.network.building import leaf_sources_of, leaves
from explorer.network.titles import block_title
from explorer.probes import ProbeSpec, Subject
from explorer.probes.kernels import nodes_with_weights
from explorer.probes.operation import LOSS
from explorer.probes.probe import GRADIENTS, MAPS
from explorer.results import (
    AnswerNumbers,
    AttentionView,
    AttributionMenu,
    AttributionRows,
    BackwardView,
    Bars,
    Differentiated,
    Film,
    FlowMaps,
    GradientFlow,
    HistogramSeries,
    ImageGrid,
    Kernels,
    NetworkMaps,
    Operation,
    Patching,
    Quantities,
    UnitPath,
    Writing,
)
from explorer.ui.canvas.overview_drawing import draw_overview
from explorer.ui.data.run_picker import recent_runs
from explorer.ui.glossary import hover
from explorer.ui.inspect.flow_levels import flow_levels
from explorer.ui.language import _
from explorer.ui.session.person import owner, theme
from explorer.ui.widgets.components.inspector import draw_part

_OVERVIEW_PX = 480
_OPERATION_PX = 520
_PATH_PX = 366
_MAPS_PX = 620
_FLOW_PX = 560
_BACKWARD_PX = 620
_KERNELS_PX = 560
_FILM_PX = 560
_HISTOGRAMS_PX = 460
_ROLLOUT_PX = 320
_ATTENTION_PX = 620
_ATTRIBUTED_PX = 640
_ATTRIBUTION_PX = 560
_WHAT_IF_PX = 620
_ABOVE_PX, _CHOICE_PX = {MAPS: 450, GRADIENTS: 497}, 57  # of the page, above a part; the choice of a block
_BATCH = 32  # test samples that gradients are averaged over


def draw_followed(probe: ProbeSpec, subject: Subject) -> None:
    """Draw the part for the probe's results, which are its first type's."""
    PARTS[probe.returns[0]](probe, subject)


def _draw_answer(probe: ProbeSpec, subject: Subject) -> None:
    st.markdown(f"**{_(probe.title)}**", help=hover(probe.term) if probe.term else None)
    draw_part("answer", f"answer/{probe.name}", probe=probe.name, height_px=40)


def _draw_overview(probe: ProbeSpec, subject: Subject) -> None:
    draw_overview(subject.recipe.network, "overview", _OVERVIEW_PX, theme(), subject.inside)


def _draw_operation(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("operation", "operation", probe=probe.name, height_px=_OPERATION_PX, nodes=_nodes(subject))


def _draw_path(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("path", "path", probe=probe.name, height_px=_PATH_PX, nodes=_nodes(subject)[:-1])  # the loss has no unit


def _draw_attention(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("attention", "attention", probe=probe.name, height_px=_ATTENTION_PX,
              layers=[each.node for each in find_attentions(subject.model)])


def _draw_rollout(probe: ProbeSpec, subject: Subject) -> None:
    st.markdown(f"**{_(probe.title)}**", help=hover(probe.term))
    classes = [format_character(name) for name in subject.class_names] if subject.takes_tokens else subject.class_names
    draw_part("rollout", "rollout", probe=probe.name, height_px=_ROLLOUT_PX, classes=list(classes),
              nodes=[each.node for each in find_attentions(subject.model)])


def _draw_attribution(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("attribution", "attribution", probe=probe.name, height_px=_ATTRIBUTION_PX,
              network=subject.recipe.network.digest[:12], has_samples=subject.samples is not None)


def _draw_maps(probe: ProbeSpec, subject: Subject) -> None:
    of_gradients = any(spec.name == "samples" for spec in probe.params)
    draw_part("maps", f"maps/{probe.name}", probe=probe.name, height_px=_MAPS_PX, gradients=of_gradients,
              above_px=_above(probe, subject), samples=_batch(subject), titles=_titles(subject))


def _titles(subject: Subject) -> dict[str, str]:
    net, levels = subject.recipe.network, flow_levels(subject.recipe.network)
    return {node["address"]: _(block_title(net, node["address"])) for level in levels.values()
            for node in level["nodes"]}


def _draw_choice(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("of", f"of/{probe.name}", probe=probe.name, height_px=36)


def _draw_flow(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("flow", f"flow/{probe.name}", probe=probe.name, height_px=_FLOW_PX, samples=_batch(subject),
              above_px=_above(probe, subject), levels=flow_levels(subject.recipe.network))


def _above(probe: ProbeSpec, subject: Subject) -> int:
    has_blocks = bool(network.analyze(subject.recipe.network).inside)
    return theme().px(_ABOVE_PX[probe.place] + (_CHOICE_PX if has_blocks else 0))


def _batch(subject: Subject) -> int:
    return min(_BATCH, len(subject.samples) if subject.samples else _BATCH)


def _draw_backward(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("backward", "backward", probe=probe.name, height_px=_BACKWARD_PX, nodes=_nodes(subject),
              above_px=_above(probe, subject))


def _draw_kernels(probe: ProbeSpec, subject: Subject) -> None:
    weighted = set(nodes_with_weights(subject))
    nodes = [{"address": node["address"], "title": node["title"]} for node in _nodes(subject)
             if node["address"] in weighted]
    draw_part("kernels", "kernels", probe=probe.name, height_px=_KERNELS_PX, nodes=nodes,
              stand_ins=_stand_ins(subject, weighted))


def _stand_ins(subject: Subject, weighted: Set[str]) -> dict[str, str]:
    """Name, for every node without weights, the one before it that has some; for a block the first inside it."""
    addresses, found = [address for address, _module in leaves(subject.model)], {}
    last = next((address for address in addresses if address in weighted), "")
    for address in addresses:
        if address in weighted:
            last = address
            parts = address.split(".")
            found = {".".join(parts[:depth]): address for depth in range(1, len(parts))} | found
        else:
            found[address] = last
    return {**found, LOSS: last}


def _draw_film(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("film", "film", probe=probe.name, height_px=_FILM_PX, nodes=_nodes(subject)[:-1])


def _draw_histograms(probe: ProbeSpec, subject: Subject) -> None:
    runs = [{"id": run, "title": title} for run, title in recent_runs(owner()).items()]
    draw_part("histograms", "histograms", probe=probe.name, height_px=_HISTOGRAMS_PX, nodes=_nodes(subject)[:-1],
              runs=runs)


def _draw_attributed(probe: ProbeSpec, subject: Subject) -> None:
    analysis = network.analyze(subject.recipe.network)
    refusals = {method.name: method.refuses(subject.recipe, analysis) for method in METHODS}
    methods = [{"name": method.name, "title": _(method.title), "help": _(refusals[method.name] or method.when_to_use),
                "refused": refusals[method.name] is not None} for method in METHODS]
    draw_part("attributed", "attributed", probe=probe.name, height_px=_ATTRIBUTED_PX, methods=methods)


def _draw_silence(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("silence", "silence", probe=probe.name, nodes=_nodes(subject)[:-1])


def _draw_patching(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("patching", "patching", probe=probe.name, height_px=_WHAT_IF_PX, nodes=_nodes(subject)[:-1],
              classes=_class_names(subject))


def _class_names(subject: Subject) -> list[str]:
    names = subject.class_names
    return [format_character(name) for name in names] if subject.takes_tokens else list(names)


def _nodes(subject: Subject) -> list[dict[str, Any]]:
    """List the nodes that compute something, with what feeds each; the loss follows the last one."""
    nodes = [{"address": address, "title": f"{address} · {_(block_title(subject.recipe.network, address))}",
              "sources": leaf_sources_of(subject.model, address)}
             for address, _module in leaves(subject.model) if leaf_sources_of(subject.model, address)]
    return [*nodes, {"address": LOSS, "title": _("the loss"), "sources": [nodes[-1]["address"]]}]


CHOICES = (Differentiated,)  # results of probes that the other views of their tab hang on
PARTS: dict[type, Callable[[ProbeSpec, Subject], None]] = {
    **dict.fromkeys((Bars, Quantities, Writing), _draw_answer),
    NetworkMaps: _draw_overview,
    Operation: _draw_operation,
    UnitPath: _draw_path,
    ImageGrid: _draw_maps,
    Differentiated: _draw_choice,
    GradientFlow: _draw_flow,
    BackwardView: _draw_backward,
    Kernels: _draw_kernels,
    AttentionView: _draw_attention,
    AttributionRows: _draw_attributed,
    FlowMaps: _draw_rollout,
    AttributionMenu: _draw_attribution,
    Film: _draw_film,
    HistogramSeries: _draw_histograms,
    AnswerNumbers: _draw_silence,
    Patching: _draw_patching,
}
