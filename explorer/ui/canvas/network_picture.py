"""Picture of a network for the canvas: nodes with summaries, problems, thumbnails and sketches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.blocks import BLOCKS
from explorer.document import Network, Node, Problem, Shape
from explorer.formatting import TIMES, format_shape
from explorer.network import Analysis
from explorer.network.definitions import Scope
from explorer.network.receptive_field import ReceptiveField, receptive_fields
from explorer.ui.canvas.component.picture import CanvasPicture, Crumb, DrawnEdge, DrawnNode, NodeSummary
from explorer.ui.canvas.palette import kind_of
from explorer.ui.canvas.preview import Preview
from explorer.ui.canvas.sketch import describe_sketch, on_card, sketch_of
from explorer.ui.language import _
from explorer.ui.session.view import View

_ALONG_AN_AXIS = ("softmax", "log_softmax", "glu")
_SHOWN_ALWAYS = ("out_channels", "out_features", "kernel_size", "output_size", "p", "shape")


def make_picture(
    view: View, problems: Mapping[str, list[Problem]], preview: Preview, root: Network, root_analysis: Analysis,
) -> CanvasPicture:
    """Make the picture of the network in view. The page adds the revision, the selection and the undo state."""
    scope = _scope_of(view, root)
    fields = receptive_fields(root, root_analysis)
    summaries = {node.id: _summarize(view, node, scope, problems.get(node.id, []), fields, preview)
                 for node in view.net.nodes}
    return CanvasPicture(
        revision=0,
        nodes=tuple(DrawnNode(node.id, node.block, dict(node.params), node.at) for node in view.net.nodes),
        edges=tuple(DrawnEdge(edge.source, edge.target, edge.target_port, source_port=edge.source_port)
                    for edge in view.net.edges),
        summaries=summaries, problems=tuple(problems.get("", [])), crumbs=_crumbs(view, root),
        editable=view.editable, remark=view.remark or (_(preview.remark) if preview.remark else ""),
        preview_due=preview.due)


@dataclass(frozen=True)
class Drawn:
    """The graph that the browser shows, and its revision."""

    revision: int = 0
    graph: tuple[Any, ...] | None = None

    def then(self, graph: tuple[Any, ...]) -> Drawn:
        """Return the next graph, under a new revision if it differs."""
        return self if graph == self.graph else Drawn(self.revision + 1, graph)


def graph_of(
    path: tuple[str, ...], nodes: Iterable[DrawnNode], edges: Iterable[DrawnEdge], editable: bool = True,
) -> tuple[Any, ...]:
    """Make a comparable form of the graph; the canvas takes Python's only if it differs."""
    return (path, editable, {(node.id, node.block, node.at) for node in nodes},
            {(edge.source, edge.source_port, edge.target, edge.port) for edge in edges})


def _summarize(
    view: View, node: Node, scope: Scope, problems: list[Problem], fields: Mapping[str, ReceptiveField],
    preview: Preview,
) -> NodeSummary:
    analysis, address = view.analysis, view.address(node.id)
    signals, field = analysis.outputs.get(node.id, ()), fields.get(address)
    sketch = sketch_of(view.net, analysis, node)
    return NodeSummary(
        kind=kind_of(node, scope),
        settings=_settings(view, node),
        shape=format_shape(signals[0].shape) if signals else None,
        shapes=tuple(format_shape(signal.shape) for signal in signals) if len(signals) > 1 else (),
        parameters=analysis.parameters.get(node.id, 0), multiply_adds=analysis.multiply_adds.get(node.id, 0),
        activation_bytes=analysis.activation_bytes.get(node.id, 0) if signals else 0,
        receptive_field=None if field is None else "all" if field.is_whole else field.size,
        problems=tuple(problems), is_output=node.id in view.net.outputs, thumbnail=preview.thumbnails.get(address),
        note=node.note, sketch=on_card(sketch), sketch_text=describe_sketch(sketch) if sketch else "")


def _settings(view: View, node: Node) -> str:
    if view.path and node.block == "input":  # inside, what comes decides
        return ""
    signals = view.analysis.outputs.get(node.id, ())
    return describe_settings(node, signals[0].shape if signals else ())


def summary_alone(node: Node, scope: Scope) -> NodeSummary:
    """Summarize a node that is no longer in a network."""
    return NodeSummary(kind_of(node, scope), describe_settings(node), note=node.note)


def describe_settings(node: Node, shape: Shape = ()) -> str:
    """Describe the characteristic settings of a node: `6 channels · 5×5 · padding 2`.

    shape: of its output, if known.
    """
    if node.block not in BLOCKS:
        return ""
    block, parts = BLOCKS.get(node.block), []
    if block.brief:
        return _(block.brief, **{spec.name: _in_brief(spec.name, node.params.get(spec.name, spec.default))
                                 for spec in block.params})
    for spec in block.params:
        value = node.params.get(spec.name, spec.default)
        if spec.name in ("definition", "repeat") or value is None:
            continue
        if node.block in _ALONG_AN_AXIS and shape and spec.name == "dim":
            parts.append(_axis(value, shape))
        elif spec.name in _SHOWN_ALWAYS or value != spec.default:
            parts.append(_brief(spec.name, _(spec.title), value))
    return " · ".join(parts)


def _brief(name: str, title: str, value: Any) -> str:
    shown = _short(value)
    match name:
        case "out_channels" | "out_features" | "kernel_size" | "output_size":
            return _in_brief(name, value)
        case "shape" | "dtype":
            return shown
        case "bias" | "affine" | "elementwise_affine" if value is False:
            return _("no {what}", what=title.lower())
    return title.lower() if value is True else f"{title.lower()} {shown}"


def _in_brief(name: str, value: Any) -> str:
    """Format a value with its meaning: `6 channels`, `5×5`, `causal mask`."""
    shown = _short(value)
    match name:
        case "out_channels":
            return _("1 channel") if value == 1 else _("{count} channels", count=shown)
        case "out_features" | "hidden_size":
            return _("1 feature") if value == 1 else _("{count} features", count=shown)
        case "heads":
            return _("1 head") if value == 1 else _("{count} heads", count=shown)
        case "num_convs":
            return _("1 convolution") if value == 1 else _("{count} convolutions", count=shown)
        case "kernel_size" | "output_size":
            return shown if TIMES in shown else f"{shown}{TIMES}{shown}"
        case "mask" | "kind":
            return _("no mask") if value == "none" else _("{kind} mask", kind=shown)
    return shown


def _axis(dim: Any, shape: Shape) -> str:
    """Describe an axis of a sample, counted from 1; the last one by that name."""
    return _("over the last axis") if dim == len(shape) else _("over axis {dim} of {count}", dim=dim, count=len(shape))


def _short(value: Any) -> str:
    if isinstance(value, list | tuple) and all(isinstance(size, int) for size in value):
        return format_shape(tuple(value))
    return str(value)[:20]


def _crumbs(view: View, root: Network) -> tuple[Crumb, ...]:
    return (Crumb(root.name), *(Crumb(step) for step in view.path))


def _scope_of(view: View, root: Network) -> Scope:
    """Return the definitions that the nodes of the view may name."""
    scope = Scope.of(root)
    return Scope.of(view.net, scope) if view.path else scope

