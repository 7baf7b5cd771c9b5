"""Measurements of all nodes of a network, for the file of known ones."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.blocks import Signal
from explorer.document import Network
from explorer.network.check import Analysis, analyze
from explorer.network.known import Numbers, key_of
from explorer.network.measure import measure_on_meta


def measurements(net: Network) -> dict[str, Numbers]:
    """Measure every node of a valid network again, in the form that `known.write` takes.

    >>> from explorer.document import chain
    >>> len(measurements(chain("x", ("input", "input", {"shape": [4]}), ("relu1", "relu", {}))))
    2
    """
    return _measurements(net, analyze(net), {})


def _measurements(net: Network, analysis: Analysis, given: Mapping[str, Signal]) -> dict[str, Numbers]:
    found = {}
    for node_id in analysis.order:
        block, params = net.node(node_id).block, analysis.params[node_id]
        inputs = tuple(analysis.along(edge) for edge in net.edges_into(node_id))
        if node_id in analysis.inside:
            opened = analysis.inside[node_id]
            found |= _measurements(opened.net, opened.analysis, dict(zip(opened.net.inputs, inputs, strict=True)))
        elif node_id not in given:
            measured = measure_on_meta(block, tuple(params.items()), inputs)
            found[key_of(block, params, inputs)] = (measured.signals, measured.parameters, measured.multiply_adds)
    return found
