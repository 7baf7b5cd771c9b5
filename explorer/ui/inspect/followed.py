"""Probes that the browser follows: Python places the part that draws a result of their type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.network.building import leaf_sources_of, leaves
from explorer.network.titles import block_title
from explorer.probes import ProbeSpec, Subject
from explorer.probes.operation import LOSS
from explorer.results import (
    BackwardView,
    Bars,
    Differentiated,
    GradientFlow,
    ImageGrid,
    NetworkMaps,
    Operation,
    Quantities,
    UnitPath,
    Writing,
)
from explorer.ui.canvas.overview_drawing import draw_overview
from explorer.ui.glossary import hover
from explorer.ui.inspect.flow_levels import flow_levels
from explorer.ui.language import _
from explorer.ui.session.person import theme
from explorer.ui.widgets.components.inspector import draw_part

_OVERVIEW_PX = 480
_OPERATION_PX = 520
_PATH_PX = 366
_MAPS_PX = 620
_FLOW_PX = 560
_BACKWARD_PX = 620
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


def _draw_maps(probe: ProbeSpec, subject: Subject) -> None:
    of_gradients = any(spec.name == "samples" for spec in probe.params)
    draw_part("maps", f"maps/{probe.name}", probe=probe.name, height_px=_MAPS_PX, gradients=of_gradients,
              samples=_batch(subject), titles=_titles(subject))


def _titles(subject: Subject) -> dict[str, str]:
    net, levels = subject.recipe.network, flow_levels(subject.recipe.network)
    return {node["address"]: _(block_title(net, node["address"])) for level in levels.values()
            for node in level["nodes"]}


def _draw_choice(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("of", f"of/{probe.name}", probe=probe.name, height_px=36)


def _draw_flow(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("flow", f"flow/{probe.name}", probe=probe.name, height_px=_FLOW_PX, samples=_batch(subject),
              levels=flow_levels(subject.recipe.network))


def _batch(subject: Subject) -> int:
    return min(_BATCH, len(subject.samples) if subject.samples else _BATCH)


def _draw_backward(probe: ProbeSpec, subject: Subject) -> None:
    draw_part("backward", "backward", probe=probe.name, height_px=_BACKWARD_PX, nodes=_nodes(subject))


def _nodes(subject: Subject) -> list[dict[str, Any]]:
    """List the nodes that compute something, with what feeds each; the loss follows the last one."""
    nodes = [{"address": address, "title": f"{address} · {_(block_title(subject.recipe.network, address))}",
              "sources": leaf_sources_of(subject.model, address)}
             for address, _module in leaves(subject.model) if leaf_sources_of(subject.model, address)]
    return [*nodes, {"address": LOSS, "title": _("the loss"), "sources": [nodes[-1]["address"]]}]


PARTS: dict[type, Callable[[ProbeSpec, Subject], None]] = {
    **dict.fromkeys((Bars, Quantities, Writing), _draw_answer),
    NetworkMaps: _draw_overview,
    Operation: _draw_operation,
    UnitPath: _draw_path,
    ImageGrid: _draw_maps,
    Differentiated: _draw_choice,
    GradientFlow: _draw_flow,
    BackwardView: _draw_backward,
}
