"""Probes that the browser follows: Python places the part that draws a result of their type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.network.building import leaf_sources_of, leaves
from explorer.network.titles import block_title
from explorer.probes import ProbeSpec, Subject
from explorer.probes.operation import LOSS
from explorer.results import AttentionView, Bars, NetworkMaps, Operation, Quantities, UnitPath, Writing
from explorer.ui.canvas.overview_drawing import draw_overview
from explorer.ui.glossary import hover
from explorer.ui.language import _
from explorer.ui.session.person import theme
from explorer.ui.widgets.components.inspector import draw_part

_OVERVIEW_PX, _OPERATION_PX, _PATH_PX, _ATTENTION_PX = 480, 520, 366, 620


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
    draw_part("attention", "attention", probe=probe.name, height_px=_ATTENTION_PX)


def _nodes(subject: Subject) -> list[dict[str, Any]]:
    """List the nodes that compute something, with what feeds each; the loss follows the last one."""
    nodes = [{"address": address, "title": f"{address} · {_(block_title(subject.recipe.network, address))}",
              "sources": leaf_sources_of(subject.model, address)}
             for address, _module in leaves(subject.model) if leaf_sources_of(subject.model, address)]
    return [*nodes, {"address": LOSS, "title": _("the loss"), "sources": [nodes[-1]["address"]]}]


PARTS: dict[type, Callable[[ProbeSpec, Subject], None]] = {
    **dict.fromkeys((Bars, Quantities, Writing), _draw_answer), NetworkMaps: _draw_overview,
    Operation: _draw_operation, UnitPath: _draw_path,
    AttentionView: _draw_attention,
}
